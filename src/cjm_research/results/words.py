"""Numbers in words: how estimates are written in sentences, tables and on the map, everywhere the same."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from . import policy

if TYPE_CHECKING:
    from .result import Estimate

THIN = "\u202f"


def count(n: float | int) -> str:
    """`12,345`."""
    return f"{round(n):,}"


def some(n: float | int, nouns: str) -> str:
    """`12,345 accounts`, and `1 account`: a count with its noun, given as of several."""
    return f"{count(n)} {nouns if round(n) != 1 else one(nouns)}"


_IRREGULAR = {"people": "person", "men": "man", "women": "woman", "children": "child", "addresses": "address", "businesses": "business", "processes": "process", "series": "series"}


def one(nouns: str) -> str:
    """The singular of a noun given in the plural, of its last word: `customers of the shop` is not understood, `loan applications` is."""
    head, _, last = nouns.rpartition(" ")
    single = _IRREGULAR.get(last) or (last[:-3] + "y" if last.endswith("ies") else last[:-2] if last.endswith(("xes", "ches", "shes", "sses")) else last.removesuffix("s"))
    return f"{head} {single}".strip()


def number_word(n: int) -> str:
    """`Four` at the beginning of a sentence; figures above twelve."""
    names = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten", "Eleven", "Twelve")
    return names[n] if 0 <= n < len(names) else count(n)


def several(noun: str) -> str:
    """The plural of a noun, of its last word: `Bargain seeker` → `Bargain seekers`."""
    head, _, last = noun.rpartition(" ")
    known = {single: many for many, single in _IRREGULAR.items()}
    many = known.get(last) or (last if last.endswith("s") and not last.endswith("ss") else last + "es" if last.endswith(("s", "x", "ch", "sh"))
                               else last[:-1] + "ies" if last.endswith("y") and last[-2:-1] not in tuple("aeiou") else last + "s")
    return f"{head} {many}".strip()


def needed_digits(low: float | None, high: float | None) -> int:
    """Decimals by which an interval is told in two significant digits of its width: fewer would hide the effect. At most 6."""
    if low is None or high is None or not math.isfinite(high - low) or high <= low:
        return 0
    return max(0, min(6, 1 - math.floor(math.log10(high - low))))


def number(value: float | None, unit: str = "", least: int = 0) -> str:
    """A value in its unit: shares as per cent, differences in percentage points (pp), seconds as a duration, points and
    valence with a sign, money with its code. least: decimals that it has at least, in the value's own unit (`needed_digits`)."""
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return "–"
    if unit == "share":
        return percent(value, least - 2)
    if unit == "s":
        return duration(value)
    if unit == "share difference":
        small = 0 < abs(value) * 100 < 0.05  # would read as no difference at all
        return f"{value * 100:+.{max(2 if small else 1, least - 2)}f}{THIN}pp".replace("-", "−")
    if unit in ("relative change", "relative"):
        return f"{value * 100:+.{max(1, least - 2)}f}{THIN}%".replace("-", "−")
    if unit in ("points", "valence"):
        return f"{round(value, 1) + 0.0:+.1f}".replace("-", "−")  # no minus before a zero
    digits = 0 if abs(value) >= 100 or float(value).is_integer() else 1 if abs(value) >= 10 else 2
    if 1e-6 < abs(value) < 0.01:
        digits = 1 - math.floor(math.log10(abs(value)))  # a small number must not read as none
    digits = max(digits, least if unit not in ("count", "customers") else 0)
    text = f"{value:,.{digits}f}"
    return (f"{text}{THIN}{unit}" if unit and unit not in ("score", "count", "customers", "correlation") else text).replace("-", "−")


def percent(share: float, least: int = 0) -> str:
    """`12.3 %`; very small shares keep two significant digits. least: decimals that it has at least."""
    value = share * 100
    digits = max(1 if abs(value) >= 1 or value == 0 else 2, least)
    return f"{value:.{digits}f}{THIN}%".replace("-", "−")


