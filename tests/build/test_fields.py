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
        engine.con.execute(f"CREATE TEMP TABLE {'rows' if name == 'interactions' else f'in_{name}'} AS SELECT * FROM frame")
    engine.con.execute("CREATE TEMP VIEW in_interactions AS SELECT * FROM rows")  # as they are built: never held as a table
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


def numbers(folder: Path, keys: set[str]) -> FieldMasker:
    return FieldMasker(Masker({"Anna Meier": None}, countries=["DE"]), Known(keys, in_fields=True).whole(), Vault(folder))


def test_numbers_of_customers_in_fields_however_many_there_are(tmp_path: Path) -> None:
    keys = {str(n) for n in range(482_000, 484_000)}  # 2,000 of 900,000 numbers of six digits: no text is searched for them
    assert not Known(keys).whole().chosen
    clean = numbers(tmp_path, keys).clean
    assert clean("482920") == clean("482920.0") != clean("482921") and clean("482920").startswith("x_")
    for value in ("profile of 482920", "/u/482927/edit", "/u?id=482927&x=1", "[482920,5]", "482920,482921", "%2Fu%2F482920"):
        assert "4829" not in clean(value), value
    for fine in ("1.482920", "SKU482920", "482920123", "12", "/p/500000"):  # a part of more, another number
        assert clean(fine) == fine


def test_numbers_glued_to_letters(tmp_path: Path) -> None:
    clean = numbers(tmp_path, {"48296698"}).clean
    for value in ("%2Fu%3Fid%3DX48296698", "%2Fu%3Fid%3D48296698", "userX48296698", "/u/48296698?next=%2Fu%3Fid%3D48296698"):
        assert "48296698" not in clean(value), value


def test_identifiers_with_other_separators_are_the_same_identifier(tmp_path: Path) -> None:
    clean = numbers(tmp_path, {"BK483024", "user_12", "C100200"}).clean
    assert clean("BK483024") == clean("bk 483024") == clean("BK-483024") == clean("BK_48-30/24")
    assert "3024" not in clean("order of BK-483024, late") and clean("user_12").startswith("x_") and "12" not in clean("/u/user_12/x").replace("[Customer 1", "")
    for fine in ("user 12", "12 user 12 x", "M 1 C 100 200 L 3", "BK483025"):
        assert clean(fine) == fine


def test_numbers_in_json_however_they_are_written(tmp_path: Path) -> None:
    engine = Engine(None)
    engine.register("frame", pd.DataFrame({"properties": ['{"a":48296698.0,"n":1.5}', '{"a":[48296698,5]}', '{"a":"[48296698,5]"}', '{"n":4829669.8}']}))
    engine.con.execute("CREATE TEMP TABLE rows AS SELECT * FROM frame")
    engine.con.execute("CREATE TEMP VIEW in_interactions AS SELECT * FROM rows")
    mask_fields(engine, numbers(tmp_path, {"48296698"}))
    found = sorted(engine.query("SELECT properties FROM in_interactions")["properties"])
    assert "48296698" not in "".join(found) and '{"n":4829669.8}' in found and any('"n":1.5' in f for f in found)


def test_a_code_has_one_name_in_its_path(tmp_path: Path) -> None:
    engine = Engine(None)
    engine.register("frame", pd.DataFrame({"code_id": ["a", "b"], "name": ["mia", "about mia"], "path": ["mia", "mia > about mia"]}))
    engine.con.execute("CREATE TEMP TABLE in_codebook AS SELECT * FROM frame")
    mask_fields(engine, masker(tmp_path))
    codes = engine.query("SELECT * FROM in_codebook ORDER BY code_id")
    assert codes["path"].tolist() == [codes["name"][0], f"{codes['name'][0]} > {codes['name'][1]}"] and "mia" not in codes["path"][1]


def test_names_are_looked_for_only_where_one_can_stand(tmp_path: Path) -> None:
    """The quick look says no only where the whole search finds nothing."""
    whole = Masker({"Anna Meier": None, "José Ñandú": None, "O'Hara, Kim": None, "李明": None}, keep=["Meier"])
    texts = ["page_view", "/anna/x", "a. meier", "K. O'Hara", "jose\u0301 x", "Frau Kunze", "Mr. and Mrs Roe", "my name is Dana Fox", "ok. Best regards, Dana", "LG Tom",
             "李明", "Meier", "[Person 3] Anna", "Ich heiße Tom", "Viele Grüße\nTom", "kind", "summer sale"]
    for text in texts:
        by_mask = [e.original for e in whole.mask(text).edits if e.kind == "name"]
        assert sorted(e.original for e in whole.names_in(text)) == sorted(by_mask), text
