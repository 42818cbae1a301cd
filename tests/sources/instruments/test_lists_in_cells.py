"""Several answers in one cell, in every style in which programs write them; what may be one choice or two is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from cjm_research.errors import BadInput

from ..helpers import read


def chosen(tmp_path: Path, cells: list[str], **question: object) -> list[str]:
    text = "n,q\n" + "".join(f'{n},"{c.replace(chr(34), chr(34) * 2)}"\n' for n, c in enumerate(cells, 1))
    out = read("survey", tmp_path, {"s.csv": text}, columns={"response_id": "n"}, questions=[{"column": "q", "instrument": "choice", **question}])
    return [str(v) for v in out.tables["responses"]["answer"]]


@pytest.mark.parametrize(("one", "two", "separator"), [
    ("a", "a;b", ";"), ("a", "a; b", "; "), ("a", "a|b", "|"), ("a", "a\nb", "\n"), ("a", "a\tb", "\t"), ("a", "a,b", ","), ("a", "a;#b", ";#"),
    ('["a"]', '["a","b"]', ","), ('["a"]', '["a", "b"]', None), ("['a']", "['a', 'b']", None), ("[a]", "[a, b]", ","), ("{a}", '{a,"b"}', ",")])
def test_styles(one: str, two: str, separator: str | None, tmp_path: Path) -> None:
    assert chosen(tmp_path, [one, two], **({"separator": separator} if separator else {})) == ["a", "a", "b"]


def test_a_list_with_a_comma_inside_a_choice(tmp_path: Path) -> None:
    assert chosen(tmp_path, ['["Price, too high"]', '["Price, too high","Style"]']) == ["Price, too high", "Price, too high", "Style"]


def test_a_choice_that_stands_alone_and_before_small_letters_is_asked(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="'Red' stands alone and in 'Red, green'"):
        chosen(tmp_path, ["Red, green", "Red"], separator=",")
    assert chosen(tmp_path, ["Red, green", "Red"], separator=",", choices=["Red", "green"]) == ["Red", "green", "Red"]


@pytest.mark.parametrize(("yes", "no"), [("Genannt", "Nicht genannt"), ("mentioned", "not mentioned"), ("Cité", "Non cité"), ("Mencionado", "No mencionado")])
def test_words_for_ticks(yes: str, no: str, tmp_path: Path) -> None:
    text = f"n,why_price,why_style\n1,{yes},{no}\n2,{no},{yes}\n3,{yes},{yes}\n"
    out = read("survey", tmp_path, {"s.csv": text}, columns={"response_id": "n"}, questions=[{"column": "why_*", "id": "why", "instrument": "choice"}])
    assert out.tables["responses"]["answer"].tolist() == ["price", "style", "price", "style"]