def p_value(p: float | None) -> str:
    """`p = .032`, `p < .001`: a smaller one says no more, and its digits are not known."""
    if p is None or not math.isfinite(p):
        return "no p-value"
    return "p < .001" if p < 0.001 else "p = 1" if p > 0.9995 else f"p = {p:.3f}".replace("0.", ".", 1)


def duration(value_s: float) -> str:
    """`3.2 days`, `4.5 h`, `12 min`, `30 s`."""
    for size, name in ((86400.0, "days"), (3600.0, "h"), (60.0, "min")):
        if abs(value_s) >= size * (2 if name == "days" else 1):
            return f"{value_s / size:.1f}{THIN}{name}".replace("-", "−")
    return f"{value_s:.0f}{THIN}s".replace("-", "−")


def span(value_s: float) -> str:
    """A length that was chosen, in whole or half units: `30 days`, `1.5 hours`, `1 minute`."""
    for size, name in ((86400.0, "day"), (3600.0, "hour"), (60.0, "minute"), (1.0, "second")):
        count = round(value_s / size * 2) / 2
        if value_s >= size and abs(value_s / size - count) < 1e-9:
            return f"{count:g} {name}{'' if count == 1 else 's'}"
    return f"{value_s:g} seconds"


def interval(low: float | None, high: float | None, unit: str = "") -> str:
    """`10.1 to 14.5 %`, or an empty string where there is none."""
    if low is None or high is None:
        return ""
    least = needed_digits(low, high)
    first, second = number(low, unit, least), number(high, unit, least)
    if unit not in _OWN_DIGITS and (a := _decimals(first)) != (b := _decimals(second)):
        digits = max(least, min(a, b))  # both ends alike, in no more digits than the width tells
        if all(not v or round(v, digits) for v in (low, high)):
            first, second = (f"{v:,.{digits}f}".replace("-", "−") + said.removeprefix(_figures(said)) for v, said in ((low, first), (high, second)))
    for tail in (f"{THIN}%", f"{THIN}pp", f"{THIN}{unit}"):
        if first.endswith(tail) and second.endswith(tail):
            first = first.removesuffix(tail)  # the unit is said once
    return f"{first} to {second}"


_OWN_DIGITS = ("share", "s", "share difference", "relative change", "relative", "points", "valence")  # units whose digits do not follow the value's size


def _figures(said: str) -> str:
    return said.split(THIN)[0]


def _decimals(said: str) -> int:
    return len(_figures(said).partition(".")[2])


def estimate(e: Estimate, with_n: bool = True) -> str:
    """`12.3 % (95 % interval 10.1 to 14.5 %; 123 of 1,000)`; of too few for a percentage `5 of 7`."""
    value, inside, size = figure(e.value, e.low, e.high, e.n, e.base, e.unit)
    parts = [f"95{THIN}% interval {inside}"] if inside else []
    if with_n and size:
        parts.append(size.replace("n ", f"n{THIN}={THIN}"))
    return value + (f" ({'; '.join(parts)})" if parts else "")


def figure(value: float | None, low: float | None, high: float | None, n: Any, base: Any, unit: str) -> tuple[str, str, str]:
    """A number with its interval and what it rests on, as every surface shows it: (`12.3 %`, `10.1 to 14.5 %`, `123 of 1,000`).

    Where so few are told as counts (see `policy`): (`5 of 7`, "", ""). A number that is none is a dash, with nothing beside it.
    """
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return number(None), "", ""
    if policy.counts_only(unit, base):
        return f"{count(n)} of {count(base)}", "", ""
    exact = unit == "share" and value in (0, 1)  # everybody or nobody: more digits tell nothing
    return number(value, unit, 0 if exact else needed_digits(low, high)), interval(low, high, unit), f"{count(n)} of {count(base)}" if unit == "share" else f"n {count(base)}"


def begun(said: str) -> str:
    """What is said, as it begins a sentence."""
    return f"{said[:1].upper()}{said[1:]}"


