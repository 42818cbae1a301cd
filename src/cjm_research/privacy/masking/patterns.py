"""Identifiers that have a form: e-mail, phone, card, IBAN, IP address, account name. Checksums decide where there are any."""

from __future__ import annotations

import re
from collections.abc import Iterator

_EMAIL = re.compile(r"(?<![\w.+-])[\w.!#$%&'*+/=?^`{|}~-]{1,64}@(?:[\w-]{1,63}\.)+[^\W\d_]{2,24}(?![\w-])")
_HANDLE = re.compile(r"(?<![\w@/.])@[A-Za-z_][A-Za-z0-9_.]{2,30}\b")
_IPV4 = re.compile(r"(?<![\d.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\d.]\d|\d)")
_IBAN = re.compile(
    r"(?<![A-Za-z0-9])[A-Za-z]{2}\d{2}(?:[ -]?[A-Za-z0-9]{4}){2,7}(?:[ -]?[A-Za-z0-9]{1,4})?(?![A-Za-z0-9])"
)
_DIGIT_RUN = re.compile(r"\d+(?:[ -]\d+)*")
_DIGITS = re.compile(r"\d(?:[^\w]{0,3}\d){5,}")  # a text without six digits near each other has no phone number
MIN_CARD, MAX_CARD = 13, 19  # digits of a card number (ISO/IEC 7812)
_CARD_FORMS = re.compile(
    r"4\d{12}(?:\d{3}){0,2}|5[1-5]\d{14}|2(?:2[2-9]|[3-6]\d|7[01]|720)\d{12,13}|3[47]\d{13}|"
    r"3(?:0[0-5]|[68]\d)\d{11}|35\d{14}|6\d{15,18}"
)
#: lengths of IBANs by country (ISO 13616)
_IBAN_LENGTHS = {
    "AD": 24,
    "AE": 23,
    "AL": 28,
    "AT": 20,
    "AZ": 28,
    "BA": 20,
    "BE": 16,
    "BG": 22,
    "BH": 22,
    "BR": 29,
    "CH": 21,
    "CR": 22,
    "CY": 28,
    "CZ": 24,
    "DE": 22,
    "DK": 18,
    "DO": 28,
    "EE": 20,
    "EG": 29,
    "ES": 24,
    "FI": 18,
    "FO": 18,
    "FR": 27,
    "GB": 22,
    "GE": 22,
    "GI": 23,
    "GL": 18,
    "GR": 27,
    "GT": 28,
    "HR": 21,
    "HU": 28,
    "IE": 22,
    "IL": 23,
    "IS": 26,
    "IT": 27,
    "JO": 30,
    "KW": 30,
    "KZ": 20,
    "LB": 28,
    "LI": 21,
    "LT": 20,
    "LU": 20,
    "LV": 21,
    "MC": 27,
    "MD": 24,
    "ME": 22,
    "MK": 19,
    "MT": 31,
    "MU": 30,
    "NL": 18,
    "NO": 15,
    "PK": 24,
    "PL": 28,
    "PS": 29,
    "PT": 25,
    "QA": 29,
    "RO": 24,
    "RS": 22,
    "SA": 24,
    "SE": 24,
    "SI": 19,
    "SK": 24,
    "SM": 27,
    "TN": 24,
    "TR": 26,
    "UA": 29,
    "VA": 22,
    "VG": 24,
    "XK": 20,
}


def find_patterns(text: str, region: str | None = None) -> Iterator[tuple[int, int, str]]:
    """(start, end, kind) of every identifier with a form. `region`: country of phone numbers without a prefix."""
    if "@" in text:
        yield from ((*m.span(), "e-mail") for m in _EMAIL.finditer(text))
        yield from ((*m.span(), "account") for m in _HANDLE.finditer(text))
    if not any(c.isdigit() for c in text):
        return
    yield from ((*m.span(), "IP address") for m in _IPV4.finditer(text))
    for m in _IBAN.finditer(text):
        if length := _iban_length(m[0]):
            yield m.start(), m.start() + length, "IBAN"
    for m in _DIGIT_RUN.finditer(text):
        if m.end() - m.start() >= MIN_CARD:
            yield from ((m.start() + a, m.start() + b, "card") for a, b in _cards(m[0]))
    if _DIGITS.search(text):
        import phonenumbers

        # ASCII digits of other scripts and full-width ones are told apart by the library itself.
        for match in phonenumbers.PhoneNumberMatcher(text, region, leniency=phonenumbers.Leniency.VALID):
            yield match.start, match.end, "phone"


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
    plain = re.sub(r"[ -]", "", text).upper()
    if len(plain) != _IBAN_LENGTHS.get(plain[:2], -1):
        return False
    return int("".join(str(int(c, 36)) for c in plain[4:] + plain[:4])) % 97 == 1


def _iban_length(found: str) -> int:
    """How much of what was found is the IBAN; a short word may follow it. 0 where none is."""
    wanted = _IBAN_LENGTHS.get(found[:2].upper(), 0)
    seen = 0
    for i, c in enumerate(found):
        seen += c.isalnum()
        if seen == wanted:
            return i + 1 if iban_valid(found[: i + 1]) and not found[i + 1 : i + 2].isalnum() else 0
    return 0
