"""Fields that are no free text hold no person after a build, and counts by them stay."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd

from cjm_research.build.fields import FieldMasker, mask_fields
from cjm_research.engine import Engine
from cjm_research.privacy import Known, Vault
from cjm_research.privacy.masking import Masker


def masker(folder: Path, text: bool = True) -> FieldMasker:
    return FieldMasker(Masker({"Anna Meier": None}, countries=["DE"]) if text else None, Known({"BK899977", "J. Roe", "mia", "31234567"}).whole(), Vault(folder))


def test_values(tmp_path: Path) -> None:
    clean = masker(tmp_path).clean
    whole = clean("BK899977")
    assert whole.startswith("x_") and clean("bk899977") == whole != clean("J. Roe")  # a value that is an identifier: one pseudonym
    assert clean("segment of J. Roe") == "segment of [Customer 1]"
    for path in ("/users/dana.fox@firma.de/orders", "/users/dana.fox%40firma.de/orders"):
        assert "dana" not in clean(path) and clean(path).endswith("/orders")
    assert clean("/users/anna-meier/orders") == "/users/[Person 1]/orders" and clean("call +49 151 23456789") == "call [Phone 1]"
    assert clean("IBAN DE89 3704 0044 0532 0130 00").startswith("IBAN [IBAN 1]")
    for fine in ("page_view", "2026-Q1", "iPhone 12 Pro", "1.2.3", "https://shop.example/guides/winter-tours", "120.0", "20260224", "Köln", "a@shop.example"):
        assert clean(fine) == fine
    assert clean("1.2.3.4", "app_version") == "1.2.3.4" and clean("1.2.3.4", "ip") != "1.2.3.4"
    only_ids = masker(tmp_path, text=False).clean
    assert only_ids("dana.fox@firma.de") == "dana.fox@firma.de" and only_ids("mia").startswith("x_") and "mia" not in only_ids("to mia")


def test_every_table_and_the_insides_of_json(tmp_path: Path) -> None:
    engine = Engine(None)
    properties = [json.dumps(p) for p in ({"page": "/u/dana@firma.de", "n": 4}, {"page": "/u/mia/x", "who": ["mia", {"dana@firma.de": 31234567}]}, {"page": "/", "n": 4})]
    frames = {
        "interactions": pd.DataFrame({"event": ["view", "dana@firma.de", "view"], "properties": properties}),
        "documents": pd.DataFrame({"document_id": ["mia", "doc"], "persona": ["mia", None], "text": ["mia", "mia"]}),
        "codings": pd.DataFrame({"document_id": ["mia", "doc"], "coder": ["dana@firma.de", "Kim"], "code_id": ["mia", "c"]}),
        "codebook": pd.DataFrame({"code_id": ["mia", "c"], "parent_id": [None, "mia"], "name": ["mia", "Price"], "path": ["mia", "mia > Price"]}),
        "responses": pd.DataFrame({"instrument": ["choice", "text"], "answer": ["mia", "mia"], "question": ["Did mia help?", "x"]}),
    }
    for name, frame in frames.items():
        engine.register("frame", frame)
        engine.con.execute(f"CREATE TEMP TABLE in_{name} AS SELECT * FROM frame")
    notes = mask_fields(engine, masker(tmp_path))
    found = {name: engine.query(f"SELECT * FROM in_{name}") for name in frames}
    assert "interactions.event" in notes[0] and "codebook.path" in notes[0]
    assert found["interactions"]["event"].tolist().count("view") == 2
    data = [json.loads(p) for p in found["interactions"]["properties"]]
    assert sorted(json.dumps(d) for d in data if d["page"] == "/") == [json.dumps({"page": "/", "n": 4})]
    everything = " ".join(f.drop(columns=["text"], errors="ignore").to_csv() for f in found.values())
    open_answer = found["responses"].set_index("instrument").loc["text", "answer"]
    assert open_answer == "mia"  # masked as free text, not here
    assert everything.count("mia") == 1 and "dana@" not in everything and "31234567" not in everything
    documents, codings, codes = found["documents"], found["codings"], found["codebook"]
    assert set(documents["document_id"]) == set(codings["document_id"]) and set(codings["code_id"]) == set(codes["code_id"])
    assert codes["parent_id"].dropna().isin(codes["code_id"]).all()
