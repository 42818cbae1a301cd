"""Signs and codes of currencies, as they stand beside amounts."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from ....errors import BadInput

if TYPE_CHECKING:
    from ....params.schema import Source

_ISO_4217 = """
    AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP CNY COP CRC CUP CVE CZK
    DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HRK HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF
    KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK
    PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX
    USD UYU UZS VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWL"""
#: codes in use
CODES = frozenset(_ISO_4217.split())
#: sign → the currencies it may stand for; the first is what it means where nothing else is said
SIGNS: dict[str, tuple[str, ...]] = {
    "€": ("EUR",), "EURO": ("EUR",), "EUROS": ("EUR",), "$": ("USD", "CAD", "AUD", "NZD", "SGD", "HKD", "MXN", "ARS", "CLP", "COP"),
    "US$": ("USD",), "C$": ("CAD",), "CA$": ("CAD",), "A$": ("AUD",), "AU$": ("AUD",), "NZ$": ("NZD",), "S$": ("SGD",), "HK$": ("HKD",), "NT$": ("TWD",),
    "MX$": ("MXN",), "R$": ("BRL",), "£": ("GBP", "EGP", "GIP"), "¥": ("JPY", "CNY"), "￥": ("JPY", "CNY"), "元": ("CNY",), "円": ("JPY",), "₹": ("INR",),
    "RS": ("INR", "PKR", "LKR", "NPR"), "RS.": ("INR", "PKR", "LKR", "NPR"), "₽": ("RUB",), "₩": ("KRW",), "₺": ("TRY",), "₴": ("UAH",), "₪": ("ILS",),
    "₫": ("VND",), "₱": ("PHP",), "฿": ("THB",), "₦": ("NGN",), "₵": ("GHS",), "₡": ("CRC",), "₲": ("PYG",), "₸": ("KZT",), "₾": ("GEL",), "₼": ("AZN",),
    "FR.": ("CHF",), "SFR.": ("CHF",), "FR": ("CHF",), "ZŁ": ("PLN",), "KČ": ("CZK",), "FT": ("HUF",), "LEI": ("RON",), "ЛВ": ("BGN",), "РУБ": ("RUB",),
    "РУБ.": ("RUB",), "KR": ("SEK", "NOK", "DKK", "ISK"), "KR.": ("DKK", "SEK", "NOK", "ISK")}


def may_mean(mark: str) -> tuple[str, ...]:
    """The currencies that a sign or code may stand for, the most usual first; none where it is neither."""
    word = mark.upper()
    return (word,) if word in CODES else SIGNS.get(word, ())


def one_currency(marks: Collection[str]) -> str | None:
    """The currency that all marks of a column stand for, by the most usual meaning of each; None where they differ."""
    usual = {may_mean(m)[0] for m in marks}
    return usual.pop() if len(usual) == 1 else None


def declared_currency(source: Source) -> str | None:
    """The currency that a source's amounts are in where they name none. Raises `BadInput` for what is no currency."""
    said = source.settings.get("currency")
    if said is None:
        return None
    if str(said).strip().upper() not in CODES:
        raise BadInput(f"source {source.name!r}: settings.currency", f"{said!r} is not understood", "a code of ISO 4217, such as EUR", "write the three letters, or map columns.currency")
    return str(said).strip().upper()
