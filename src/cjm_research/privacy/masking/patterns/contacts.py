"""How a person is reached: e-mail in all its spellings, accounts, phone numbers, network addresses."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from ipaddress import IPv6Address
from urllib.parse import unquote

_LOCAL = r"[\w!#$&'*+/=?^`{|}~-]+(?:\.[\w!#$&'*+/=?^`{|}~-]+)*"
_TOP = r"(?:xn--[a-z0-9-]{2,59}|[^\W\d_]{2,24})"
_EMAIL = re.compile(rf"(?<![\w.+-])(?!['`])(?:[\w.!#$%&'*+/=?^`{{|}}~-]{{1,64}}|\"[^\"\n]{{1,62}}\")@(?:[\w-]{{1,63}}\.){{1,8}}{_TOP}(?![\w-])", re.IGNORECASE)
_ENCODED = re.compile(rf"(?:(?<=%3D)|(?<=%3A)|(?<![\w.+%-]))[\w.+-]{{1,64}}(?:%[0-9A-F]{{2}}[\w.+-]{{1,64}}){{0,3}}?%(?:25)?40(?:[\w-]{{1,63}}\.){{1,8}}{_TOP}(?![\w-])", re.IGNORECASE)
# "x (at) y (dot) z", "x at y dot z": a written-out dot makes the at one of an address, and so does a bracketed at
_AT_SIGN = r"(?:at|ät|ate|arobase|arroba|chiocciola|apenstaartje|klammeraffe|@|a)"
_DOT_SIGN = r"(?:dot|punkt|point|punto|ponto|punt|\.)"
_BRACKETED_AT = rf"\s{{0,2}}[(\[{{<]\s?{_AT_SIGN}\s?[)\]}}>]\s{{0,2}}"
_BRACKETED_DOT = rf"\s{{0,2}}[(\[{{<]\s?{_DOT_SIGN}\s?[)\]}}>]\s{{0,2}}"
_SPOKEN_DOT = r"\s{1,2}(?:dot|punkt|point|punto|ponto|punt)\s{1,2}"
_ANY_DOT = rf"(?:\.|{_BRACKETED_DOT}|{_SPOKEN_DOT})"
_TOPS = ("com|org|net|edu|gov|info|biz|io|co|eu|de|at|ch|uk|fr|it|es|pt|nl|be|lu|dk|se|no|fi|pl|cz|ie|us|ca|au|nz|br|mx|ar|jp|cn|in|ru|tr|gr|hu|ro|"
         "example|test|shop|online|app|dev|me|name|email|mail")
_SURE_TOPS = "com|org|net|fr|es|pt|nl|eu|br|de"  # behind "point" and "punto", which are words: "at some point in"
_END = r"(?![\w-]|\.\w)"
_NAME = r"[\w+-]{1,40}"
_WITH_BRACKETS = re.compile(
    rf"(?<![\w.+-]){_NAME}(?:{_ANY_DOT}{_NAME}){{0,3}}?{_BRACKETED_AT}[\w-]{{1,40}}(?:{_ANY_DOT}[\w-]{{1,40}}){{0,3}}?{_ANY_DOT}(?:{_TOPS}){_END}",
    re.IGNORECASE)
_SPOKEN = re.compile(
    rf"(?<![\w.+-]){_NAME}(?:(?:\.|{_BRACKETED_DOT}|{_SPOKEN_DOT}){_NAME}){{0,3}}?\s{{1,2}}(?:at|ät|arobase|arroba|chiocciola|klammeraffe)\s{{1,2}}"
    rf"[\w-]{{1,40}}(?:{_ANY_DOT}[\w-]{{1,40}}){{0,2}}?(?:(?:{_BRACKETED_DOT}|\s{{1,2}}(?:dot|punkt)\s{{1,2}})(?:{_TOPS})|\s{{1,2}}(?:point|punto|ponto|punt)\s{{1,2}}(?:{_SURE_TOPS})){_END}", re.IGNORECASE)
_SPOKEN_GATE = re.compile(rf"(?:{_BRACKETED_DOT}|{_SPOKEN_DOT})(?:{_TOPS})(?![\w-])", re.IGNORECASE)
_SPACED = re.compile(
    rf"(?<![\w.+-])[\w.+-]{{1,64}}(?:\s{{1,2}}@\s{{0,2}}|\s{{0,2}}@\s{{1,2}})[\w-]{{1,63}}(?:\s?\.\s?[\w-]{{1,63}}){{0,3}}?\s?\.\s?(?:{_TOPS}){_END}", re.IGNORECASE)
_FILE = re.compile(
    r"@[^@]*\.[a-z]{2,24}(\.(?:csv|tsv|txt|xlsx?|ods|docx?|odt|rtf|pdf|json|jsonl|ndjson|parquet|xml|xes|yaml|yml|html?|md|vtt|srt|qdpx|qdc|sav|zip|gz|bz2|xz|tar|log|bak|eml)(?:\.gz)?)\Z",
    re.IGNORECASE)
_HANDLE = re.compile(r"(?<![\w@/.])@[A-Za-z_][A-Za-z0-9_.]{2,30}\b")
_IPV4 = re.compile(r"(?<![\d.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\d.]\d|\d)")
_IPV6 = re.compile(r"(?<![\w:.])[0-9A-Fa-f:]{4,39}(?:%\w{1,15})?(?![\w:])")
_MAC = re.compile(r"(?<![\w:-])[0-9A-Fa-f]{2}(?:([:-])[0-9A-Fa-f]{2})(?:\1[0-9A-Fa-f]{2}){4}(?![\w:-])")
_VERSION = re.compile(r"(?:\bv(?:ersion)?|\brelease|\bfirmware|\bbuild)\.?\s*\Z", re.IGNORECASE)
_ENDLESS = re.compile(r"(?:\d[ ./():-]{0,3}){41,}")  # more digits than two numbers have: a table, not a telephone number
_DIGITS = re.compile(r"\d(?:[^\w]{0,3}\d){5,}")  # a text without six digits near each other has no phone number
_CALL_WORDS = (
    r"\b(?:tel(?:ephone|efon|éfono|efone|efono)?|t[ée]l[ée]phone|phone|mobile|mob|cell|handy|mobil|fax|call(?:ed|ing)?|ring|rang|reach|text|sms|whatsapp|dial|"
    r"(?:my|his|her|our|meine) number|nummer|rufnummer|r[üu]ckruf|anrufen|erreichbar|appel(?:er|ez)?|portable|llamar?|m[óo]vil|chiamare|cellulare)\b")
_CALL = re.compile(_CALL_WORDS, re.IGNORECASE)
_CALLED = re.compile(
    _CALL_WORDS + r"\W{0,3}(?:(?:number|nummer|me|us|him|her|them|on|at|is|under|unter|au|al|no|nr|the|back|mich|uns)\b\W{1,3}){0,4}\Z", re.IGNORECASE)
_WRITTEN_AS_ONE = re.compile(r"\(0\d|(?<!\d)00[1-9]\d")
_BEFORE = 60  # characters before a number in which a word says what it is
_GOES_ON = re.compile(r"[ ./-]?\d|[^\W_]")
_AMOUNT = re.compile(r"[$€£¥₹]\s?\Z")
_DECIMAL = re.compile(r"\d+[.,]\d{1,2}")
_PART_OF_MORE = re.compile(r"(?:\d[ ./-]?|[^\W_])\Z")
_LEAST, _LEAST_VALID = 7, 6  # digits of a number that is only possible, of one that its numbering plan has


def electronic(text: str) -> Iterator[tuple[int, int, str]]:
    """(start, end, kind) of e-mail addresses in any spelling, and of accounts."""
    if "@" in text:
        yield from ((m.start(), m.end() - len(_ending(m[0])), "e-mail") for m in _EMAIL.finditer(text))
        yield from ((*m.span(), "e-mail") for m in _SPACED.finditer(text))
        yield from ((*m.span(), "account") for m in _HANDLE.finditer(text))
    if "40" in text and "%" in text:
        yield from ((*m.span(), "e-mail") for m in _ENCODED.finditer(text))
    if any(b in text for b in "([{<"):
        yield from ((*m.span(), "e-mail") for m in _WITH_BRACKETS.finditer(text))
    if _SPOKEN_GATE.search(text):
        yield from ((*m.span(), "e-mail") for m in _SPOKEN.finditer(text))


def _ending(found: str) -> str:
    """The ending of a file's name behind an address ("a@b.de.csv"), which is no part of it."""
    match = _FILE.search(found)
    return match[1] if match else ""


