"""Postal addresses: streets with a number and postcodes, in the ways of Germany, the United Kingdom, France and the United States."""

from __future__ import annotations

import re
from collections.abc import Iterator

_CAP = r"[^\W\d_a-zäöüßàâçéèêëîïôûùœæñ][\w'’.-]{0,30}"  # a word that begins with a capital
_PLACE = rf"{_CAP}(?: (?:{_CAP}|am|an der|im|in|ob der|a\.|on|upon|sur|sous|en|la|le|les|de|du)){{0,3}}"
_HOUSE = r"\d{1,3} ?[a-zA-Z]?(?: ?[-/] ?\d{1,3}[a-zA-Z]?)?(?!\w)"

# Germany, Austria, Switzerland: "Lange Straße 12a, 89073 Ulm"
_SURE = r"(?:stra(?:ß|ss)e|str\.|gasse|weg|allee|chaussee|ufer)"  # ends of words that are streets
_PERHAPS = r"(?:platz|ring|damm|steig|stieg|pfad|promenade|markt|hof|berg|kamp|twiete|redder|graben|zeile|park)"  # only where a postcode follows


def _german_street(ends: str) -> str:
    """"Hauptstraße", "Karl-Marx-Straße", "Lange Straße"; the name or the word before it begins with a capital."""
    return rf"(?:(?:{_CAP}[ -]){{0,2}}[A-ZÄÖÜ][\w'’-]{{1,30}}{ends}|{_CAP}(?:[ -]{_CAP})?[ -](?i:{ends}))"


_GERMAN_PLAIN = rf"(?:Am|An der|An den|Auf der|Auf dem|Im|In der|In den|Zum|Zur|Unter den|Hinter der|Vor dem|Bei der|Beim) {_CAP}"
_DE_POST = rf"(?:D-|A-|CH-)?\d{{4,5}} {_PLACE}"
_GERMAN = re.compile(rf"(?<!\w){_german_street(_SURE)} {_HOUSE}(?:(?:,|\s-|\sin)?\s{{1,2}}{_DE_POST})?")
_GERMAN_WITH_POST = re.compile(rf"(?<!\w)(?:{_german_street(_PERHAPS)}|{_GERMAN_PLAIN}) {_HOUSE},?\s{{1,2}}{_DE_POST}")
_DE_ALONE = re.compile(rf"(?<!\w)D-\d{{5}}(?: {_CAP})?")

# United Kingdom: the areas of Royal Mail, outward and inward code
_AREAS = ("AB AL B BA BB BD BH BL BN BR BS BT CA CB CF CH CM CO CR CT CV CW DA DD DE DG DH DL DN DT DY E EC EH EN EX FK FY G GL GU GY HA HD HG HP HR HS HU HX IG IM IP IV "
          "JE KA KT KW KY L LA LD LE LL LN LS LU M ME MK ML N NE NG NN NP NR NW OL OX PA PE PH PL PO PR RG RH RM S SA SE SG SK SL SM SN SO SP SR SS ST SW SY TA TD TF TN TQ "
          "TR TS TW UB W WA WC WD WF WN WR WS WV YO ZE")
_UK_POST = rf"(?:{'|'.join(sorted(_AREAS.split(), key=len, reverse=True))})\d[\dA-HJKMNPR-Y]? ?\d[ABD-HJLNP-UW-Z]{{2}}"
_UK_ALONE = re.compile(rf"(?<![\w-]){_UK_POST}(?![\w-])")
_UK_LABELLED = re.compile(rf"(?i:\bpost ?code(?: is|:)? {{0,2}}({_UK_POST}))(?!\w)")

# English street names, of both countries; the United States go on with city, state and ZIP
_WAYS = (r"(?:Street|St|Road|Rd|Lane|Ln|Avenue|Ave|Drive|Dr|Close|Court|Ct|Way|Place|Pl|Crescent|Cres|Terrace|Terr|Gardens|Gdns|Square|Sq|Hill|Grove|Boulevard|Blvd|Parkway|Pkwy|"
         r"Circle|Cir|Highway|Hwy|Mews|Walk|Row|Parade|Trail|Loop|Turnpike|Broadway|Alley|Plaza|Quay|Green)\b\.?")
