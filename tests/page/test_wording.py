"""One spelling for what the package says, and not a letter changed in what people said."""

from __future__ import annotations

from html import escape

from cjm_research.page.evidence_html import findings_html
from cjm_research.page.numbering import Numbering
from cjm_research.page.wording import typeset, unbroken

SAID = "they took 20 % off, then the 'new' params page said 'sold out'"


def test_sentences_have_one_spelling() -> None:
    assert typeset("'web' has 20 % of 3% in params") == "“web” has 20\u202f% of 3\u202f% in settings"
    assert unbroken("a < 'b'") == "a &lt; “b”"


def test_code_and_what_somebody_said_stay_to_the_letter() -> None:
    assert typeset(f"In 'web' “{SAID}” stands; `params: 'x' 5 %`") == f"In “web” “{SAID}” stands; `params: 'x' 5 %`"
    assert typeset("an open “ mark, 5 %") == "an open “ mark, 5\u202f%"


def test_a_quote_is_shown_as_it_was_said() -> None:
    shown = findings_html([{"id": "F-1", "kind": "quote", "statement": SAID, "lane": "quotes"}, {"id": "F-2", "kind": "metric", "statement": SAID}], Numbering())
    assert shown.count(escape(SAID)) == 1 and "“new” settings page" in shown  # of a sentence of ours the spelling is one
