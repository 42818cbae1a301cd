"""An answer as HTML: its first sentence large, then what else it says; what weighs most stands out, what was counted how waits on demand."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from .blocks import Answer
from .evidence_html import findings_html
from .numbering import Numbering
from .wording import for_readers, unbroken, worded

LONG = 170  # characters of a first sentence beyond which it is set smaller
LIMITS_SHOWN = 4  # beyond, on demand


def answer_html(block: Answer, numbering: Numbering) -> str:
    """The answer. Under a heading its question is not asked a second time; a sentence that heads a figure of the page is said there."""
    anchor = numbering.anchor("a", block.question)
    first = sentence(block.sentences[0]) if block.sentences else ""
    numbering.headlines.append((block.question, first, anchor))
    asked = numbering.begin()
    parts = [] if asked else [f'<p class="question">{escape(block.question)}</p>']
    parts += [f'<p class="lead{" long" if len(first) > LONG else ""}">{unbroken(first)}</p>'] if first else []
    parts += [f"<p>{unbroken(sentence(s))}</p>" for s in block.sentences[1:] if s not in numbering.titles]
    limits = _told(block.caveats, numbering)
    parts += _box("stop", "Settle this first.", _told(block.blockers, numbering))
    parts += _box("limits", "Read with care.", limits[:LIMITS_SHOWN], limits[LIMITS_SHOWN:])
    behind = _behind(block, numbering)
    if behind:
        parts.append(f'<div class="notes">{"".join(behind)}</div>')
    return f'<section class="answer" id="{anchor}" aria-label="{escape(block.question, quote=True)}">{"".join(parts)}</section>'


def _told(texts: Sequence[str], numbering: Numbering) -> list[str]:
    told = [for_readers(t) for t in texts] if numbering.readers else list(texts)
    return [t for t in dict.fromkeys(told) if t]


def _box(css: str, head: str, texts: Sequence[str], more: Sequence[str] = ()) -> list[str]:
    if not texts:
        return []
    if len(texts) == 1:
        return [f'<div class="{css}" role="note"><p><b>{head}</b> {worded(sentence(texts[0]))}</p></div>']
    rest = f"<details><summary>{len(more)} more</summary>{_list(more)}</details>" if more else ""
    return [f'<div class="{css}" role="note"><p><b>{head}</b></p>{_list(texts)}{rest}</div>']


def _list(texts: Sequence[str]) -> str:
    return f"<ul>{''.join(f'<li>{worded(sentence(t))}</li>' for t in texts)}</ul>"


def sentence(text: str) -> str:
    """What is said as a sentence of its own: a caveat, or one that begins with a name of the data."""
    whole = text if text[-1:] in (".", "?", "!", "”") else f"{text}."
    first = whole.partition(" ")[0]
    return whole[:1].upper() + whole[1:] if first.islower() and first.isalpha() else whole


def _behind(block: Answer, numbering: Numbering) -> list[str]:
    """What waits on demand: the method with the notes, and the evidence."""
    notes = _told(block.notes, numbering)
    out = []
    if block.method or notes:
        method = f"<p>{worded(block.method)}</p>" if block.method else ""
        out.append(f"<details><summary>How this was computed</summary>{method}{_list(notes) if notes else ''}</details>")
    if evidence := findings_html(block.findings, numbering):
        out.append(evidence)
    return out
