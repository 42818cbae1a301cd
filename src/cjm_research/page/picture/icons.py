"""Small drawings with a text beside them: channels, faces, marks. One symbol each, used by reference."""

from __future__ import annotations

from html import escape

# drawn through <use>: rules with ancestors do not reach inside, attributes and custom properties do
_FACE = '<circle cx="12" cy="12" r="10.5" style="fill:var(--ff,none);stroke-dasharray:var(--fd,none)"/>'
_EYES = '<path d="M8.5 9v.8M15.5 9v.8"/>'
SYMBOLS = {
    "web": '<rect x="2" y="3.5" width="16" height="13" rx="2"/><path d="M2 7.5h16M5 5.5h.01M7.5 5.5h.01"/>',
    "app": '<rect x="5.5" y="2" width="9" height="16" rx="2"/><path d="M9 15.3h2"/>',
    "store": '<path d="M3 8l1.5-5h11L17 8M4.2 9.5V17h11.6V9.5M8.3 17v-4.5h3.4V17M3 8c0 2.6 3.5 2.6 3.5 0 0 2.6 3.5 2.6 3.5 0 0 2.6 3.5 2.6 3.5 0 0 2.6 3.5 2.6 3.5 0z"/>',
    "phone": '<path d="M4.5 2.8h2.7l1.5 4-2 1.5c1 2.3 2.7 4 5 5l1.5-2 4 1.5v2.7c0 .9-.7 1.7-1.7 1.7C8.8 16.7 3.3 11.2 2.8 4.5c0-1 .8-1.7 1.7-1.7z"/>',
    "mail": '<rect x="2" y="4" width="16" height="12" rx="2"/><path d="M2.5 5.5l7.5 6 7.5-6"/>',
    "social": '<circle cx="5" cy="10" r="2.5"/><circle cx="15" cy="4.5" r="2.5"/><circle cx="15" cy="15.5" r="2.5"/><path d="M7.2 8.8l5.6-3.1M7.2 11.2l5.6 3.1"/>',
    "chat": '<path d="M4 3h12a2 2 0 0 1 2 2v7a2 2 0 0 1-2 2h-6l-4.5 3.5V14H4a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2zM6 7.2h8M6 10h5"/>',
    "person": '<circle cx="10" cy="6" r="3.5"/><path d="M3 17.5c0-7.5 14-7.5 14 0"/>',
    "other": '<circle cx="10" cy="10" r="7"/><circle cx="10" cy="10" r="1.5"/>',
    "f1": _FACE + '<path d="M7.5 8l2.5 1.5M16.5 8L14 9.5M7.5 17.5c1.5-4 7.5-4 9 0"/>',
    "f2": _FACE + _EYES + '<path d="M8 16.5c1.5-2 6.5-2 8 0"/>',
    "f3": _FACE + _EYES + '<path d="M8 15.5h8"/>',
    "f4": _FACE + _EYES + '<path d="M8 14.5c1.5 2 6.5 2 8 0"/>',
    "f5": _FACE + '<path d="M7.3 10c.6-1.5 2-1.5 2.6 0M14.1 10c.6-1.5 2-1.5 2.6 0M7 13.5h10c-.8 5.3-9.2 5.3-10 0z"/>',
    "go": '<path d="M4 10h12M11 5l5 5-5 5"/>',
    "up": '<path fill="currentColor" stroke="none" d="M10 4l7 12H3z"/>',
    "down": '<path fill="currentColor" stroke="none" d="M10 16L3 4h14z"/>',
    "out": '<path d="M8 3H3.5v14H8M8 10h9M13 6l4 4-4 4"/>',
}
#: words in the name of a channel → its drawing; the first that fits
_CHANNELS = (("app", ("app", "mobile")), ("mail", ("mail", "newsletter", "letter")), ("chat", ("chat", "messenger", "whatsapp", "sms")),
             ("phone", ("phone", "call", "telephone", "hotline")), ("social", ("social", "facebook", "instagram", "referral", "ad")),
             ("store", ("store", "shop", "branch", "pos", "till", "retail")), ("person", ("staff", "person", "sales", "field", "desk")),
             ("web", ("web", "website", "site", "online", "desktop", "browser", "portal")))
_FACES = ((-1.2, 1, "very bad"), (-0.4, 2, "bad"), (0.4, 3, "neither good nor bad"), (1.2, 4, "good"))


def definitions() -> str:
    """The symbols, to stand once in a document that uses them."""
    inner = "".join(f'<symbol id="i-{name}" viewBox="0 0 {24 if name[0] == "f" and name[1:].isdigit() else 20} {24 if name[0] == "f" and name[1:].isdigit() else 20}">'
                    f"{drawing}</symbol>" for name, drawing in SYMBOLS.items())
    return f'<svg class="defs" aria-hidden="true" width="0" height="0"><defs>{inner}</defs></svg>'


def icon(name: str, css: str = "") -> str:
    """A drawing without text of its own."""
    return f'<svg class="{" ".join(x for x in ("i", css) if x)}" aria-hidden="true" focusable="false"><use href="#i-{name}"/></svg>'


def channel_icon(channel: str) -> str:
    """The drawing of a channel, with its name for those who do not see it; nothing where there is none."""
    if not channel:
        return ""
    return f'<span class="ch" title="{escape(channel, quote=True)}">{icon(_of_channel(channel))}<span class="vh">{escape(channel)}: </span></span>'


def _of_channel(channel: str) -> str:
    words = set("".join(c if c.isalnum() else " " for c in channel.lower()).split())
    return next((name for name, known in _CHANNELS if words & set(known)), "other")


def face(value: float) -> tuple[str, str]:
    """(symbol, feeling in words) of a value from −2 to +2; the same rule for faces, colours and texts."""
    return next(((f"f{n}", said) for most, n, said in _FACES if value < most), ("f5", "very good"))
