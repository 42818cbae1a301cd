"""Identifiers that have a form: how a person is reached, pays, lives, travels and is registered.

Checksums decide where there are any, then forms that nothing else has, then the word in front of a number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from .addresses import addresses
from .contacts import electronic, network, phones, plain_address
from .papers import births, is_day, papers
from .payment import iban_valid, luhn, payment_numbers
from .spelling import Reading
from .titles import may_title, titled
from .urls import in_urls

__all__ = ["CERTAIN", "find_patterns", "iban_valid", "luhn", "may_title", "plain_key", "titled"]

#: kinds that are identifiers beyond doubt, by their checksum or their shape: these stop a release, and are masked in every field
CERTAIN = frozenset(("e-mail", "phone", "IBAN", "card", "IP address", "hardware address"))
_NUMBERS = ("phone", "card", "IBAN", "passport", "tax number", "insurance number", "plate", "customer number")


def find_patterns(text: str, countries: Sequence[str] = ()) -> Iterator[tuple[int, int, str]]:
    """(start, end, kind) of every identifier with a form; they may overlap. `countries`: of phone numbers without a prefix."""
    reading = Reading(text)
    for start, end, kind in _found(reading.text, countries):
        yield (*reading.span(start, end), kind)


def plain_key(kind: str, found: str) -> str:
    """What was found without the way in which it is written: one number for "a@b.cc" and "a (at) b . cc"."""
    plain = Reading(found).text.casefold()
    if kind == "e-mail":
        return plain_address(plain)
    return re.sub(r"[\W_]", "", plain) if kind in _NUMBERS else re.sub(r"\s+", " ", plain)


def _found(text: str, countries: Sequence[str]) -> Iterator[tuple[int, int, str]]:
    yield from electronic(text)
    yield from in_urls(text)
    if not any(c.isdigit() for c in text):
        return
    yield from network(text)
    yield from payment_numbers(text)
    yield from births(text)
    yield from papers(text)
    yield from addresses(text)
    for start, end, kind in phones(text, countries):
        if not is_day(text[start:end]):
            yield start, end, kind
