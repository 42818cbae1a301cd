"""Words for the part that somebody plays in a talk ("Interviewee", "Befragte", "Entrevistado"): they expose nobody.

One list for the readers of transcripts, which tell by it who asks, and for masking, which never takes such a word for a
name. Languages: English, German, French, Spanish, Portuguese, Dutch, Italian; accents and case do not matter.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from typing import Literal

Part = Literal["interviewer", "participant", "unknown"]

#: those who ask; patterns of single words without accents
_ASKING = """
interviewer(?:s|in|innen)? moderator(?:s|in|innen|en)? facilitator(?:s|in)? researchers? observers? hosts? notetakers? questioner question
befrager(?:in)? fragende[rn]? forscher(?:in)? beobachter(?:in)? protokollant(?:in)? versuchsleiter(?:in)? gesprachsleit(?:er|erin|ung) interviewfuhrer(?:in)? frage
enquet(?:eur|rice)s? intervieweu(?:r|se)s? animat(?:eur|rice)s? moderat(?:eur|rice)s? cherche(?:ur|use)s? observat(?:eur|rice)s? facilitat(?:eur|rice)s?
entrevistador(?:a|es|as)? moderador(?:a|es|as)? facilitador(?:a)? investigador(?:a)? observador(?:a)? encuestador(?:a)? pregunta
pesquisador(?:a)? inquiridor(?:a)? pergunta
interviewster onderzoeker gespreksleid(?:er|ster) observator vragensteller vraag
intervistat(?:ore|rice|ori) moderat(?:ore|rice) facilitat(?:ore|rice) ricercat(?:ore|rice) osservat(?:ore|rice) domanda
i q
"""
#: those who answer
_ANSWERING = """
interviewe(?:e|s|es)? participants? respondents? users? customers? clients? callers? informants? subjects? testers? attendees? panell?ists? shoppers? buyers? consumers?
patients? visitors? guests? answer
befragte[rnm]? interviewte[rnm]? interviewpartner(?:in|innen)? gesprachspartner(?:in|innen)? kunde kunden kundin(?:nen)? teilnehmer(?:in|innen|n)? teilnehmende[rn]?
proband(?:in|en|innen)? testperson(?:en)? versuchsperson(?:en)? auskunftsperson(?:en)? nutzer(?:in|innen)? benutzer(?:in|innen)? anwender(?:in|innen)? anrufer(?:in)?
gast gaste besucher(?:in)? antwort
enquetee?s? repondant(?:e|s|es)? sondee?s? sujets? utilisat(?:eur|rice)s? usager(?:e|s|es)? participantes invitee?s? reponse
entrevistad[oa]s? participantes? encuestad[oa]s? informantes? clientes? clienta usuari[oa]s? invitad[oa]s? respuesta
inquirid[oa]s? respondentes? utilizador(?:a|es)? convidad[oa]s? resposta
geinterviewden? deelnemers? deelneemster respondenten klant(?:en)? gebruikers? bellers? antwoord
intervistat[oaie] partecipant[ei] rispondent[ei] utent[ei] ospit[ei] risposta
p r a b
"""
#: voices of which no more is known
_VOICES = """
speakers? spk agents? assistants? representatives? operators? employees? persons? people audience crowd translator interpreter narrator experts? consultants? advis[eo]rs?
unknown unidentified everyone everybody
sprecher(?:in|innen)? stimme unbekannte?[rn]? mitarbeiter(?:in|innen)? berater(?:in|innen)? expert(?:e|in|en) dolmetscher(?:in)? ubersetzer(?:in)?
locut(?:eur|rice)s? intervenante?s? orat(?:eur|rice)s? personnes? conseill(?:er|ere)s? inconnue?s?
hablantes? orador(?:a|es)? locutor(?:a|es)? personas? agentes? asesor(?:a)? desconocid[oa]
falantes? interlocutor(?:a)? pessoas? desconhecid[oa]
sprekers? spreekster medewerkers? onbekend(?:e)? persoon
parlant[ei] relat(?:ore|rice) orat(?:ore|rice) operat(?:ore|rice) sconosciut[oa]
t s
"""
#: words that may stand beside one of them
_BESIDE = """
the an? der die das le la les el los il lo os? de het een un une ein eine first second third lead co male female new old other main junior senior no nr
mannliche[rn]? weibliche[rn]? one two three eins zwei drei
"""
#: roles of several words, and the one word that says the same
_PHRASES = (
    (re.compile(r"\bnote[ _-]taker"), "notetaker"),
    (re.compile(r"\binterviewing person"), "interviewer"),
    (re.compile(r"\b(?:interviewed|test) person\b|\bpersonne (?:interviewee?|interrogee|enquetee)\b|\bperson[ae] (?:entrevistada|intervistata)\b|\bpessoa entrevistada\b"), "interviewee"),
)
_SHORT = re.compile(r"(?:tn|ip|vp|kd|int|mod|seg|resp|pp|tp|bef)[ _.#-]*\d{1,4}")  # "TN 2": short forms that need their number
_ENDINGS = re.compile(r"[*:·_/](?:innen|in|a|o|e|as|os|rice|euse|trice)\b")  # of either gender: "Teilnehmer*in", "usuario/a"
_JOINED = r"\s*[&+/;]\s*|\s+(?:and|und|et|y|en|ed?)\s+"
_OUTSIDE = r"(?![^()]*\))"  # not within parentheses
_JOINT = re.compile(rf"(?:{_JOINED}){_OUTSIDE}", re.IGNORECASE)
_MOST_WORDS = 5


def _pattern(words: str) -> re.Pattern[str]:
    return re.compile("|".join(words.split()))


_PARTS: dict[Part, re.Pattern[str]] = {
    "interviewer": _pattern(_ASKING), "participant": _pattern(_ANSWERING), "unknown": _pattern(_VOICES),
}
_ASIDE = _pattern(_BESIDE)


def folded(text: str) -> str:
    """The text without case, accents, invisible signs and doubled spaces, to compare spellings of one word."""
    plain = unicodedata.normalize("NFKD", text)
    seen = "".join(c for c in plain if not unicodedata.combining(c) and unicodedata.category(c) != "Cf")
    return " ".join(seen.casefold().split())


@functools.lru_cache(maxsize=4096)
def role(label: str) -> Part | None:
    """The part that a label names, None where it may be a name. "unknown": a voice ("Speaker 2") that may ask or answer.

    A role may have a number, a letter and words such as "first" or "male" beside it; of a label of several
    ("Interviewee 1 & Interviewee 2") all must be roles, and it asks or answers where all do.
    """
    found = {_one(piece) for piece in _JOINT.split(_ENDINGS.sub("", folded(label)))}
    if None in found:
        return None
    return found.pop() if len(found) == 1 else "unknown"


def is_role(label: str) -> bool:
    """Whether a speaker's label is a role or number rather than a name."""
    return role(label.strip()) is not None


