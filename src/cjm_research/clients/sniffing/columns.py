"""What the columns of an unknown table look like: times, ids, names of few values, texts, answers."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Self

import pandas as pd

_TIME = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d?:\d\d.*)?|\d{1,2}[./]\d{1,2}[./]\d{2,4}(?:,? \d{1,2}:\d\d.*)?|\d{4}/\d{1,2}/\d{1,2}(?: \d{1,2}:\d\d.*)?")
_EPOCH = re.compile(r"1\d{9}(?:\.\d+)?|1\d{12}|1\d{15}")  # 2001 to 2033
_TIME_NAME = re.compile(r"time|date|_at$|zeit|datum|fecha|heure|data|tstamp|created|when", re.I)
_PERSON_NAME = re.compile(r"(?:^|[_ .])(?:user|customer|client|visitor|recipient|subscriber|contact|person|member|patient|kunde|kunden|account|case|buyer|shopper|respondent|participant)[_ .]?(?:id|no|nr|number|nummer|key|code|card|e-?mail|unique_id)?$|"
                          r"^(?:uid|userid|customerid|visitorid|e-?mail)$", re.I)
_EVENT_NAME = re.compile(r"event|action|activity|type|status|stage|step|page|concept:name|operation|ereignis|aktion|accion|vorgang", re.I)
#: days of a person's life, and what the pipe that made the export wrote: no time at which a customer did something
_NO_TIME = re.compile(r"birth|geburt|(?:^|[_ .])dob$|^_fivetran_|^_airbyte_|^_sdc_|^_dlt_|sync(?:ed|_at)|extracted|loaded", re.I)
_NO_MOMENT = re.compile(_NO_TIME.pattern + r"|estimat|limit|due|deadline|expir|valid|sync|updated|modified|extract|load", re.I)
_NO_DAY = r"(?:12/31/1899|1/0?1/1900|0?1/0?1/1970|31[./]12[./]1899|0?1[./]0?1[./](?:1900|1970)|1899-12-3[01]|1900-01-0[01]|1970-01-01|0001-01-01)\b.*"  # what tools write where only a clock is meant
_NO_PERSON = re.compile(r"(?:mail|http|api|web|o?auth|user_?agent)[_ .]?client|client[_ .]?(?:version|type|name|os|app)", re.I)  # programs
_ARM_NAME = re.compile(r"variant|variation|arm|treatment|bucket|test_?group|experiment_?group|segment|gruppe|version", re.I)
_TIME_WORD = re.compile(r"at|on|date|time|timestamp|datetime|ts|day|utc|datum|zeit|fecha|heure|data")
_CONTROL = re.compile(r"control\b.*|no[ _-].+|none|placebo|hold[ _-]?out|baseline|kontroll\w*|keine?[ _-].+", re.I)
_LABEL_NAME = re.compile(r"issue|topic|category|label|theme|reason|complaint|kategorie|thema|grund|anliegen|intent", re.I)
_CHANNEL_NAME = re.compile(r"channel|medium|(?:submitted|received|created)[ _.]?via|via|kanal", re.I)
_ARMS = 5
_ANSWER_NAME = re.compile(r"\?|^q\d+|\[.+\]|^(?:how|what|which|why|do you|are you|have you|please|wie|was|welche|haben)\b", re.I)
_NAMELESS = re.compile(r"column \d+|.*_NPS_GROUP|.* \(\d+\)|#|(?:network|respondent|response|collector) ?id|ip ?address|\w*dauer\w*|duration.*", re.I)
_MOST_SHAPED = 0.95
_EVENTS = 300  # names that a log may have
_CHOICES = 12
_TEXT = 35  # characters on average
_AMOUNT_NAME = re.compile(r"(?:total|order|net|gross|purchase|cart)?[_ .]?(?:value|amount|price|revenue|total|spend|betrag|umsatz|preis|importe|montant)(?:[_ .](?:usd|eur|gbp|net|gross))?", re.I)
_LABELS = 200
_ITEMS, _POINTS = 6, 7
_QUESTIONS, _WORDS_OF_A_QUESTION = 4, 5
_NPS_POINTS = 4  # different answers that make 0…10 more likely than yes and no, or marks of five


MOST_QUESTIONS = 300  # of a survey that are listed in the params


@dataclass
class Columns:
    """Which columns of a table may be what; empty where none is."""

    frame: pd.DataFrame
    time: str = ""
    moments: list[str] = field(default_factory=list)
    who: str = ""
    person: str = ""
    event: str = ""
    arm: str = ""
    has_control: bool = False
    words: str = ""
    words_length: float = 0.0
    rating: str = ""
    label: str = ""
    channel: str = ""
    amount: str = ""
    unique: str = ""
    unique_is_person: bool = False
    answers: list[str] = field(default_factory=list)
    battery: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, frame: pd.DataFrame) -> Self:
        """Look at the columns of a table's first rows."""
        found = cls(frame)
        text = text_columns(frame, empty=True)
        n = len(frame)
        times = [c for c, v in text.items() if len(v) >= max(1, 0.5 * n) and _times(v, c)]
        usable = [c for c in times if not _NO_TIME.search(c)]
        found.time = next((c for c in usable if _TIME_NAME.search(c)), usable[0] if usable else "")
        found.moments = [c for c, v in text.items() if len(v) >= max(1, 0.2 * n) and _times(v, c) and not _NO_MOMENT.search(c)]
        distinct = {c: v.nunique() for c, v in text.items()}
        people = [c for c, v in text.items() if _PERSON_NAME.search(c) and not _NO_PERSON.search(c) and len(v) >= 0.5 * n and c not in times]
        found.who = next((c for c in people if distinct[c] > max(1, 0.2 * n)), "")  # one address in all rows is of nobody
        found.person = next((c for c in people if 1 < distinct[c] < len(text[c])), "")
        named = [c for c, v in text.items() if c not in times and c != found.person and 2 <= distinct[c] <= min(_EVENTS, max(2, 0.5 * len(v))) and _letters(v)]
        found.event = next((c for c in named if _EVENT_NAME.search(c)), "")
        found.arm = next((c for c, v in text.items() if _ARM_NAME.fullmatch(c) and 2 <= distinct[c] <= _ARMS and len(v) == n), "")
        found.has_control = bool(found.arm) and any(_CONTROL.fullmatch(v) for v in text[found.arm].unique())
        long = {c: float(v.str.len().mean()) for c, v in text.items() if len(v) >= 3 and c not in times}
        found.words = max((c for c, length in long.items() if length > _TEXT and distinct[c] > 0.5 * len(text[c]) and _share(text[c].str.contains(" ")) > 0.8), key=lambda c: long[c], default="")
        found.words_length = long.get(found.words, 0.0)
        found.rating = next((c for c, v in text.items() if re.search(r"rating|stars|score|sterne|note$", c, re.I) and _share(v.str.fullmatch(r"[0-9]{1,2}(?:\.0)?")) > _MOST_SHAPED), "")
        few = [c for c, v in text.items() if c not in times and 2 <= distinct[c] <= min(_LABELS, max(2, 0.5 * len(v))) and long.get(c, 0.0) < 4 * _TEXT and _letters(v)]
        found.label = next((c for c in few if _LABEL_NAME.fullmatch(c)), "")
        found.channel = next((c for c in few if _CHANNEL_NAME.fullmatch(c) and c != found.arm), "")
        found.amount = next((c for c, v in text.items() if _AMOUNT_NAME.fullmatch(c) and _share(v.str.fullmatch(r"[$€£]? ?-?[0-9]+(?:[.][0-9]{1,4})? ?[$€£]?")) > _MOST_SHAPED), "")
        found.unique = next((c for c, v in text.items() if len(v) == n > 1 and distinct[c] == n and c not in times and c != found.words and (_PERSON_NAME.search(c) or re.search(r"id|no\b|nr|number", c, re.I))), "")
        found.unique_is_person = bool(found.unique and _PERSON_NAME.search(found.unique))
        found.answers = [c for c, v in text.items() if c not in (*times, found.person, found.unique) and len(v) and not _NAMELESS.fullmatch(c) and (_ANSWER_NAME.search(c) or len(c.split()) > 4)
                         and (distinct[c] <= _CHOICES or long.get(c, 0) > _TEXT or _ANSWER_NAME.search(c))]
        found.battery = _battery(text, times)
        return found

    def named_moments(self) -> dict[str, str]:
        """The columns of moments with the name of what happened then: what stands in all names, and words for times, are left out."""
        words = {c: [w for w in re.split(r"[_\W]+", c.lower()) if w and not _TIME_WORD.fullmatch(w)] for c in self.moments}
        shared = set.intersection(*map(set, words.values())) if len(words) > 1 else set()
        names = {c: " ".join(w for w in ws if w not in shared) or c for c, ws in words.items()}
        return names if len(set(names.values())) == len(names) else {c: c for c in self.moments}

    @property
    def is_questionnaire(self) -> bool:
        """Whether so many headers are questions that texts and times among them are answers."""
        asked = sum(c.rstrip().endswith("?") or len(c.split()) > _WORDS_OF_A_QUESTION for c in self.answers)
        return asked >= _QUESTIONS and asked >= 0.3 * self.frame.shape[1]

    @property
    def unlisted(self) -> str:
        """In words how many questions are not listed, of a survey of very many; empty where all are."""
        left = len(self.answers) - MOST_QUESTIONS
        return f"; of its {len(self.answers):,} questions the first {MOST_QUESTIONS} are listed: the other {left:,} are not read until they are added under `questions`" if left > 0 else ""

    def questions(self, most: int = MOST_QUESTIONS) -> list[dict[str, Any]]:
        """Questions of a survey as params have them: what no reading can mislead. A scale of numbers is listed as a choice until its direction is said."""
        out: list[dict[str, Any]] = []
        for column in self.answers[:most]:
            values = self.frame[column].dropna().astype("string").str.strip()
            number = len(out) + 1
            if re.search(r"recommend|empfehl|recomend|conseill", column, re.I) and len(values) and values.str.fullmatch(r"10|[0-9]").fillna(False).all() and values.isin(["0", "10"]).any() and values.nunique() >= _NPS_POINTS:
                out.append({"column": column, "id": f"nps_{number}", "instrument": "nps"})
            elif values.nunique() > _CHOICES and values.str.fullmatch(r"-?[0-9]+(?:[.,][0-9]+)?").fillna(False).all():
                out.append({"column": column, "id": f"q{number}", "instrument": "number"})
            elif values.nunique() <= _CHOICES:
                out.append({"column": column, "id": f"q{number}", "instrument": "choice"})
            else:
                out.append({"column": column, "id": f"q{number}", "instrument": "text"})
        return out


