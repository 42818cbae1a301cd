"""What all sources of rows share: numbers, properties, ids and keys."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cjm_research.errors import BadInput
from cjm_research.params.schema import Source
from cjm_research.sources.contract import Context, ImportReport
from cjm_research.sources.reading import made
from cjm_research.sources.reading.export import Export, identifies
from cjm_research.sources.reading.made import event_ids, json_object, same_person
from cjm_research.sources.reading.numbers import to_numbers
from cjm_research.sources.settings import settled


def numbers(values: list[object], decimal: str | None = None, most: float | None = None) -> list[float | None]:
    out = to_numbers(pd.Series(values, dtype="string"), "x", ImportReport("s", "k"), decimal, most=most)
    return [None if pd.isna(v) else float(v) for v in out]


@pytest.mark.parametrize(("text", "value"), [
    ("1", 1), ("-1.5", -1.5), ("1e3", 1000), ("1,234.50", 1234.5), ("1.234,50", 1234.5), ("1,234,567", 1234567), ("1.234.567", 1234567),
    ("€ 1,234.50", 1234.5), ("1.234,50 €", 1234.5), ("USD 7", 7), ("1 234.5", 1234.5), ("1\u202f234.5", 1234.5), ("1’234.50", 1234.5),
    ("yes", None), ("FALSE", None), ("", None), ("n/a", None), ("1,2,3", None), ("1.2.3", None), ("inf", None), ("--", None),
])
def test_numbers_without_a_declared_mark(text: str, value: float | None) -> None:
    assert numbers([text, "2"], most=0.5) == [value, 2]


def test_a_comma_alone_is_not_guessed() -> None:
    with pytest.raises(BadInput, match="'1,234' in row 1 holds a mark that may stand before decimals or between thousands") as told:
        numbers(["1,234", "2"])
    assert "settings.decimal" in told.value.next
    assert numbers(["1,234", "1.234", "0,5", "1.234,5"], ",") == [1.234, 1234, 0.5, 1234.5]
    assert numbers(["1,234", "1.234"], ".") == [1234, 1.234]
    with pytest.raises(BadInput, match="not understood"):
        numbers(["1"], ";")
    with pytest.raises(BadInput, match="not one of 2 values can be read as numbers"):
        numbers(["a", "b"])
    report = ImportReport("s", "k")
    to_numbers(pd.Series(["1", "a"] + ["1"] * 18), "amount", report)
    assert report.notes == ["amount: 1 value of 20 cannot be read as numbers: 'a' 1×; it counts as missing"]


TEXT = st.none() | st.text(st.characters(blacklist_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=6)  # line ends are left alone


@settings(max_examples=20)
@given(st.lists(st.tuples(TEXT, TEXT, st.none() | st.integers(-5, 5)), min_size=1, max_size=5))
def test_properties_are_compact_sorted_json_without_nulls(rows: list[tuple[str | None, str | None, int | None]]) -> None:
    frame = pd.DataFrame({"b": pd.Series([r[0] for r in rows], dtype="string"), 'a"ä': pd.Series([r[1] for r in rows], dtype="string"),
                          "n": pd.Series([r[2] for r in rows], dtype="Int64")})
    made = json_object(frame, {c: c for c in frame})
    for text, (b, a, n) in zip(made, rows, strict=True):
        given_ = {k: (v.strip() if isinstance(v, str) else v) for k, v in (('a"ä', a), ("b", b), ("n", n))}
        expected = {k: v for k, v in given_.items() if v not in (None, "")}
        if not expected:
            assert pd.isna(text)
        else:
            assert json.loads(text) == expected
            assert list(json.loads(text)) == sorted(expected) and ", " not in text.replace(str(a), "").replace(str(b), "")


@settings(max_examples=15)
@given(st.lists(st.tuples(st.sampled_from("ab"), st.none() | st.sampled_from("xy"), st.integers(0, 2)), min_size=1, max_size=12), st.randoms())
def test_ids_do_not_depend_on_the_order_of_rows(rows: list[tuple[str, str | None, int]], chance: object) -> None:
    frame = pd.DataFrame(rows, columns=["key", "page", "at"])
    ids = event_ids(frame, "shop")
    assert ids.is_unique
    order = list(range(len(rows)))
    chance.shuffle(order)  # type: ignore[attr-defined]
    mixed = frame.iloc[order].reset_index(drop=True)
    again = mixed.assign(id=event_ids(mixed, "shop"))
    for content, group in frame.assign(id=ids).groupby(["key", "page", "at"], dropna=False):
        same = again[(again["key"] == content[0]) & (again["at"] == content[2]) & (again["page"].isna() if pd.isna(content[1]) else again["page"] == content[1])]
        assert set(group["id"]) == set(same["id"])
    assert not set(ids) & set(event_ids(frame, "other"))


def test_ids_tell_missing_from_empty_and_shifted() -> None:
    frame = pd.DataFrame({"a": ["x", "x", ""], "b": [None, "", "x"]}, dtype="string")
    assert event_ids(frame, "s").nunique() == 3


@pytest.mark.parametrize("name", ["Email", "e-mail", "RecipientFirstName", "IPAddress", "Phone Number", "customer_name", "Name", "Nachname", "address_line", "birthDate"])
def test_columns_that_identify(name: str) -> None:
    assert identifies(name)


@pytest.mark.parametrize("name", ["campaign_name", "product_name", "Deal Name", "page", "phone_model", "shipping", "customer_city", "Description", "tip"])
def test_columns_that_do_not_identify(name: str) -> None:
    assert not identifies(name)


def export(frame: dict[str, list[object]], **options: object) -> Export:
    data = pd.DataFrame({k: pd.Series(v, dtype="string") for k, v in frame.items()})
    return Export("events", Source(name="s", kind="events", files="*", **options), Context("c", "UTC"), frame=data)  # type: ignore[arg-type]


def test_keys_fall_back_and_are_never_pooled() -> None:
    rows = export({"user": ["u1", None, "null", "(not set)", "0"], "device": ["d1", "d2", "", "undefined", "d5"]},
                  columns={"customer_id": "user"}, settings={"keys": {"device_id": "device"}, "null_keys": ["0"]})
    keys = rows.keys()
    assert keys["key_type"].fillna("-").tolist() == ["user", "device_id", "-", "-", "device_id"]
    assert keys["customer_key"].fillna("-").tolist() == ["u1", "d2", "-", "-", "d5"]
    pairs = rows.same_person()
    assert pairs is not None and pairs.to_dict("records") == [
        {"key_type_a": "user", "key_a": "u1", "key_type_b": "device_id", "key_b": "d1", "reason": "same row of s"}]
    assert same_person([("a", pd.Series(["1"]))], "x") is None
    assert export({"Kunden-Nr.": ["1"]}, columns={"customer_id": "Kunden-Nr."}).keys()["key_type"][0] == "kunden_nr"


def test_identifying_columns_stay_out_unless_asked_for() -> None:
    frame = {"user": ["u"], "Email": ["a@example.org"], "page": ["/"], "_fivetran_synced": ["x"]}
    plain = export(frame, columns={"customer_id": "user"})
    assert plain.properties()[0] == '{"page":"/"}'
    assert "Email" in plain.report.notes[0] and "settings.properties" in plain.report.notes[0]
    asked = export(frame, columns={"customer_id": "user"}, settings={"properties": {"mail": "Email"}})
    assert asked.properties()[0] == '{"mail":"a@example.org"}' and not asked.report.notes
    with pytest.raises(BadInput, match="settings.properties: unknown column 'pag'. Did you mean 'page'"):
        export(frame, settings={"properties": ["pag"]}).properties()


def test_settings_are_checked() -> None:
    for settings_, said in (({"keys": ["a"]}, "settings.keys: .* is not understood"), ({"time_unit": 3}, "settings.time_unit"), ({"null_keys": "x"}, "settings.null_keys")):
        with pytest.raises(BadInput, match=said):
            rows = export({"user": ["u"], "t": ["1"]}, columns={"customer_id": "user"}, settings=settings_)
            rows.keys()
            rows.times(rows.frame["t"], "t")


def test_repeated_ids_that_differ_are_noted() -> None:
    rows = export({"id": ["1", "1", "2", "2", None, None], "x": ["a", "b", "c", "c", "d", "e"]})
    rows.drop_repeated(rows.frame["id"])
    assert rows.frame["x"].tolist() == ["a", "c", "d", "e"]
    assert rows.report.duplicates == 2 and rows.report.notes == ["1 ids occur with different contents; the first row of each was kept"]


def with_missing(missing: dict[str, list[object]], columns: dict[str, list[str]]) -> Export:
    said = Source.model_validate({"name": "s", "kind": "customers", "files": "x.csv", "columns": {"customer_id": "id"}, "settings": {"missing": missing}})
    said = said.model_copy(update={"settings": settled(said.settings, "s")})
    return Export("customers", said, Context("acme", "UTC"), frame=pd.DataFrame(columns, dtype="string"), report=ImportReport("s", "customers"))


def test_values_that_stand_for_none_are_no_attributes() -> None:
    export = with_missing({"days": [999, -1], "job": ["Unknown"]}, {"id": ["a", "b", "c", "d"], "days": ["999.0", "3", "-1", "99"], "job": ["unknown", "cook", "999", "x"]})
    made = [None if pd.isna(v) else json.loads(v) for v in export.properties("attributes")]
    assert made == [None, {"days": "3", "job": "cook"}, {"job": "999"}, {"days": "99", "job": "x"}]
    assert any(n.startswith("days: 2 cells are '999' or '-1', which params declare as no value") for n in export.report.notes)


@pytest.mark.parametrize(("missing", "found"), [({"days": [998]}, "no cell of 'days' is"), ({"dys": [999]}, "dys")])
def test_a_value_that_stands_nowhere_is_refused(missing: dict[str, list[object]], found: str) -> None:
    with pytest.raises(BadInput, match=found):
        with_missing(missing, {"id": ["a"], "days": ["999"]})


@pytest.mark.parametrize(("column", "values", "told"), [("_fivetran_deleted", ["true", "false", "TRUE"], 2), ("MergedInto", ["", "17", ""], 1), ("status", ["open", "Deleted", "won"], 1),
                                                        ("_fivetran_deleted", ["false", "false", ""], 0), ("status", ["open", "won", "lost"], 0)])
def test_rows_marked_deleted_by_a_column_that_is_not_kept_are_told(column: str, values: list[str], told: int) -> None:
    said = Source.model_validate({"name": "s", "kind": "customers", "files": "x.csv", "columns": {"customer_id": "id"}, "settings": {"attributes": ["plan"]}})
    export = Export("customers", said, Context("acme", "UTC"), frame=pd.DataFrame({"id": ["a", "b", "c"], "plan": ["x", "y", "z"], column: values}, dtype="string"), report=ImportReport("s", "customers"))
    export.properties("attributes")
    assert [n for n in export.report.notes if "marked" in n] == ([f"{told:,} rows are marked by {column!r} as deleted, merged or duplicates, and are kept; leave them out with `filter:`"] if told else [])


def test_many_columns_make_one_object(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(made, "_JOINED", 3)
    frame = pd.DataFrame({f"k{i:02}": pd.Series([str(i), None if i < 7 else "x", None], dtype="string") for i in range(11)})
    whole = [{f"k{i:02}": str(i) for i in range(11)}, {f"k{i:02}": "x" for i in range(7, 11)}]
    texts = json_object(frame, {c: c for c in frame})
    assert [json.loads(t) for t in texts[:2]] == whole and pd.isna(texts[2])
    assert texts[0] == json.dumps(whole[0], separators=(",", ":"))
