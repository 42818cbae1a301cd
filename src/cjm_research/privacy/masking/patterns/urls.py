"""Persons in web addresses: what stands behind /users/, in ?email=, and the names of accounts on social sites."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote

from ..word_lists import words

_URL = re.compile(r"(?:\bhttps?://|\bwww\.|(?<![\w/.])/(?=[\w%~.-]))[^\s<>\"'|\\^`{}\[\]]{2,2000}|\b(?:[a-z0-9-]{1,63}\.){1,4}[a-z]{2,18}/[^\s<>\"'|\\^`{}\[\]]{1,2000}", re.IGNORECASE)
#: what a path calls the persons that it lists; the part behind it is one of them
_OF_PERSONS = words(
    "user users u profile profiles people person persons member members customer customers client clients account accounts author authors contact contacts "
    "employee employees staff patient patients guest guests driver drivers agent agents seller sellers host hosts student students "
    "kunde kunden nutzer benutzer profil profile mitglied mitglieder konto personen patienten mitarbeiter autor autoren utilisateur utilisateurs membre membres clients compte "
    "usuario usuarios perfil cliente clientes utente utenti profilo")
#: parts behind them that name a page, not a person
_PAGES = words(
    "login logout signin signup register new edit settings setting password reset me home index list all search orders order history address addresses payment payments "
    "dashboard overview profile account help faq support service services area zone portal create add delete update verify confirm welcome terms privacy security notifications "
    "wishlist favorites favourites rewards points billing subscription subscriptions details info about anmelden registrieren einstellungen passwort bestellungen adressen bereich "
    "page pages stories reviews review feedback testimonials insights api v1 v2 v3 json csv export import bulk")
_SOCIAL = re.compile(r"(?:^|[/.])(?:linkedin\.com/in|xing\.com/profile|facebook\.com|fb\.com|twitter\.com|x\.com|instagram\.com|tiktok\.com|t\.me|wa\.me)/(@?[\w.%~-]{3,60})", re.IGNORECASE)
_SOCIAL_PAGES = words("sharer share sharer.php intent home hashtag search groups events pages watch marketplace login explore p reel company jobs share.php dialog plugins tr about")
_QUERY = re.compile(
    r"[?&;#](?:amp;)?((?:[\w.-]{0,30}[_.-])?(?:e?-?mail|phone|tel|telefon|mobile|(?:first|last|full|sur|family|given|user|nick|vor|nach)[_-]?name|name|user|login|user[_-]?id|uid|"
    r"customer(?:[_-]?(?:id|no|number))?|client[_-]?id|member[_-]?id|account(?:[_-]?(?:id|no))?|contact[_-]?id|dob|birth ?date|address|street|iban|ssn))=([^&#;\s]{2,300})", re.IGNORECASE)
_TRAILING = ".,;:!?)'\""


def in_urls(text: str) -> Iterator[tuple[int, int, str]]:
    """(start, end, kind) of the parts of web addresses and paths that name a person."""
    if "/" not in text and "=" not in text:
        return
    for url in _URL.finditer(text):
        whole = url[0].rstrip(_TRAILING)
        path = re.split(r"[?#]", whole, maxsplit=1)[0]
        yield from ((url.start() + a, url.start() + b, "account") for a, b in _segments(path))
        for m in _SOCIAL.finditer(path):
            if m[1].casefold().lstrip("@") not in _SOCIAL_PAGES:
                yield url.start() + m.start(1), url.start() + m.end(1), "account"
    for m in _QUERY.finditer(text):
        end = m.start(2) + len(m[2].rstrip(_TRAILING))
        if end > m.start(2) and unquote(m[2]).casefold() not in ("true", "false", "null", "undefined", "none", "yes", "no", "(not set)"):
            yield m.start(2), end, "account"


def _segments(path: str) -> Iterator[tuple[int, int]]:
    before = ""
    for m in re.finditer(r"[^/]+", path):
        part = unquote(m[0]).casefold()
        if before in _OF_PERSONS and part not in _PAGES and part not in _OF_PERSONS and not re.fullmatch(r"[\w-]{1,40}\.(?:html?|php|aspx?|jsp|css|js|png|jpe?g|svg|gif)", part):
            yield m.start(), m.end()
        before = part
