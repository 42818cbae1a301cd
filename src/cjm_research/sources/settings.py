"""The form that each setting of a source takes. One name has one form, whatever kind of export it belongs to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import BadInput
from ..shapes import Json


@dataclass(frozen=True)
class Form:
    """What a setting may be. read: the value in its usual form; raises `ValueError` for another."""

    said: str
    read: Callable[[Any], Any]


def settled(settings: Mapping[str, Any], where: str) -> Json:
    """The settings in their usual forms: one text where a list is meant becomes a list. Raises `BadInput`."""
    out = {}
    for name, value in settings.items():
        form = FORMS.get(name)
        try:
            out[name] = value if form is None or value is None else form.read(value)
        except ValueError:
            raise BadInput(f"{where}: settings.{name}", f"{_shown(value)} is not understood", form.said if form else "", "write it in this form, or leave it out") from None
    return {k: v for k, v in out.items() if v is not None}


def _shown(value: Any) -> str:
    return "a mapping" if isinstance(value, dict) else "a list" if isinstance(value, list) else repr(value)


def _text(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise ValueError
    return str(value)


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if not isinstance(value, list):
        raise ValueError
    return [_text(v) for v in value]


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 1_000_000:
        raise ValueError
    return value


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) < 1e15:
        raise ValueError
    return value


def _truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError
    return value


def _yes_or_no(value: Any) -> str:
    text = {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value).strip().lower()
    if text not in ("yes", "no"):
        raise ValueError
    return text


def _values(value: Any) -> list[str]:
    return [_text(v) for v in (value if isinstance(value, list) else [value])]


def _mapping(of: Callable[[Any], Any]) -> Callable[[Any], Json]:
    def read(value: Any) -> Json:
        if not isinstance(value, Mapping):
            raise ValueError
        return {str(k): of(v) for k, v in value.items()}

    return read


def _columns(value: Any) -> Any:
    return _mapping(_text)(value) if isinstance(value, Mapping) else _texts(value)


def _people(value: Any) -> Any:
    return _mapping(_texts)({k: v or [] for k, v in value.items()}) if isinstance(value, Mapping) else _texts(value)


def _truth_or_rows(value: Any) -> Any:
    return value if value == "rows" else _truth(value)


def _formats(value: Any) -> Any:
    return _texts(value) if isinstance(value, list) else _text(value)


def _scalar(value: Any) -> Any:
    if not isinstance(value, (str, int, float, bool)):
        raise ValueError
    return value


TEXT = Form("a text", _text)
TEXTS = Form("a list of texts", _texts)
WHOLE = Form("a whole number, 0 or more", _whole)
NUMBER = Form("a number", _number)
TRUTH = Form("true or false", _truth)
COLUMNS = Form("a list of columns, or {name: column}", _columns)
WORDS = Form("a mapping {name: text}", _mapping(_text))

FORMS: dict[str, Form] = {
    "time_zones": Form("{abbreviation: zone or offset}", _mapping(_text)), "unreadable": NUMBER, "missing": Form("{column: [values that stand for none]}", _mapping(_values)), "negative": TEXT, "currency": TEXT,
    "trials": TEXT, "successes": COLUMNS, "variant_by_file": WORDS,
    "sheet": TEXT, "table": TEXT, "query": TEXT, "members": TEXT, "skip_lines": WHOLE, "cell_lines": WHOLE, "time_unit": TEXT, "time_format": Form("a text, or a list of texts", _formats), "decimal": TEXT,
    "key_type": TEXT, "consent_values": Form("{answer: yes or no}", _mapping(_yes_or_no)), "keys": WORDS, "null_keys": TEXTS, "properties": COLUMNS, "attributes": COLUMNS,
    "deduplicate": Form("true, false or rows", _truth_or_rows), "time_columns": WORDS, "value_event": TEXT,
    "params": TEXTS, "keep_query": TRUTH, "traffic": TEXT, "events": WORDS,
    "values": Form("{column: {code: label}}", _mapping(_mapping(_text))), "keep_unfinished": TRUTH,
    "rating_max": NUMBER, "rating_min": NUMBER, "won": TEXTS, "closed": TEXTS, "stage_columns": WORDS, "stage_labels": WORDS,
    "metrics": COLUMNS, "pre": COLUMNS, "long": TRUTH, "lifecycle": TEXTS,
    "speakers": Form("a list of labels, or {name: [other labels of the same person]}", _people), "interviewers": TEXTS, "not_speakers": TEXTS, "not_said": TEXTS, "event": TEXT,
    "code_separator": TEXT, "style": TEXT, "document_kind": TEXT,
    "kinds": Form("{kind: [codes]}", _mapping(_texts)), "valence": Form("{code: number from -2 to 2}", _mapping(_number)),
    "convention": Form("{unit: …, line_end: …, bom: …, end_inclusive: …}", _mapping(_scalar)),
    "participant_variable": TEXT, "persona_variable": TEXT, "customer_variable": TEXT, "synthetic_coders": TEXTS,
    "codebook": TEXT, "separator": TEXT, "coder": TEXT, "coders": WORDS,
}
