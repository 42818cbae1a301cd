"""The portrait of a persona: the picture that the params name, else its initials."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape


def portrait_html(name: str, portraits: Mapping[str, str]) -> str:
    """A picture, or a monogram that says nothing to those who do not see it. portraits: persona → data address."""
    if picture := portraits.get(name):
        return f'<img class="portrait" src="{escape(picture, quote=True)}" alt="Portrait of the persona {escape(name, quote=True)}">'
    return f'<span class="portrait" aria-hidden="true">{escape(initials(name))}</span>'


def initials(name: str) -> str:
    """At most two letters: of the first two words."""
    return "".join(word[0] for word in name.split()[:2]).upper()