_STATES = ("Alabama|Alaska|Arizona|Arkansas|California|Colorado|Connecticut|Delaware|Florida|Georgia|Hawaii|Idaho|Illinois|Indiana|Iowa|Kansas|Kentucky|Louisiana|Maine|Maryland|"
           "Massachusetts|Michigan|Minnesota|Mississippi|Missouri|Montana|Nebraska|Nevada|New Hampshire|New Jersey|New Mexico|New York|North Carolina|North Dakota|Ohio|Oklahoma|"
           "Oregon|Pennsylvania|Rhode Island|South Carolina|South Dakota|Tennessee|Texas|Utah|Vermont|Virginia|Washington|West Virginia|Wisconsin|Wyoming|"
           "AL|AK|AZ|AR|CA|CO|CT|DE|FL|GA|HI|ID|IL|IN|IA|KS|KY|LA|ME|MD|MA|MI|MN|MS|MO|MT|NE|NV|NH|NJ|NM|NY|NC|ND|OH|OK|OR|PA|RI|SC|SD|TN|TX|UT|VT|VA|WA|WV|WI|WY|DC")
_CITY = rf"{_CAP}(?: {_CAP}){{0,2}}"
_US_TAIL = rf"(?:{_CITY},? )?(?:{_STATES}),? \d{{5}}(?:-\d{{4}})?"
_UNIT = r"(?:,? (?:(?:Apt|Apartment|Suite|Ste|Unit|Flat|Floor|Fl|Room|Rm)\.? ?#?|#) ?\w{1,6})?"
_FLAT = r"(?:(?:Flat|Apartment|Apt|Unit) \w{1,5},? )?"
_ENGLISH = re.compile(
    rf"(?<![\w.,$£€-]){_FLAT}\d{{1,5}}[a-zA-Z]?,? (?:(?:[NSEW]|North|South|East|West|[NS][EW])\.? )?(?:(?:{_CAP}|\d{{1,3}}(?:st|nd|rd|th)) ){{1,3}}{_WAYS}{_UNIT}"
    rf"(?:,?\s{{1,2}}(?:{_CITY},?\s{{1,2}}){{0,2}}(?:{_UK_POST}|{_US_TAIL}))?(?:,\s{{1,2}}{_CITY}(?=[,.\n]|$))?")
_US_ALONE = re.compile(rf"(?<!\w){_CITY},? (?:{_STATES}),? \d{{5}}(?:-\d{{4}})?(?![\w-])")
_CODE = re.compile(r"(?i:\b(?:zip(?: ?code)?|post(?:al)? ?code|plz|postleitzahl|code postal|cap|c[óo]digo postal)(?: is| ist| est|:|\.)? {0,2}(?:of )?)(\d{4,5}(?:-\d{4})?)(?!\w)")
_BOX = re.compile(r"(?<!\w)(?:P\.? ?O\.? Box|Postfach|Bo[iî]te postale|BP) \d{1,3}(?: ?\d{1,3}){0,3}(?!\w)")

# France: "12 bis, rue de la Paix, 75002 Paris"
_FRENCH_WAYS = r"(?i:rue|avenue|av\.|boulevard|bd\.?|place|chemin|impasse|all[ée]e|quai|route|cours|square|passage|faubourg|villa|cit[ée]|r[ée]sidence|lotissement|sentier)"
_OF = r"(?:(?:de la|des|du|de|la|le|les|aux?|à|en|sur|sous)\s|(?:de l|d|l)['’]\s?)"
_FRENCH = re.compile(
    rf"(?<![\w.,-])\d{{1,4}}(?: ?(?:bis|ter|quater|[A-D]))?,? {_FRENCH_WAYS} (?:(?:{_OF}){{1,2}}[\w'’.-]{{2,30}}|{_CAP})"
    rf"(?:[ -](?:{_OF}|et\s){{0,2}}{_CAP}){{0,4}}(?:,?\s{{1,2}}\d{{5}} {_PLACE})?")


def addresses(text: str) -> Iterator[tuple[int, int, str]]:
    """(start, end, kind) of streets with a number, and of postcodes; of an address as much as stands together."""
    for pattern in (_GERMAN, _GERMAN_WITH_POST, _ENGLISH, _FRENCH, _US_ALONE, _DE_ALONE, _UK_ALONE, _BOX):
        yield from ((*m.span(), "address") for m in pattern.finditer(text))
    for pattern in (_UK_LABELLED, _CODE):
        yield from ((*m.span(1), "address") for m in pattern.finditer(text))