def of_whom(e: Estimate, whom: str) -> str:
    """A share of people in a sentence: `12.3 % (…; 123 of 1,000) of customers`, of too few `5 of 7 customers`."""
    return f"{count(e.n)} of {count(e.base)} {whom}" if e.value is not None and policy.counts_only(e.unit, e.base) else f"{estimate(e)} of {whom}"


def part_of(row: Mapping[Any, Any] | Estimate) -> str:
    """A share with what it is of: `12.3 % of 1,000`, of too few `5 of 7`."""
    return part(row, f" of {count(_cells(row)[2])}")


def part(row: Mapping[Any, Any] | Estimate, whole: str = "") -> str:
    """A share in a sentence that says its base elsewhere: `12.3 %`, of too few `5 of 7`. whole: what stands behind a percentage
    only, since counts say it themselves (` of 1,000`).
    """
    value, n, base = _cells(row)
    return f"{count(n)} of {count(base)}" if policy.counts_only("share", base) else number(value, "share") + whole


def _cells(row: Any) -> tuple[Any, Any, Any]:
    """value, n and base of an estimate, or of a row of a frame of them."""
    value, n, base = (getattr(row, k) if hasattr(row, "method") and not hasattr(row, "keys") else row[k] for k in ("value", "n", "base"))
    return value, n, base


def cut(text: str, longest: int, mark: str = " …") -> str:
    """The text, where it is longer cut behind its last whole word and marked."""
    return text if len(text) <= longest else (text[:longest].rpartition(" ")[0] or text[:longest]) + mark


def listing(items: list[str], last: str = "and") -> str:
    """`a, b and c`."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} {last} {items[-1]}" if items else ""


def column(name: str) -> str:
    """A column in words: `attributes.preferred_channel` → `preferred channel`, `yearly_budget_eur` → `yearly budget in EUR`; crossed ones each."""
    if len(crossed := name.split(" × ")) > 1:
        return " × ".join(map(column, crossed))
    said = name.removeprefix("attributes.").removeprefix("properties.").replace("_", " ")
    head, _, last = said.rpartition(" ")
    return f"{head} in {last.upper()}" if head and last.lower() in _MONEY else said


_MONEY = frozenset(("eur", "usd", "gbp", "chf", "brl", "jpy", "cny", "inr", "cad", "aud", "pln", "czk", "sek", "nok", "dkk"))  # currencies that columns are named by


def apart(texts: list[str]) -> list[str]:
    """Questions of one block by what tells them apart: `How satisfied were you with … - Payment` → `Payment`; others as they are."""
    same = next((k for k, letters in enumerate(zip(*texts, strict=False)) if len(set(letters)) > 1), 0)
    shared = texts[0][:same] if texts else ""
    at = max((shared.rfind(mark) + len(mark) for mark in (" - ", " – ", ": ", "? ") if mark in shared), default=0)
    return [t[at:] for t in texts] if at and all(t[at:].strip() for t in texts) else texts


def event(name: str) -> str:
    """An event's name as words: `view_item` → `view item`, `deal:won` → `deal: won`."""
    return " ".join(name.replace("_", " ").replace(":", ": ").split())


def model(name: str) -> str:
    """A model of attribution as a reader knows it: `time_decay` → `time decay`, `markov` → `Markov`."""
    return {"u_shaped": "U-shaped", "markov": "Markov", "shapley": "Shapley"}.get(name, name.replace("_", " "))


def survey(source: str) -> str:
    """A survey by its name: `the survey “panel”`, or `the survey` where the source is called nothing else."""
    return "the survey" if source.lower() == "survey" else f"the survey {quoted(source.replace('_', ' '))}"


def quoted(said: str) -> str:
    """What somebody said, in quotation marks: `“So slow”`; marks it already has are not doubled."""
    return "“" + said.strip('“”" ') + "”"


def rounded_duration(value_s: float) -> str:
    """A length in whole units for prose: `9 days`, `4 hours`, `12 minutes`."""
    for size, name in ((86400.0, "days"), (3600.0, "hours"), (60.0, "minutes")):
        if value_s >= 2 * size:
            return f"{round(value_s / size)} {name}"
    return f"{round(value_s)} seconds"
