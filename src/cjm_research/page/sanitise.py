"""HTML that did not come from our own renderer, reduced to what cannot do harm."""

from __future__ import annotations

import nh3

# What tables, prose and formulas of a notebook need. No style, no event handlers, no forms, no frames,
# no ids (they could take the place of our anchors), no SVG (drawn as an inert image instead).
TAGS = frozenset((
    "a", "abbr", "b", "blockquote", "br", "caption", "cite", "code", "col", "colgroup", "dd", "del", "details",
    "dfn", "div", "dl", "dt", "em", "figcaption", "figure", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i",
    "img", "ins", "kbd", "li", "mark", "ol", "p", "pre", "q", "s", "samp", "small", "span", "strong", "sub",
    "summary", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "time", "tr", "u", "ul", "var", "wbr",
))
ATTRIBUTES = {
    "*": {"title", "lang", "dir"},
    "a": {"href"},
    "img": {"src", "alt", "width", "height"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "col": {"span"}, "colgroup": {"span"},
    "ol": {"start", "reversed"},
    "time": {"datetime"},
}
LINKS = {"http", "https", "mailto"}
IMAGES = ("data:image/png;base64,", "data:image/jpeg;base64,", "data:image/gif;base64,", "data:image/webp;base64,")


def clean_html(html: str) -> str:
    """The harmless part of `html`; scripts, handlers, styles, forms, frames and remote images are gone."""
    return nh3.clean(html, tags=set(TAGS), attributes=ATTRIBUTES, url_schemes=LINKS | {"data"},
                     attribute_filter=_attribute, link_rel="noopener noreferrer", clean_content_tags={"script", "style"})


def _attribute(tag: str, name: str, value: str) -> str | None:
    if tag == "img" and name == "src":
        return value if value.startswith(IMAGES) else None  # nothing is fetched from anywhere
    if tag == "a" and name == "href":
        return None if value.strip().lower().startswith("data:") else value
    return value
