"""Blocks as plain text: tables that a terminal shows, and that the release check reads as numbers of their own."""

from __future__ import annotations

import pandas as pd

from cjm_research.page.plain import plain_text
from cjm_research.page.tables import table_block
from cjm_research.privacy.masking import Masker


def test_numbers_side_by_side_make_no_phone_number() -> None:
    block = table_block(pd.DataFrame({"units": [2177, 967], "control": [1089, 484], "days": [245, 109], "weeks": [35, 16]}), "Units by the effect to detect")
    text = plain_text(block)
    assert text.splitlines()[-2:] == ["2,177 |   1,089 |  245 |    35", "  967 |     484 |  109 |    16"]
    assert Masker(countries=["DE"]).mask(text).text == text
    assert Masker(countries=["DE"]).mask(text.replace(" | ", "  ")).text != text.replace(" | ", "  "), "without the bar they do: this test can fail"