def text_columns(frame: pd.DataFrame, *, empty: bool = False) -> dict[str, pd.Series]:
    """The filled cells of each column as trimmed text; with empty also of columns that have none."""
    text = {str(c): frame[c].dropna().astype("string").str.strip() for c in frame.columns}
    return {c: kept for c, v in text.items() if len(kept := v[v != ""]) or empty}


def _battery(text: dict[str, pd.Series], times: list[str]) -> list[str]:
    """The columns that share one set of few answers, as the items of a question do (Yes and No, or the points of a scale)."""
    sets: dict[frozenset[str], list[str]] = {}
    for column, values in text.items():
        if column not in times and 2 <= values.nunique() <= _POINTS and _letters(values):
            sets.setdefault(frozenset(values.unique()), []).append(column)
    largest = max(sets.values(), key=len, default=[])
    return largest if len(largest) >= _ITEMS and len(largest) >= 0.4 * len(text) else []


def _times(values: pd.Series, name: str) -> bool:
    shaped = values.head(500)
    if _share(shaped.str.fullmatch(_NO_DAY)) > 0.5:
        return False
    return _share(shaped.str.fullmatch(_TIME)) > _MOST_SHAPED or (bool(_TIME_NAME.search(name)) and _share(shaped.str.fullmatch(_EPOCH)) > _MOST_SHAPED)


def _letters(values: pd.Series) -> bool:
    return _share(values.head(500).str.contains(r"[^\W\d_]")) > _MOST_SHAPED


def _share(fits: pd.Series) -> float:
    return float(fits.fillna(False).astype(bool).mean()) if len(fits) else 0.0
