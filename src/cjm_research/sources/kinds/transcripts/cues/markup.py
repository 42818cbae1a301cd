"""What in a cue is the format's own mark-up, and what is speech: "< 3 days", "<laughs>" and "I <3 it" are words.

WebVTT knows c, i, b, u, ruby, rt, v, lang and time stamps in angle brackets, and character references (W3C WebVTT,
"cue text tokenizer"); SRT knows b, i, u, s and font, and overrides in braces. Nothing else is taken out.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator

from .. import labels

_CLASSES = r"(?:\.[^\s.<>&]+)*"
_TIME_TAG = r"<(?:\d{2,}:)?\d{2}:\d{2}[.,]\d{3}>"
_FONT = r"</font\s*>|<font(?:\s+[\w-]+\s*=\s*(?:\"[^\"<>]*\"|'[^'<>]*'|[^\s<>\"']+))*\s*>"  # in WebVTT too, where a program made it of SRT
_VTT = re.compile(rf"{_FONT}|</?(?:c|i|b|u|ruby|rt){_CLASSES}\s*>|</?(?:v|lang){_CLASSES}\s*>|<lang{_CLASSES}\s+[\w-]+\s*>|<v{_CLASSES}\s[^<>]*>|{_TIME_TAG}", re.IGNORECASE)
_SRT = re.compile(
    rf"</?(?:b|i|u|s)\s*/?>|{_FONT}|\{{\\[^{{}}\n]*\}}|\{{/?[bius]\}}", re.IGNORECASE)
_VOICE = re.compile(rf"<(/?)v({_CLASSES})(?:\s([^<>]*))?>", re.IGNORECASE)
_REFERENCE = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_BRACKETS = re.compile(r"<[^<>\s][^<>\n]{0,40}>")


def words(text: str, kind: str) -> str:
    """The words of a stretch without mark-up, references decoded once, white space single."""
    return " ".join(_decoded(_without(text, kind)).split())


def voices(payload: str, kind: str) -> Iterator[tuple[str | None, str]]:
    """(speaker, words) of a payload with voice tags, in order. `<v ->` and words outside any voice have no speaker."""
    speaker: str | None = None
    at = 0
    for tag in _VOICE.finditer(payload):
        yield speaker, words(payload[at : tag.start()], kind)
        at = tag.end()
        speaker = None if tag[1] else labels.clean(_decoded(tag[3] or "")) or None
    yield speaker, words(payload[at:], kind)


def has_voices(payload: str) -> bool:
    """Whether a voice is named."""
    return any(not tag[1] and tag[3] for tag in _VOICE.finditer(payload))


def marked_as(payloads: Iterable[str], kind: str) -> str:
    """The format whose marks a file uses: subtitles made from WebVTT keep its time stamps and voices beside their own ("both")."""
    return "webvtt" if kind == "webvtt" else "both" if any(re.search(_TIME_TAG, p) or has_voices(p) for p in payloads) else "srt"


def kept(payloads: Iterable[str], kind: str) -> list[str]:
    """What stands in angle brackets and is no mark-up of the format; it stays in the words."""
    return [found for p in payloads for found in _BRACKETS.findall(_without(p, kind))]


def _without(text: str, kind: str) -> str:
    plain = text if kind == "srt" else _VTT.sub("", text)
    return plain if kind == "webvtt" and "{\\" not in plain else _SRT.sub("", plain)


def _decoded(text: str) -> str:
    return _REFERENCE.sub(lambda m: html.unescape(m[0]), text)
