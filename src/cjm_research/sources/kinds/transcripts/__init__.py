"""Interview transcripts: text with speakers, WebVTT, SRT, Word and PDF into canonical text and turns."""

from .codings import KIND as CODINGS_CSV
from .model import Leftover, Memo, Settings, Transcript, Turn
from .parse import ENDINGS, decode, parse_transcript
from .source import KIND as TRANSCRIPTS
from .styles import PLAIN, STYLES
from .text import parse_text

__all__ = [
    "CODINGS_CSV",
    "ENDINGS",
    "PLAIN",
    "STYLES",
    "TRANSCRIPTS",
    "Leftover",
    "Memo",
    "Settings",
    "Transcript",
    "Turn",
    "decode",
    "parse_text",
    "parse_transcript",
]
