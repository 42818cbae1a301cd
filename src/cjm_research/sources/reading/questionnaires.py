"""A table of respondents → responses and customers; what survey tools have in common."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from ...errors import BadInput
from ..contract import SourceTables
from .export import ROW_SETTINGS, Export, clean
from .instruments import responses
from .instruments.columns import SELECTED
from .instruments.texts import by_code
from .people import CONSENT_SETTINGS, customers

COLUMNS = {
    "response_id": "the filled questionnaire; repeated ones are counted and dropped; default: the row's number",
    "customer_id": "who answered, where known",
    "answered_at": "when",
    "wave": "wave of a repeated survey",
    "weight": "survey weight",
    "consent": "whether the person agreed to be analysed, yes or no in any of several languages; an empty cell is no consent",
}
_SECOND_ROW = ("response", "open-ended response", "antwort", "réponse", "respuesta")
SETTINGS = {
    **ROW_SETTINGS,
    **CONSENT_SETTINGS,
    "values": "{column: {code: label}}: what coded answers and attributes mean",
    "attributes": "columns that describe the respondent (list, or {name: column}); they become attributes of the customer",
}


def deliver(export: Export, texts: Mapping[str, str] | None = None, at_column: str | None = None,
            id_column: str | None = None) -> SourceTables:
    """What a table of respondents delivers. texts: wording by column; at_column, id_column: where unmapped."""
    _recode(export)
    texts = second_header(export, id_column) | dict(texts or {})
    _unnamed(export)
    ids = export.column("response_id", default=id_column)
    if ids is None:
        export.report.notes.append("responses have no id in the export; the number of the row is taken, so their order matters")
        ids = pd.Series([f"row {n}" for n in range(1, len(export.frame) + 1)], index=export.frame.index, dtype="string")
    else:
        ids = export.ids("response_id", default=id_column)
        kept = export.drop(ids.isna(), "no response id")
        ids = ids[kept]
        export.drop_repeated(ids, ("response_id", "one row a respondent, with a column for each question",
                                   "reshape an export with a row for each answer, or map what tells the rows apart, e.g. `response_id: '{id}-{wave}'`"))
        ids = ids[export.frame.index]
    keys = export.keys()
    described = "attributes" in export.source.settings or "consent" in export.source.columns
    if described and keys["customer_key"].isna().all():
        # who answered is known by the questionnaire only: one customer a response
        keys = pd.DataFrame({"key_type": "respondent", "customer_key": export.source.name + ":" + ids}, dtype="string")
    export.report.null_ids = int(keys["customer_key"].isna().sum())
    at = export.time("answered_at", default=at_column)
    export.report.rows_kept["respondents"] = len(export.frame)
    tables = {"responses": responses(export, ids, keys, at, texts)}
    if described:
        tables["customers"] = customers(export, keys)
    return export.done(**tables)


def second_header(export: Export, id_column: str | None) -> dict[str, str]:
    """The wording by column of an export whose second row names the choices, as SurveyMonkey writes it; that row is dropped.

    It is the first row, has no response id, and says `Response` or the like, or names the columns whose headers are blank: those
    continue the question on their left.
    """
    ids = export.column("response_id", default=id_column)
    if not len(export.frame) or (ids is not None and pd.notna(clean(ids.iloc[:1]).iloc[0])):
        return {}
    names = clean(export.frame.iloc[0])
    groups = _continued(names.index)
    says = names.str.casefold().isin(_SECOND_ROW).fillna(False).astype(bool)
    if ids is None and not (groups and names[[c for c in names.index if c not in {x for g in groups.values() for x in g}]].isna().any()):
        return {}
    if not says.any() and not (groups and all(names[group].notna().all() and names[group].is_unique for group in groups.values())):
        return {}
    texts: dict[str, str] = {}
    for question, group in groups.items():
        if says[group[0]]:  # `Response`, and beside it what people wrote: one answer
            texts |= {c: f"{question} - {names[c]}" for c in group[1:] if pd.notna(names[c])}
        else:
            export.continued[question] = group
            texts |= {c: f"{question}{SELECTED}{names[c]}" for c in group if pd.notna(names[c])}
    texts = {str(c): str(c) if says[c] else f"{c} - {n}" for c, n in names.items() if pd.notna(n)} | texts
    export.drop(pd.Series(export.frame.index == export.frame.index[0], index=export.frame.index), "second header row")
    return texts


def _continued(columns: pd.Index) -> dict[str, list[str]]:
    """Question → its columns, where headers on its right are blank."""
    groups: dict[str, list[str]] = {}
    question = ""
    for number, column in enumerate(map(str, columns), start=1):
        if column == f"column {number}" and question:
            groups.setdefault(question, [question]).append(column)
        else:
            question = column
    return groups


def _unnamed(export: Export) -> None:
    """Say which columns without a name hold values that no question asks for."""
    asked = {q.column for q in export.source.questions} | {c for group in export.continued.values() for c in group}
    for question, group in _continued(export.frame.columns).items():
        if left := [c for c in group[1:] if c not in asked and clean(export.frame[c]).notna().any()]:
            export.report.notes.append(f"{', '.join(left[:10])}, on the right of {question!r}, have no name in the header and are not read; "
                                       "name them in the header, or map them by these names")


def _recode(export: Export) -> None:
    for column, labels in export.setting("values", {}, dict).items():
        values = clean(export.require(str(column), "settings.values"))
        if not isinstance(labels, dict):
            raise BadInput(f"{export.where}: settings.values.{column}", f"{labels!r} is not understood", "{code: label}", "write settings.values: {column: {code: label}}")
        of = by_code({str(k): str(v) for k, v in labels.items()})
        words = {v: of(str(v)) for v in values.dropna().unique()}
        export.frame = export.frame.assign(**{str(column): values.map(words).astype("string").fillna(values)})