def plain_address(found: str) -> str:
    """An e-mail address in the usual spelling, in lower case."""
    text = unquote(unquote(found)).casefold()
    text = re.sub(_BRACKETED_DOT, ".", re.sub(_BRACKETED_AT, "@", text))
    text = re.sub(r"\s+(?:at|ät|arobase|arroba|chiocciola|klammeraffe)\s+", "@", re.sub(_SPOKEN_DOT, ".", text))
    return re.sub(r"\s+", "", text)


def network(text: str) -> Iterator[tuple[int, int, str]]:
    """(start, end, kind) of IP addresses of both versions and of hardware addresses."""
    yield from ((*m.span(), "IP address") for m in _IPV4.finditer(text) if not _VERSION.search(text, max(0, m.start() - 12), m.start()))
    if text.count(":") >= 2:
        for m in _IPV6.finditer(text):
            if any(c.isdigit() for c in m[0]) and m[0].count(":") >= 2 and _is_ipv6(m[0]):
                yield (*m.span(), "IP address")
    yield from ((*m.span(), "hardware address") for m in _MAC.finditer(text))


def _is_ipv6(text: str) -> bool:
    try:
        return len(IPv6Address(text.split("%")[0]).exploded) > 0 and len(text) >= 6
    except ValueError:
        return False


