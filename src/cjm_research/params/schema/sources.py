"""Sources: which files, of which kind, read how."""

from __future__ import annotations

import math
import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationInfo, field_validator, model_validator

from ..values import Condition, Refused, as_text, known_zone, spelled, usable_delimiter, usable_encoding
from .base import FileName, Section
from .databases import Database, frozen_name


class Question(Section):
    """One question of a survey: which column, which instrument, which scale."""

    column: str = Field(description="Column of the export; with * (Q8COM*), or from one column to another in the order of the export (Q8_1 .. Q8_9), several columns: "
                        "of one multiple-response question, of one ranking or sum, or of a grid, whose columns become a question each.")
    id: str | None = Field(None, description="Short id; default: the column.")
    text: str | None = Field(None, description="Wording; default: from the export, else the column.")
    instrument: Literal["nps", "csat", "ces", "likert", "number", "ranking", "points", "maxdiff", "choice", "text"] = Field(
        description="What kind of question it is; number: a quantity (years, hours, spend); ranking: items put in order, 1 is first; points: a sum shared out among items; maxdiff: the best and the worst of some items, again and again (column: of the best).")
    scale: tuple[float, float] | None = Field(None, description="Lowest and highest answer; nps: 0 and 10; number: what an answer can be at least and at most.")
    unit: str = Field("", description="For number and points: what is counted, e.g. years or h.")
    worst: str = Field("", description="For maxdiff: the columns with the worst, with * where `column` has it (T*_worst).")
    shown: str = Field("", description="For maxdiff: the columns with the items that were shown; the first * stands for the task, as in `column`, further ones for the items (T*_item*).")
    total: float | None = Field(None, gt=0, description="For points: the sum that was to be shared out; default: the sum that at least 99 % of the answers have.")
    higher_is_better: bool | None = Field(None, description="Direction; must be given for ces, and for csat and likert unless words say it ('5 - Very satisfied').")
    box: int | None = Field(None, ge=1, description="For csat: how many points at the good end count as satisfied; default: 2.")
    missing: Annotated[list[str | float | int], BeforeValidator(spelled)] = Field([], description="Values that mean no answer, e.g. 0, 6, 'Blank'.")
    labels: dict[str, float | str] = Field({}, description="Scored and number: texts and the number each stands for. Choice: codes, or columns of a multiple-response "
                                           "question, and what each stands for. Ranking and points: columns, and the item each stands for.")
    choices: list[str] = Field([], description="For choice: the choices as they stand in the cells; a cell with several answers is cut by them.")
    separator: Annotated[str, StringConstraints(strip_whitespace=False), AfterValidator(lambda v: v.strip(" ") or v)] | None = Field(
        None, description="For choice: what separates several answers in one cell, e.g. ';'; for a ranking in one cell: what separates its items, the first one first.")
    asked: Literal["all"] | dict[str, str | float | int | list[str | float | int]] = Field({}, description="For choice: who was asked, where blank cells do not tell: all, or {column: value or values}. They are the base of its shares.")
    touchpoint: str | None = Field(None, description="Touchpoint it asks about.")
    stage: str | None = Field(None, description="Stage it asks about.")
    lead: bool = Field(False, description="The score that is told first; default: of NPS that with most answers, then the most recent.")

    @field_validator("labels", mode="before")
    @classmethod
    def _codes(cls, value: Any, info: ValidationInfo) -> Any:
        if not isinstance(value, dict):
            return value
        return {str(k): str(v) if info.data.get("instrument") in ("choice", "ranking", "points", "maxdiff") and isinstance(v, int | float) and not isinstance(v, bool) else v for k, v in value.items()}

    @field_validator("asked", mode="before")
    @classmethod
    def _spelled(cls, value: Any) -> Any:
        return {k: spelled(v) for k, v in value.items()} if isinstance(value, dict) else value

    @model_validator(mode="after")
    def _fits(self) -> Question:
        name = f"question {self.id or self.column!r}"
        if self.instrument == "ces" and self.higher_is_better is None:
            raise Refused(f"{name}: higher_is_better is missing; ces has been asked in both directions", "true or false", "2.0 'easy': true, 1.0 'effort': false")
        if self.instrument in ("csat", "ces", "likert") and self.scale is None:
            raise Refused(f"{name}: {self.instrument} has no scale", "scale: [lowest, highest]", "add the scale as it was asked")
        if self.scale is not None and not self.scale[0] < self.scale[1]:
            raise Refused(f"{name}: the scale runs from {self.scale[0]:g} to {self.scale[1]:g}", "scale: [lowest, highest]",
                          "give the lowest answer first; where low numbers are the good end, add higher_is_better: false")
        if self.instrument == "nps" and (self.higher_is_better is False or self.scale not in (None, (0.0, 10.0), (1.0, 10.0))):
            raise Refused(f"{name}: nps is asked from 0 to 10 with 10 as the good end", "scale: [0, 10], higher_is_better: true or left out",
                          "map another scale as csat or likert")
        if self.box is not None and (self.instrument != "csat" or self.scale is None or self.box > self.scale[1] - self.scale[0]):
            raise Refused(f"{name}: box: {self.box}", "for csat, a number of points that leaves at least one point of the scale outside", "correct or leave out box")
        self._words(name)
        return self

    @property
    def ranges(self) -> bool:
        """Whether it names its columns from a first to a last one."""
        return " .. " in self.column

    @property
    def several(self) -> bool:
        """Whether it names several columns, or several answers in a cell."""
        return "*" in self.column or self.ranges or self.separator is not None

    def covers(self, question_id: str) -> bool:
        """Whether answers of this id are answers to it: its own, or those to one line of a grid, a ranking or a sum."""
        if question_id == (self.id or self.column):
            return True
        if self.instrument in ("choice", "text") or not (self.several or self.instrument in ("ranking", "points", "maxdiff")):
            return False
        by_column = not self.id and re.fullmatch(".*".join(map(re.escape, self.column.split("*"))), question_id, re.S) is not None
        return by_column or question_id.startswith(f"{self.stem}_")

    @property
    def stem(self) -> str:
        """What the ids of its lines begin with."""
        return self.id or re.sub(r"[\s_]*\*.*| \.\. .*", "", self.column, flags=re.S) or "item"

    def _words(self, name: str) -> None:
        if self.total is not None and self.instrument != "points":
            raise Refused(f"{name}: total at a {self.instrument} question", "instrument: points", "leave it out, or correct the instrument")
        if self.unit and self.instrument not in ("number", "points"):
            raise Refused(f"{name}: unit at a {self.instrument} question", "instrument: number or points", "leave it out, or correct the instrument")
        if self.instrument == "maxdiff" and not (self.worst and self.shown and "*" in self.column):
            raise Refused(f"{name}: a maxdiff without " + ("`worst`" if not self.worst else "`shown`: the design columns are missing, and without them nothing is the base of a count" if not self.shown else "`*` in its column"),
                          "column: T*_best, worst: T*_worst, shown: T*_item*", "name the columns of every task; export the design with the answers")
        if (self.worst or self.shown) and self.instrument != "maxdiff":
            raise Refused(f"{name}: worst and shown at a {self.instrument} question", "instrument: maxdiff", "leave them out, or correct the instrument")
        if self.instrument in ("ranking", "points", "maxdiff") and (self.scale or self.higher_is_better is not None):
            raise Refused(f"{name}: scale or direction at a {self.instrument} question", "for a ranking 1 is first; for points and best less worst more is more", "leave them out")
        if self.ranges and not self.id and self.instrument not in ("choice", "text"):
            raise Refused(f"{name}: a range of columns without an id", "an id, which begins the ids of its questions", f"add `id: …` to the question {self.column!r}")
        if self.asked and self.instrument != "choice":
            raise Refused(f"{name}: asked at a {self.instrument} question", "instrument: choice", "leave it out, or correct the instrument")
        if (self.choices or self.separator) and self.instrument not in ("choice", "ranking"):
            raise Refused(f"{name}: choices and separator at a {self.instrument} question", "instrument: choice or ranking", "leave them out, or correct the instrument")
        if self.instrument in ("choice", "text", "ranking", "points", "maxdiff"):
            return
        low, high = self.scale or ((-math.inf, math.inf) if self.instrument == "number" else (0.0, 10.0))
        for label, score in self.labels.items():
            try:
                number = float(score)
            except ValueError:
                number = math.nan
            if not low <= number <= high:
                raise Refused(f"{name}: labels: {label!r} stands for {score!r}", f"a number from {low:g} to {high:g}", "correct the label's score, or the scale")


