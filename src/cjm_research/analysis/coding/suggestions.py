"""Passages that nobody coded and that resemble a code's examples: offered to a person, never counted.

Similarity is that of words (TF-IDF of words and word parts, cosine); it needs no model, no download and no
network. With a local model's `encode` it is that of meanings. A suggestion becomes a coding only when somebody codes it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from cjm_research.errors import BadInput, NotEnoughData, unknown

from ...log.talks import ASKED
from ...results import words
from ...results.declared import declares
from ...results.result import Result
from . import declared
from .coded import SEPARATOR, coded, under
from .units import sentences

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...study import Study

Embed = Callable[[list[str]], Any]
FEWEST_EXAMPLES = 2  # passages of a code below which resemblance says nothing
SHORTEST = 20  # characters a passage must have to be offered
COLUMNS = ["path", "document_id", "participant", "turn", "start", "end", "passage", "similarity", "most_like", "status"]


@declares(declared.SUGGESTIONS)
def suggestions(
    study: Study, *, codes: Sequence[str] | None = None, count: int = 20, coders: Sequence[str] | None = None,
    embed: Embed | None = None,
) -> Result:
    """The uncoded passages most like each code's examples, the most alike first.

    codes: names or paths, default every code with at least two located passages; count: passages for each code; embed: texts →
    one vector a text (rows), e.g. the `encode` of a sentence-transformers or model2vec model that lies on this machine; without
    one, TF-IDF.
    Frame `suggestions`: path, document_id, participant, turn, start, end, passage (a participant's turn, or a sentence where
    there are no turns), similarity (0…1, its mean with the three examples most like it), most_like (the nearest example),
    status ("suggested"). Raises `NotEnoughData` without transcripts or examples, `BadInput` for unknown codes
    and for an `embed` that does not give one vector of numbers a text.
    """
    if count < 1:
        raise BadInput("suggestions", f"count {count}", "1 or more", "correct the options of suggestions in the cell that asks")
    base = coded(study, coders)
    study.need("documents", what="suggestions of passages")
    placed = base.rows.dropna(subset=["start", "end"])
    paths = _paths(placed, codes)
    passages = _passages(study)
    if passages.empty or not paths:
        raise NotEnoughData(
            "suggestions of passages",
            f"{len(passages)} passages and {len(paths)} codes with examples",
            f"transcripts, and codes with at least {FEWEST_EXAMPLES} located passages", "cjm check says what data there is",
        )
    texts = [*passages["passage"], *placed["quote"].astype(str)]
    matrix = _embedded(embed, texts) if embed else _words_and_parts(texts)
    offered, examples = matrix[: len(passages)], matrix[len(passages) :]
    rows = []
    for path in paths:
        mask = under(placed, path).to_numpy()
        like = offered @ examples[mask].T
        like = np.asarray(like if isinstance(like, np.ndarray) else like.todense())
        nearest = np.sort(like, axis=1)[:, -3:].mean(axis=1)
        quotes = placed.loc[mask, "quote"].astype(str).tolist()
        free = ~_coded_already(passages, placed[mask])
        for i in [int(i) for i in np.argsort(-nearest, kind="stable") if free[i] and nearest[i] > 0][:count]:
            rows.append(
                {
                    "path": path,
                    **passages.iloc[i].to_dict(),
                    "similarity": float(nearest[i]),
                    "most_like": quotes[int(like[i].argmax())],
                    "status": "suggested",
                }
            )
    frame = pd.DataFrame(rows, columns=COLUMNS)
    result = Result(
        "Which uncoded passages resemble what is coded?",
        {"suggestions": frame},
        facts={"codes": len(paths), "passages": len(passages), "suggested": len(frame)},
        method=("Cosine similarity of vectors of a model on this machine" if embed else
                "Cosine similarity of TF-IDF vectors of words and word parts (3 to 5 characters)")
        + "; a passage's mean with the three examples of the code most like it. Computed on this machine.",
        caveats=[
            *base.caveats,
            f"Suggestions are {'vectors near vectors' if embed else 'words that resemble words'}. None is counted anywhere until somebody codes it.",
        ],
    )
    result.sentences.append(f"{words.count(len(frame))} passages are offered for {len(paths)} codes; none is counted.")
    return result


def _words_and_parts(texts: list[str]) -> Any:
    """Unit vectors of words and of parts of words: parts find inflected forms in any language, words keep the sense."""
    from scipy.sparse import hstack
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.preprocessing import normalize

    parts = [
        TfidfVectorizer(sublinear_tf=True),
        TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True, min_df=2 if len(texts) > 50 else 1),
    ]
    return normalize(hstack([p.fit_transform(texts) for p in parts]).tocsr())


def _embedded(embed: Embed, texts: list[str]) -> Any:
    """Unit vectors of a model; a text without any direction (all zeros) resembles nothing."""
    found = np.asarray(embed(texts), dtype=float)
    if found.ndim != 2 or len(found) != len(texts) or not np.isfinite(found).all():
        raise BadInput("suggestions", f"embed gave an array of shape {found.shape} for {len(texts)} texts", "one row of finite numbers a text", "correct the options of suggestions in the cell that asks")
    lengths = np.linalg.norm(found, axis=1, keepdims=True)
    return found / np.where(lengths > 0, lengths, 1.0)


def _paths(placed: pd.DataFrame, codes: Sequence[str] | None) -> list[str]:
    counts = placed.drop_duplicates(["path", "document_id", "start", "end"]).groupby("path").size()
    if not codes:
        return sorted(str(p) for p in counts[counts >= FEWEST_EXAMPLES].index)
    known = {**{str(p).split(SEPARATOR)[-1]: str(p) for p in counts.index}, **{str(p): str(p) for p in counts.index}}
    for code in codes:
        if code not in known:
            raise unknown("suggestions", "code with located passages", code, known, "correct the options of suggestions in the cell that asks")
    return [known[c] for c in codes]


def _passages(study: Study) -> pd.DataFrame:
    """What participants say, turn by turn; sentences where a document has no turns."""
    documents = study.query(
        "SELECT document_id, coalesce(participant_id, document_id) AS participant, text FROM documents ORDER BY document_id"
    )
    turns = study.query(
        f'SELECT document_id, turn, start, "end" FROM turns t WHERE NOT {ASKED} ORDER BY document_id, turn'
    )
    spoken = set(study.query("SELECT DISTINCT document_id FROM turns")["document_id"])
    by_document = dict(iter(turns.groupby("document_id")))
    rows = []
    for document in documents.to_dict("records"):
        key = document["document_id"]
        if key in spoken:
            spans: list[tuple[int | None, int, int]] = [
                (int(t["turn"]), int(t["start"]), int(t["end"]))
                for t in by_document.get(key, turns.iloc[:0]).to_dict("records")
            ]
        else:
            spans = [(None, a, b) for a, b in sentences(document["text"])]
        rows += [
            {
                "document_id": key,
                "participant": document["participant"],
                "turn": turn,
                "start": a,
                "end": b,
                "passage": document["text"][a:b].strip(),
            }
            for turn, a, b in spans
            if len(document["text"][a:b].strip()) >= SHORTEST
        ]
    frame = pd.DataFrame(rows, columns=["document_id", "participant", "turn", "start", "end", "passage"])
    frame["turn"] = frame["turn"].astype("Int64")
    return frame


def _coded_already(passages: pd.DataFrame, examples: pd.DataFrame) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    taken = np.zeros(len(passages), dtype=bool)
    starts, ends = passages["start"].to_numpy(int), passages["end"].to_numpy(int)
    documents = passages["document_id"].to_numpy(object)
    for r in examples[["document_id", "start", "end"]].to_dict("records"):
        taken |= (documents == r["document_id"]) & (starts < int(r["end"])) & (int(r["start"]) < ends)
    return taken
