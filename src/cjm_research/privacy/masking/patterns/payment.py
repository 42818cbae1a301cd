"""Card numbers and IBANs: the checksum decides (ISO/IEC 7812-1, ISO 13616), not the way they are written."""

from __future__ import annotations

import re
from collections.abc import Iterator

_SEPARATOR = r"[ ./_-]"
_IBAN = re.compile(rf"(?<![A-Za-z0-9])[A-Za-z]{{2}}{_SEPARATOR}?\d{{2}}(?:{_SEPARATOR}?[A-Za-z0-9]){{11,30}}")
_LEAST_DIGITS = 8  # of any country's IBAN; a sentence that begins with "at 12" has fewer
_DIGIT_RUN = re.compile(rf"\d+(?:{_SEPARATOR}\d+)*")
MIN_CARD, MAX_CARD = 13, 19  # digits of a card number (ISO/IEC 7812)
_CARD_FORMS = re.compile(
    r"4\d{12}(?:\d{3}){0,2}|5[1-5]\d{14}|2(?:2[2-9]|[3-6]\d|7[01]|720)\d{12,13}|3[47]\d{13}|"
    r"3(?:0[0-5]|[68]\d)\d{11}|35\d{14}|6\d{15,18}"
)
#: lengths of IBANs by country (ISO 13616)
_IBAN_LENGTHS = {country: length for length, countries in {
    15: "NO",
    16: "BE",
    18: "DK FI FO GL NL",
    19: "MK SI",
    20: "AT BA EE KZ LT LU XK",
    21: "CH HR LI LV",
    22: "BG BH CR DE GB GE IE ME RS VA",
    23: "AE GI IL",
    24: "AD CZ ES MD PK RO SA SE SK TN VG",
    25: "PT",
    26: "IS TR",
    27: "FR GR IT MC SM",
    28: "AL AZ CY DO GT HU LB PL",
    29: "BR EG PS QA UA",
    30: "JO KW MU",
    31: "MT",
}.items() for country in countries.split()}


def payment_numbers(text: str) -> Iterator[tuple[int, int, str]]:
    """(start, end, kind) of every card number and IBAN."""
    for m in _IBAN.finditer(text):
        if length := _iban_length(text[m.start() : m.end() + 1]):
            yield m.start(), m.start() + length, "IBAN"
    for m in _DIGIT_RUN.finditer(text):
        if m.end() - m.start() >= MIN_CARD:
            yield from ((m.start() + a, m.start() + b, "card") for a, b in _cards(m[0]))


def _cards(run: str) -> Iterator[tuple[int, int]]:
    """Card numbers in a run of digit groups; other numbers may stand right before or after them."""
    groups = [g.span() for g in re.finditer(r"\d+", run)]
    i = 0
    while i < len(groups):
        for j in range(i, len(groups)):
            digits = re.sub(r"\D", "", run[groups[i][0] : groups[j][1]])
            if len(digits) > MAX_CARD:
                break
            if _CARD_FORMS.fullmatch(digits) and luhn(digits):
                yield groups[i][0], groups[j][1]
                i = j
                break
        i += 1


def luhn(digits: str) -> bool:
    """Whether the last digit is the Luhn check digit of the others (ISO/IEC 7812-1)."""
    total = 0
    for i, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + i % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def iban_valid(text: str) -> bool:
    """Whether it is an IBAN: its country's length and remainder 1 modulo 97 (ISO 13616)."""
    plain = re.sub(_SEPARATOR, "", text).upper()
    if len(plain) != _IBAN_LENGTHS.get(plain[:2], -1) or not (plain.isascii() and plain.isalnum()):
        return False
    return int("".join(str(int(c, 36)) for c in plain[4:] + plain[:4])) % 97 == 1


def _iban_length(found: str) -> int:
    """How much of what was found is the IBAN; other words may follow it. 0 where none is."""
    wanted = _IBAN_LENGTHS.get(found[:2].upper(), 0)
    seen = 0
    for i, c in enumerate(found):
        seen += c.isascii() and c.isalnum()
        if seen == wanted:
            whole = found[: i + 1]
            return i + 1 if iban_valid(whole) and sum(d.isdigit() for d in whole) >= _LEAST_DIGITS and not found[i + 1 : i + 2].isalnum() else 0
    return 0
