"""Sources: which files, of which kind, read how."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, field_validator, model_validator

from ..values import Condition, Refused, known_zone, usable_delimiter, usable_encoding
from .base import FileName, Section


class Question(Section):
    """One question of a survey: which column, which instrument, which scale."""

    column: str = Field(description="Column of the export; with * (Q8COM*) several columns of one multiple-response question.")
    id: str | None = Field(None, description="Short id; default: the column.")
    text: str | None = Field(None, description="Wording; default: from the export, else the column.")
    instrument: Literal["nps", "csat", "ces", "likert", "choice", "text"] = Field(description="What kind of question it is.")
    scale: tuple[float, float] | None = Field(None, description="Lowest and highest answer; nps: 0 and 10.")
    higher_is_better: bool | None = Field(None, description="Direction; must be given for ces.")
    missing: list[str | float | int] = Field([], description="Values that mean no answer, e.g. 0, 6, 'Blank'.")
    labels: dict[str, float] = Field({}, description="Text labels and the score each stands for.")
    separator: str | None = Field(None, description="For choice: what separates several answers in one cell, e.g. ';'.")
    touchpoint: str | None = Field(None, description="Touchpoint it asks about.")
    stage: str | None = Field(None, description="Stage it asks about.")

    @model_validator(mode="after")
    def _direction(self) -> Question:
        if self.instrument == "ces" and self.higher_is_better is None:
            raise Refused(f"question {self.id or self.column!r}: higher_is_better is missing; ces has been asked in both directions", "true or false", "2.0 'easy': true, 1.0 'effort': false")
        if self.instrument in ("csat", "ces", "likert") and self.scale is None:
            raise Refused(f"question {self.id or self.column!r}: {self.instrument} has no scale", "scale: [lowest, highest]", "add the scale as it was asked")
        return self


class Join(Section):
    """Another file of the same export whose columns are added by a key."""

    files: str = Field(description="Path or pattern, relative to the client's raw folder.")
    by: dict[str, str] | str = Field(description="Key column, or {column here: column there}.")
    columns: list[str] | dict[str, str] = Field(description="Columns to add, or {new name: column there}.")


class Source(Section):
    """One export: its kind, its files, and how its columns map to the canonical tables."""

    name: FileName = Field(description="Short name; shown as the source of every number from it. No / and no \\.")
    kind: str = Field(description="Kind of export; `cjm sources` lists them.")
    files: str | list[str] = Field(description="Path or pattern (or several), relative to the client's raw folder.")
    columns: dict[str, str] = Field({}, description="Canonical column → column of the export.")
    constants: dict[str, str | float | bool] = Field({}, description="Canonical column → one value for all rows.")
    joins: list[Join] = Field([], description="Other files of the export to add columns from.")
    timezone: str | None = Field(None, description="Zone of times without one; default: the client's timezone.")
    encoding: str | None = Field(None, description="Encoding, where it is not UTF-8 and has no byte order mark.")
    delimiter: Annotated[str, StringConstraints(strip_whitespace=False)] | None = Field(None, description="Field delimiter, where it is not found by itself.")
    filter: Condition = Field({}, description="Keep only rows where this holds; dropped rows are counted.")
    rows: Literal["strict", "skip"] = Field("strict", description="Ragged rows: refuse the file (strict) or drop and count them (skip).")
    questions: list[Question] = Field([], description="For surveys: the instrument map.")
    settings: dict[str, Any] = Field({}, description="Settings of this kind; `cjm sources KIND` explains them.")

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
