"""Suggestions: what is like the examples comes first, what is coded never, and nothing is counted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cjm_research.analysis import coding
from cjm_research.errors import BadInput, NotEnoughData
from cjm_research.study import Study
from tests.studies import make_study

SAID = {
    "P1": ["The page froze while I was paying.", "Delivery was late by a week.", "I like the colours of the shop."],
    "P2": [
        "My screen was frozen on that page.",
        "The parcel came too late again.",
        "Nothing else to say about that.",
    ],
}


def study(folder: Path, coded: list[tuple[str, int, str]]) -> Study:
    documents, turns, codings, texts = [], [], [], {}
    for participant, said in SAID.items():
        text = "".join(f"Ana: And? What froze on the page?\n{participant}: {words}\n" for words in said)
        texts[participant] = text
        documents.append(
            {
                "document_id": participant,
                "kind": "interview",
                "participant_id": participant,
                "text": text,
                "text_sha256": "",
            }
        )
        for i, words in enumerate(said):
            start = text.index(words)
            turns.append(
                {
                    "document_id": participant,
                    "turn": 2 * i + 1,
                    "start": max(0, start - 10),
                    "end": start - 4,
                    "speaker": "Ana",
                    "is_interviewer": True,
                }
            )
            turns.append(
                {
                    "document_id": participant,
                    "turn": 2 * i + 2,
                    "start": start,
                    "end": start + len(words),
                    "speaker": participant,
                    "is_interviewer": False,
                }
            )
    for participant, i, path in coded:
        start = texts[participant].index(SAID[participant][i])
        codings.append(
            {
                "coding_id": f"k{len(codings)}",
                "document_id": participant,
                "code_id": path,
                "coder": "A",
                "start": start,
                "end": start + len(SAID[participant][i]),
                "quote": SAID[participant][i],
                "is_synthetic": False,
            }
        )
    book = pd.DataFrame([{"code_id": p, "name": p, "path": p} for p in {c[2] for c in coded}])
    return make_study(
        folder,
        {
            "documents": pd.DataFrame(documents),
            "turns": pd.DataFrame(turns),
            "codings": pd.DataFrame(codings),
            "codebook": book,
        },
    )


def test_alike_passages_come_first(tmp_path: Path) -> None:
    client = study(tmp_path, [("P1", 0, "Freeze"), ("P1", 1, "Late")])
    found = coding.suggestions(client, codes=["Freeze", "Late"])["suggestions"]
    first = found.groupby("path").first()
    assert first.loc["Freeze", "passage"] == SAID["P2"][0] and first.loc["Late", "passage"] == SAID["P2"][1]
    assert first.loc["Freeze", "most_like"] == SAID["P1"][0] and set(found["status"]) == {"suggested"}
    freeze = found[found["path"] == "Freeze"]
    assert SAID["P1"][0] not in set(freeze["passage"]) and freeze["similarity"].is_monotonic_decreasing
    assert not found["passage"].str.startswith("Ana").any()  # only what participants say
    assert coding.themes(client).facts["passages"] == 2


def test_codes_need_examples(tmp_path: Path) -> None:
    client = study(tmp_path, [("P1", 0, "Freeze")])
    with pytest.raises(NotEnoughData):
        coding.suggestions(client)
    with pytest.raises(BadInput):
        coding.suggestions(client, codes=["Frozen"])
    with pytest.raises(BadInput):
        coding.suggestions(client, codes=["Freeze"], count=0)


def test_a_model_on_this_machine_finds_what_no_word_shares(tmp_path: Path) -> None:
    """A stand-in for a model: it knows that screens and pages are one thing, and colours and parcels others."""
    meanings = {"page": 0, "screen": 0, "late": 1, "week": 1, "colours": 2, "else": 3}

    def encode(texts: list[str]) -> np.ndarray:
        out = np.zeros((len(texts), 4))
        for i, text in enumerate(texts):
            for word, axis in meanings.items():
                out[i, axis] += 3.0 * (word in text)
        return out

    client = study(tmp_path, [("P1", 0, "Freeze")])
    found = coding.suggestions(client, codes=["Freeze"], embed=encode)
    assert found["suggestions"]["passage"].tolist() == [SAID["P2"][0]], "what is at a right angle is not offered"
    assert found["suggestions"]["similarity"].iloc[0] == pytest.approx(1) and "model" in found.method
    for wrong in (lambda texts: np.zeros(3), lambda texts: np.full((len(texts), 2), np.nan)):
        with pytest.raises(BadInput, match="one row of finite numbers a text"):
            coding.suggestions(client, codes=["Freeze"], embed=wrong)