class Join(Section):
    """Another file of the same export whose columns are added by a key."""

    files: str = Field(description="Path or pattern, relative to the client's raw folder.")
    by: dict[str, str] | str = Field(description="Key column, or {column here: column there}.")
    columns: list[str] | dict[str, str] = Field(description="Columns to add, or {new name: column there}.")


def _files_or_database(schema: dict[str, Any]) -> None:
    schema["required"] = [name for name in schema["required"] if name != "files"]


class Source(Section):
    """One export or table of a database: its kind, its files, and how its columns map to the canonical tables."""

    model_config = ConfigDict(json_schema_extra=_files_or_database)

    name: FileName = Field(description="Short name; shown as the source of every number from it. No / and no \\.")
    kind: str = Field(description="Kind of export; `cjm sources` lists them.")
    files: str | list[str] = Field(description="Path or pattern (or several), relative to the client's raw folder. Not with `database`.")
    database: Database | None = Field(None, description="In place of files: a table or query of a database, whose rows `cjm fetch` puts into the raw folder.")
    columns: dict[str, str] = Field({}, description="Canonical column → column of the export.")
    constants: dict[str, Annotated[str | float | bool, BeforeValidator(as_text)]] = Field({}, description="Canonical column → one value for all rows.")
    joins: list[Join] = Field([], description="Other files of the export to add columns from.")
    timezone: str | None = Field(None, description="Zone of times without one; default: the client's timezone.")
    encoding: str | None = Field(None, description="Encoding, where it is not UTF-8 and has no byte order mark.")
    delimiter: Annotated[str, StringConstraints(strip_whitespace=False)] | None = Field(None, description="Field delimiter, where it is not found by itself.")
    filter: Condition = Field({}, description="Keep only rows where this holds; dropped rows are counted.")
    rows: Literal["strict", "skip"] = Field("strict", description="Ragged rows: refuse the file (strict) or drop and count them (skip).")
    questions: list[Question] = Field([], description="For surveys: the instrument map.")
    settings: dict[str, Any] = Field({}, description="Settings of this kind; `cjm sources KIND` explains them.")

    @model_validator(mode="before")
    @classmethod
    def _fetched(cls, data: Any) -> Any:
        """Rows of a database lie in one file, whose name follows from the source's."""
        if not isinstance(data, dict) or data.get("database") is None or not isinstance(data.get("name"), str):
            return data
        file = frozen_name(data["name"].strip())
        if data.get("files", file) != file:
            raise Refused("both files and database are given", "files or database, one of them", "leave one of the two out; two sources may read both")
        return data | {"files": file}

    @field_validator("timezone")
    @classmethod
    def _zone(cls, value: str | None) -> str | None:
        return None if value is None else known_zone(value)

    @field_validator("encoding")
    @classmethod
    def _encoding(cls, value: str | None) -> str | None:
        return None if value is None else usable_encoding(value)

    @field_validator("delimiter")
    @classmethod
    def _delimiter(cls, value: str | None) -> str | None:
        return None if value is None else usable_delimiter(value)
