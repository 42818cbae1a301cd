"""The styles in which speakers stand in plain text: a pattern of a line that begins a turn, for each."""

from __future__ import annotations

import re

from .mixed import TIME

_STAMP = rf"[\[(<#]?\s{{0,9}}(?P<time>{TIME})(?:-\d)?\s{{0,9}}[\])>#]?"
_COLON = "[:：﹕]"
_NAME = r"(?P<speaker>(?:[^:：﹕\t\[\]<>#]|#(?= ?\d{1,3}\b(?!:\d))|\[[A-Za-z][^\[\]:\n]{0,20}\]){1,200}?)"
_BEFORE = r"[\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff\s]*(?:>>\s{0,9}|[-–—•]\s{1,9})?"
_DATE = r"(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.](?:\d{4}|\d{2}))"
_CLOCK = r"\d{1,2}[:.]\d{2}(?:[:.]\d{2}(?:[.,]\d{1,6})?)?(?:\s?[AaPp]\.?\s?[Mm]\b\.?)?(?:\s?(?:Z|UTC|GMT|[+-]\d{2}:?\d{2})(?![\w:]))?"
_MOMENT = rf"[\u200e\u200f\ufeff]*[\[(]?{_DATE}\.?,?(?:T|\s{{1,3}}){_CLOCK}\s?[\])]?\s{{0,3}}(?:[-–—:]\s{{1,3}})?"
BY_HAND = re.compile(rf"^\s*({_DATE})\s{{1,3}}\d{{1,2}}[:.]\d{{2}}(?![:.]\d|\s?[-–—\])])\s")
STAMPED = re.compile(rf"^{_MOMENT}")
STAMP_ALONE = re.compile(rf"{_STAMP}[^\S\n]*(?:\n|$)")
LAST_STAMP = re.compile(rf"(?:^|\n)[^\S\n]*{_STAMP}[^\S\n]*$")
END_STAMP = re.compile(rf"(?<!\s)\s*[\[(#]\s{{0,9}}({TIME})(?:-\d)?\s{{0,9}}[\])#]\s{{0,9}}$")

#: style → pattern of a line that begins a turn; more specific ones first, they win ties
STYLES: dict[str, re.Pattern[str]] = {
    "date time name: text": re.compile(rf"^{_MOMENT}~?\s{{0,3}}{_NAME}\s{{0,3}}{_COLON}(?P<rest>(?:\s.*|\.)?)$"),
    "time From name to all": re.compile(
        rf"^{_STAMP}[\s,–-]{{1,9}}(?:From|Von|De)\s{{1,9}}(?P<speaker>[^:：\t\[\]<>#]{{1,80}}?)(?:\s{{1,9}}(?:to|an|à|a|para)\s{{1,9}}[^:：]{{1,60}}?)?\s{{0,9}}{_COLON}\s{{0,9}}(?P<rest>.*)$", re.IGNORECASE),
    "name date time": re.compile(rf"^(?P<speaker>[^:：\[\]<>#]{{1,80}}?)[\s,–—-]{{1,9}}[\[(]?{_DATE},?(?:T|\s{{1,3}}){_CLOCK}[\])]?\s{{0,3}}(?P<rest>)$"),
    "date time name": re.compile(rf"^{_MOMENT}(?P<speaker>[^:：\t\[\]<>#]{{1,80}}?)(?P<rest>)$"),
    "time<tab>name<tab>text": re.compile(rf"^{_STAMP}\t(?P<speaker>[^\t]{{1,80}}?):?\t(?P<rest>.*)$"),
    "name<tab>time<tab>text": re.compile(rf"^(?P<speaker>[^\t]{{1,80}}?):?\t{_STAMP}\t(?P<rest>.*)$"),
    "time name: text": re.compile(rf"^{_STAMP}[\s–-]{{0,9}}\*{{0,3}}{_NAME}\*{{0,3}}\s{{0,9}}{_COLON}\*{{0,3}}\s{{0,9}}(?P<rest>.*)$"),
    "name time: text": re.compile(
        rf"^{_BEFORE}\*{{0,3}}{_NAME}\*{{0,3}}[\s,–-]{{0,9}}(?:(?P<open>[\[(<#]\s{{0,9}})|(?<=[\s,–-]))(?P<time>{TIME})(?:-\d)?"
        rf"(?(open)\s{{0,9}}[\])>#]\*{{0,3}}\s{{0,9}}{_COLON}?|\*{{0,3}}\s{{0,9}}{_COLON}(?!\d))\*{{0,3}}\s{{0,9}}(?P<rest>.*)$"
    ),
    "name time": re.compile(
        rf"^\*{{0,3}}(?P<speaker>[^:：\[\]<>#]{{1,80}}?)\*{{0,3}}[\s,–-]{{1,9}}[\[(]?(?P<time>{TIME})[\])]?\s{{0,9}}(?:[AaPp]\.?[Mm]\.?)?(?P<rest>)$"
    ),
    "time name": re.compile(rf"^{_STAMP}\s{{1,9}}[–-]?\s{{0,9}}(?P<speaker>[^:：\t\[\]<>#]{{1,80}})(?P<rest>)$"),
    "name: text": re.compile(rf"^{_BEFORE}\*{{0,3}}{_NAME}\*{{0,3}}\s{{0,9}}{_COLON}\*{{0,3}}(?!//)(?!\d\d)\s{{0,9}}(?P<rest>.*)$"),
    "name<tab>text": re.compile(r"^(?P<speaker>[^\t:]{1,80}?)\t{1,9}(?P<rest>[^\t].*)$"),
    "[name] text": re.compile(r"^[\[<](?P<speaker>[^\]>\t]{1,80})[\]>]:?[ \t]{1,9}(?P<rest>\S.*)$"),
    "name on its own line": re.compile(r"^(?P<speaker>[^:：\t.?!,;]{1,63})(?P<rest>)$"),
}
PLAIN = "paragraphs without speakers"
#: styles whose lines have a form of their own, so that a name counts there even once
HEADED = ("time From name to all", "name date time", "date time name", "time<tab>name<tab>text", "name<tab>time<tab>text", "name time: text", "name time", "time name")
#: those in which a name has a place of its own beside a time, so that a small letter or a number is one there, too
CELLS = ("time From name to all", "time<tab>name<tab>text", "name<tab>time<tab>text")
COLONS = ("name: text", "time name: text")
CHAT = "date time name: text"
ABOVE = ("name time", "time name", "name date time", "date time name", "name on its own line")  # of which the words stand below
DATED = (CHAT, "name date time", "date time name")
DECLARED = "declared speakers"  # what a file is read by where nothing but its declared speakers tells turns apart
#: styles of whose lines an undeclared label is only taken where most lines have that style: tables, notes in brackets, headings
ALONE = ("name<tab>text", "[name] text", "name on its own line")