def people(label: str) -> list[str]:
    """The labels that a label of several people holds, "Anna & Ben" two of them; one that cannot be split is itself."""
    if is_role(label):
        return [label.strip()] if not _JOINT.search(_ENDINGS.sub("", label)) else [p.strip() for p in _JOINT.split(label) if p.strip()]
    pieces = [p.strip() for p in _JOINT.split(label) if p.strip()]
    if len(pieces) > 1:  # with "and" beside them, commas list people; alone they may stand in "Last, First"
        pieces = [q.strip() for p in pieces for q in p.split(",") if q.strip()]
    return pieces or [label.strip()]


def persons(label: str) -> list[str]:
    """The names in a speaker's label: "Interviewer (Anna Berg)" holds one, "Anna & Ben" two, "Participant 3" none."""
    return [name for piece in people(label) if (name := _name(piece))]


def _name(piece: str) -> str | None:
    if is_role(piece):
        return None
    outer, inner = re.sub(r"\([^)]*\)", " ", piece).strip(), re.findall(r"\(([^)]*)\)", piece)
    if inner and (not outer or is_role(outer)):
        return next((i.strip() for i in inner if _capitalised(i) and not is_role(i)), None)
    sides = [s.strip() for s in re.split(r"\s+[-–—|]\s+", piece)]
    if len(sides) > 1 and any(is_role(s) for s in sides):
        return next((s for s in sides if not is_role(s)), None)
    words = piece.split()
    while len(words) > 1 and not words[0].endswith(",") and len(words[0]) > 1 and is_role(words[0]):
        words = words[1:]
        while len(words) > 1 and re.fullmatch(r"[#(]?\d{1,4}[).:]?", words[0]):
            words = words[1:]
    return " ".join(words)


def _capitalised(text: str) -> bool:
    words = text.replace(",", " ").split()
    return 0 < len(words) <= _MOST_WORDS and not re.search(r"\d", text) and not any(w[0].islower() for w in words)


def _one(label: str) -> Part | None:
    if _SHORT.fullmatch(label):
        return "interviewer" if label.startswith(("int", "mod")) else "unknown" if label.startswith("seg") else "participant"
    text = label
    for pattern, word in _PHRASES:
        text = pattern.sub(word, text)
    if not re.fullmatch(r"[\w #.\-()*·]+", text) or re.search(r"\d{5}", text):
        return None
    words = re.findall(r"[^\W\d_]+", text)
    if not 0 < len(words) <= _MOST_WORDS:
        return None
    named: Part | None = None
    for number, word in enumerate(words):
        part = next((p for p, pattern in _PARTS.items() if pattern.fullmatch(word)), None)
        if len(word) == 1 and (number or len(words) > 1):
            continue  # "Speaker A", "P3 b": the letter tells voices apart
        if part is None and not _ASIDE.fullmatch(word):
            return None
        named = named or part
    return named