def phones(text: str, countries: Sequence[str]) -> Iterator[tuple[int, int, str]]:
    """(start, end, kind) of phone numbers: valid ones by form, possible ones where a word before says so.

    countries: whose national forms are read (ISO 3166); numbers with + are read anyhow. Forms and lengths are those of
    the numbering plans that the library phonenumbers holds.
    """
    if not _DIGITS.search(text):
        return
    import phonenumbers

    text = _ENDLESS.sub(lambda m: "x" * len(m[0]), text)
    # ASCII digits of other scripts and full-width ones are told apart by the library itself.
    perhaps = "+" in text or bool(_WRITTEN_AS_ONE.search(text) or _CALL.search(text))
    for country in countries or (None,):
        for match in phonenumbers.PhoneNumberMatcher(text, country, leniency=phonenumbers.Leniency.VALID):
            if sum(c.isdigit() for c in match.raw_string) >= _LEAST_VALID and not _part_of_more(text, match.start, match.end):
                yield match.start, match.end, "phone"
        if not perhaps:
            continue
        for match in phonenumbers.PhoneNumberMatcher(text, country, leniency=phonenumbers.Leniency.POSSIBLE):
            before = text[max(0, match.start - _BEFORE) : match.start]
            called = match.raw_string.startswith(("+", "(0", "00")) or _CALLED.search(before)
            digits = sum(c.isdigit() for c in match.raw_string)
            amount = _AMOUNT.search(before) or _DECIMAL.fullmatch(match.raw_string)
            if called and digits >= _LEAST and not amount and not _part_of_more(text, match.start, match.end):
                yield match.start, match.end, "phone"


def _part_of_more(text: str, start: int, end: int) -> bool:
    """Whether a stretch is some digits of a longer number or word."""
    return bool(_PART_OF_MORE.search(text, max(0, start - 2), start) or _GOES_ON.match(text, end))
