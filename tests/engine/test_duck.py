"""The embedded engine over built tables."""

from __future__ import annotations

from pathlib import Path

import pytest

from cjm_research.engine import Engine
from cjm_research.errors import BadInput


@pytest.mark.parametrize("keep", [0, 10, 200])
def test_a_torn_table_is_told_in_words(tmp_path: Path, keep: int) -> None:
    import pandas as pd

    folder = tmp_path / "acme"
    folder.mkdir()
    path = folder / "responses.parquet"
    pd.DataFrame({"response_id": ["a"] * 500}).to_parquet(path)
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(BadInput) as said:
        Engine(folder)
    text = said.value.text()
    assert "responses.parquet" in text and "cjm build acme --force" in text and str(tmp_path) not in text
