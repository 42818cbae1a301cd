"""The release check: an identifier is found wherever a file can hold a text, and ordinary pages pass."""

from __future__ import annotations

import base64
import io
import json
import random
import zipfile
import zlib
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from cjm_research.errors import WouldExposePerson
from cjm_research.params import Params, Workspace
from cjm_research.privacy import Guard, Known, require_whole_vault
from cjm_research.privacy.masking import Masker
from cjm_research.privacy.release import formed, vault_identifiers
from cjm_research.privacy.release.known import fold

ADDRESS = "ana.meier@firma.de"
HIDDEN = {"USER-0012345", "mia", "J. Roe", "12", "a", "9991234567", "müller.kim", "x_77q"}


def guard(identifiers: set[str] = HIDDEN, allowed: list[str] | None = None, **more: Any) -> Guard:
    return Guard(Known(identifiers, more.pop("names", ())), allowed or [], ["DE"])


def stops(name: str, raw: bytes | str, **more: Any) -> str:
    with pytest.raises(WouldExposePerson) as caught:
        guard(**more).check_files([(name, raw.encode() if isinstance(raw, str) else raw)])
    assert caught.value.exit_code == 3
    assert caught.value.allowed and caught.value.next and name.split("/")[-1].split(".")[-1] in caught.value.found
    return caught.value.found


def png(text: bytes, kind: bytes = b"tEXt") -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + name + data + zlib.crc32(name + data).to_bytes(4, "big")

    header = (1).to_bytes(4, "big") * 2 + b"\x08\x00\x00\x00\x00"
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(kind, text) + chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND", b"")


def packed(**parts: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return buffer.getvalue()


@pytest.mark.parametrize("page", [
    f"<p>write to {ADDRESS}</p>", "<p>ana.m&#101;ier&#64;firma.de</p>", f'<a href="mailto:{ADDRESS}">write</a>', "<a href='/u/ana.meier%40firma.de'>x</a>",
    f'<img alt="{ADDRESS}">', f"<!-- {ADDRESS} -->", f'<span title="{ADDRESS}">x</span>', "<p>ana.<b>meier</b>@fir<wbr>ma.de</p>",
    '<script type="application/json">{"who": "ana.meier\\u0040firma.de"}</script>', f"<script>var who = '{ADDRESS}'</script>",
    '<style>@page{@top-left{content:"ana\\2e meier\\40 firma\\2e de"}}</style>', f"<svg><text x='1'>{ADDRESS}</text></svg>",
    f"<svg><metadata>{ADDRESS}</metadata></svg>", f"<svg><title>{ADDRESS}</title></svg>",
    f"<img src='data:image/svg+xml;base64,{base64.b64encode(f'<svg><text>{ADDRESS}</text></svg>'.encode()).decode()}'>",
    "<img src=\"data:image/svg+xml,%3Csvg xmlns='x'%3E%3Ctext%3Eana.meier@firma.de%3C/text%3E%3C/svg%3E\">",
    f"<img src='data:image/png;base64,{base64.b64encode(png(b'Comment' + bytes(1) + ADDRESS.encode())).decode()}'>",
    "<td>USER-0012345</td>", "<td>user-0012345</td>", "<p>said Mia, twice</p>", "<p>J.\n  Roe bought</p>", "<p>J.&nbsp;Roe</p>", "<b>Mia</b><span>12</span>",
    "<p>Mu\u0308ller.Kim</p>", "<p>mi\u00ada</p>", '<table><td data-s="9991234567">1</td></table>', "<p>/users/x_77q/orders</p>",
    "<p>+49 151 23456789</p>", "<p>0151 23456789</p>", "<pre>Regards\n0151 23456789</pre>", "<p>DE89 3704 0044 0532 0130 00</p>", "<p>4111 1111 1111 1111</p>", "<td>4111111111111111</td>",
    "<p>ana.meier [at] firma.de</p>" if "[at]" in ADDRESS else f"<p>{ADDRESS.upper()}</p>",
])
def test_identifiers_stop_a_page(page: str) -> None:
    stops("index.html", f"<!doctype html><title>x</title>{page}")


def test_what_a_page_may_hold() -> None:
    guard({"12", "345", "abc", "1700000000", "ab"}).check_files([("index.html", b"""<p>12 of 345 customers, 3.5 %; c_abcdefghijklm; 1,700,000,000;
        -6.255093728707875e-14 at 2026-01-05T00:23:53.827Z; F-4980533952; a.b@example.com and b@shop.example</p>
        <svg viewBox="0 0 1700000000 1"><path d="M1700000000 0151 23456789"/></svg><table><td data-s="0.255093728707875">1</td></table>"""),
        ("findings.json", b'{"n": 1700000, "at": 345, "value": 0.0151234567, "hash": "4980533952abc"}')])


@pytest.mark.parametrize("cell", [
    {"outputs": [{"output_type": "stream", "text": ["to ana.mei", "er@firma.de"]}]}, {"source": [f"# {ADDRESS}"]}, {"metadata": {ADDRESS: 1}},
    {"outputs": [{"data": {"text/html": f"<img alt='{ADDRESS}'>"}}]}, {"outputs": [{"metadata": {"who": ADDRESS}}]},
    {"outputs": [{"data": {"image/png": base64.b64encode(png(zlib.compress(ADDRESS.encode()).join([b"Author\0\0", b""]), b"zTXt")).decode()}}]},
    {"outputs": [{"data": {"image/svg+xml": [f"<svg><text>{ADDRESS[:5]}", f"{ADDRESS[5:]}</text></svg>"]}}]},
    {"outputs": [{"data": {"application/vnd.x": {"rows": [{"key": 9991234567}]}}}]}, {"outputs": [{"traceback": [f"\u001b[0;31mKeyError: '{ADDRESS}'"]}]},
])
def test_identifiers_stop_a_notebook(cell: dict[str, Any]) -> None:
    assert "cells" in stops("a.ipynb", json.dumps({"cells": [cell], "nbformat": 4}))


@pytest.mark.parametrize("kind", [b"tEXt", b"zTXt", b"iTXt", b"eXIf"])
def test_pictures_say_things_about_themselves(kind: bytes) -> None:
    text = {b"tEXt": b"Author\0" + ADDRESS.encode(), b"zTXt": b"Author\0\0" + zlib.compress(ADDRESS.encode()), b"eXIf": b"MM\0*" + ADDRESS.encode(),
            b"iTXt": b"Author\0\1\0en\0Autor\0" + zlib.compress(ADDRESS.encode())}[kind]
    stops("map.png", png(text, kind))
    guard().check_files([("map.png", png(b"Software\0matplotlib"))])


def office(tmp_path: Path, what: str) -> tuple[str, bytes]:
    import docx
    import pptx
    import xlsxwriter

    path = tmp_path / f"x.{what.split()[0]}"
    if what.startswith("xlsx"):
        with xlsxwriter.Workbook(path) as book:
            sheet, other = book.add_worksheet("A"), book.add_worksheet(ADDRESS if "sheet name" in what else "B")
            if "rich" in what:
                sheet.write_rich_string(0, 0, ADDRESS[:4], book.add_format({"bold": True}), ADDRESS[4:], "!")
            if "comment" in what:
                sheet.write_comment(0, 0, ADDRESS)
            if "hidden" in what:
                other.hide()
                other.write(5, 5, ADDRESS)
            if "properties" in what:
                book.set_properties({"author": ADDRESS})
            if "number" in what:
                sheet.write_number(0, 0, 9991234567)
    elif what.startswith("pptx"):
        deck = pptx.Presentation()
        slide = deck.slides.add_slide(deck.slide_layouts[6])
        if "notes" in what:
            slide.notes_slide.notes_text_frame.text = ADDRESS
        if "alt" in what:
            slide.shapes.add_textbox(0, 0, 9, 9)._element.nvSpPr.cNvPr.set("descr", ADDRESS)
        if "runs" in what:
            line = slide.shapes.add_textbox(0, 0, 9, 9).text_frame.paragraphs[0]
            for half in (ADDRESS[:4], ADDRESS[4:]):
                line.add_run().text = half
        deck.save(str(path))
    else:
        page = docx.Document()
        line = page.add_paragraph()
        runs = [line.add_run(ADDRESS[:4] if "runs" in what else "x"), line.add_run(ADDRESS[4:] if "runs" in what else "y")]
        if "comment" in what:
            page.add_comment(runs, text=ADDRESS)
        if "properties" in what:
            page.core_properties.keywords = ADDRESS
        page.save(str(path))
    return path.name, path.read_bytes()


@pytest.mark.parametrize("what", ["xlsx rich", "xlsx comment", "xlsx hidden", "xlsx properties", "xlsx sheet name", "xlsx number", "pptx notes", "pptx alt",
                                  "pptx runs", "docx runs", "docx comment", "docx properties"])
def test_hidden_parts_of_office_files(tmp_path: Path, what: str) -> None:
    name, raw = office(tmp_path, what)
    stops(name, raw)
    stops("all.zip", packed(**{"in/x.zip": packed(**{name: raw})}))
    clean, plain = office(tmp_path, name.split(".")[1])
    guard().check_files([(clean, plain)])


def test_pdf_text_and_metadata(tmp_path: Path) -> None:
    from matplotlib.figure import Figure
    from pypdf import PdfWriter
    from pypdf.annotations import Text

    for number, (text, title) in enumerate([(ADDRESS, "x"), ("x", ADDRESS)]):
        figure = Figure()
        figure.text(0.1, 0.5, text)
        figure.savefig(tmp_path / f"{number}.pdf", metadata={"Title": title})
        stops("a.pdf", (tmp_path / f"{number}.pdf").read_bytes())
    figure = Figure()
    figure.text(0.1, 0.5, "fine")
    figure.savefig(tmp_path / "fine.pdf")
    guard().check_files([("a.pdf", (tmp_path / "fine.pdf").read_bytes())])
    for hidden in ("note", "outline", "attachment"):
        writer = PdfWriter(clone_from=tmp_path / "fine.pdf")
        if hidden == "note":
            writer.add_annotation(0, Text(rect=(0, 0, 9, 9), text=ADDRESS))
        elif hidden == "outline":
            writer.add_outline_item(ADDRESS, 0)
        else:
            writer.add_attachment("a.txt", ADDRESS.encode())
        buffer = io.BytesIO()
        writer.write(buffer)
        stops("a.pdf", buffer.getvalue())
    with pytest.raises(WouldExposePerson, match="cannot be read"):
        guard().check_files([("a.pdf", b"%PDF-1.4 nothing more")])


def test_numbers_side_by_side_in_a_pdf_are_columns(tmp_path: Path) -> None:
    from matplotlib.figure import Figure

    def page(text: str) -> bytes:
        figure = Figure()
        figure.text(0.1, 0.5, text)
        figure.savefig(tmp_path / "x.pdf")
        return (tmp_path / "x.pdf").read_bytes()

    for row in ("Detractors +20.4 335 2026-Q2", "61,459 1,095 724 371 2026- 01-05", "0 5 10 12 15 20", "0.846 737 1,565", "6 15 13 12 12 6 10 2 7 3 6 6 6 8", "2,177 1,089 245 35"):
        guard().check_files([("a.pdf", page(row))])
    for said in ("+49 151 23456789", "0151 23456789", "(0731) 123 45 67", "4111 1111 1111 1111", "DE89 3704 0044 0532 0130 00", "0151-23456789", "4111111111111111"):
        stops("a.pdf", page(f"said {said}, twice"))
    stops("a.pdf", page("of 12 34 56 7"), identifiers={"12 34 56 7"})  # an identifier is one however it stands


@pytest.mark.parametrize(("name", "raw"), [
    ("codings.csv", f"quote,coder\nfine,{ADDRESS}\n".encode("utf-8-sig")), ("map.mmd", b'a["Mia #64; home"]'), ("map.dot", b'a [label="x\\nMia"]'),
    ("mia_notes.csv", b"a,b\n"), ("a.csv", ADDRESS.encode("utf-16")), ("x.zip", packed(**{"mia.txt": b"x"})), ("a.csv", "J.  Roe".encode("latin-1")),
    ("c.qdpx", packed(**{"project.qde": f'<Project><User name="{ADDRESS}"/></Project>'.encode()})),
])
def test_other_files_and_names(name: str, raw: bytes) -> None:
    assert "mia" not in stops(name, raw).lower()


def test_message_names_file_and_place_but_not_the_person() -> None:
    found = stops("pages/40_funnel.html", f"<html>\n\n<p id='x'>{ADDRESS}</p>\n<p>Mia</p>")
    assert "pages/40_funnel.html, line 3: an e-mail (an…e, 18 characters)" in found and "line 4: an identifier of a person (m…, 3 characters)" in found
    assert ADDRESS not in found and "mia" not in found.lower()
    assert ADDRESS not in stops("f.json", json.dumps({ADDRESS: {"n": [ADDRESS + " "]}}))


def test_what_is_allowed_is_read_as_it_is_meant() -> None:
    page = b"<p>Reviewed by Mia Roe, mia@firma.de. Brand: Mia Moda</p>"
    guard({"mia"}, ["Mia Roe", "mia@firma.de", "Mia Moda"]).check_files([("a.html", page)])
    with pytest.raises(WouldExposePerson):
        guard({"mia"}, ["Mia Roe", "mia@firma.de"]).check_files([("a.html", page)])


def test_numbers_that_cannot_be_told_from_counts_are_counted_and_left_out() -> None:
    crowded = {str(n) for n in range(100_000, 102_000)}  # 2,000 of 900,000 numbers of six digits
    known = Known({*crowded, "12", "99", "ab", "31234567", "mia"})
    assert (len(known), known.untold) == (2, 2003)
    Guard(known).check_files([("a.html", b"<p>100123 customers</p>")])
    with pytest.raises(WouldExposePerson):
        Guard(known).check_files([("a.html", b"<p>customer 31234567</p>")])
    Guard(known).check_files([("a.html", b"<p>1.31234567 or 31234567.5</p>"), ("a.json", b'{"cents": 31234567}')])


def test_numbers_of_any_length_are_known() -> None:
    assert len(Known({"9" * 4_000, "8" * 400})) == 2


def test_what_is_being_written_into_a_vault_is_not_read(tmp_path: Path) -> None:
    """A process that was killed, or another build, leaves half a file in a folder with a name of ours."""
    for name, raw in (("web~1", None), (".cjm-staged_vm-1.2.3.abcdefgh", b"PAR1 cut off")):
        folder = tmp_path / "staged" / name
        folder.mkdir(parents=True)
        pd.DataFrame({"key_type": ["email"], "key": ["mia@firma.de"]}).to_parquet(folder / "keys.parquet")
        for table in ("keys", "documents", "responses"):
            if raw:
                (folder / f"{table}.parquet").write_bytes(raw)
    assert vault_identifiers(tmp_path) == {"mia@firma.de"}


def test_names_of_one_word_count_as_written() -> None:
    some = guard(set(), names=["Anna", "Will", "Greta Keller"])
    some.check_files([("a.html", b"<p>Will it do? The anna method</p>")])
    for text in ("said Anna.", "GRETA KELLER"):
        with pytest.raises(WouldExposePerson):
            some.check_files([("a.html", text.encode())])


def test_found_as_a_plain_search_finds_them() -> None:
    """The same as looking for every identifier in every text, one by one."""
    import random
    import re

    chance = random.Random(3)
    words = ["mia", "roe", "j.", "x-1", "2b", "ö", "kim_lee", "a@b.co", "9", "tom", "anna-lena", "o'hara"]
    identifiers = {" ".join(chance.choices(words, k=chance.randint(1, 3))) for _ in range(60)}
    for _ in range(300):
        text = chance.choice(["", " ", "(", "x"]).join(chance.choices([*words, "The", "12.5", "\n"], k=8))
        finder = Known(identifiers).among([text])
        # by hand: the identifier without its outer signs, no letter or digit on either side
        cores = {re.sub(r"^[\W_]+|[\W_]+$", "", fold(i)) for i in identifiers}
        by_hand = {c for c in cores if len(c) >= 3 and re.search(rf"(?<![^\W_]){re.escape(c)}(?![^\W_])", fold(text))}
        more = {re.sub(r"[\W_]+", "", f) for f in set(finder.find(text)) - by_hand}  # with other separators
        assert by_hand <= set(finder.find(text)) and more <= {re.sub(r"[\W_]+", "", c) for c in cores if re.search(r"\d", c)}, text


def test_an_incomplete_vault_stops_a_release(tmp_path: Path) -> None:
    place = Workspace(tmp_path)
    build = {"sources": [{"source": "crm"}]}
    for what in ("nothing", "who", "whole"):
        folder = place.vault("acme")
        staged = folder / "staged" / "crm-1"
        if what != "nothing":
            staged.mkdir(parents=True, exist_ok=True)
            (staged / "staged.json").write_text('{"name": "crm"}')
            pd.DataFrame({"key_type": ["id"], "key": ["mia"]}).to_parquet(staged / "keys.parquet")
        if what == "whole":
            pd.DataFrame({"key": ["J. Roe"], "person": [1]}).to_parquet(folder / "identities.parquet")
            require_whole_vault("acme", place, build)
        else:
            with pytest.raises(WouldExposePerson, match="vault"):
                require_whole_vault("acme", place, build)
    pd.DataFrame({"unit_id": ["unit-7"]}).to_parquet(staged / "assignments.parquet")
    found = Guard.of(Params(client="acme"), place)
    for identifier in ("Mia", "J. Roe", "unit-7"):
        with pytest.raises(WouldExposePerson):
            found.check_files([("a.html", identifier.encode())])


def test_a_comment_signed_with_a_customers_identifier_is_stopped_and_a_colleagues_is_not(tmp_path: Path) -> None:
    place = Workspace(tmp_path)
    staged = place.vault("acme") / "staged" / "crm-1"
    staged.mkdir(parents=True)
    (staged / "staged.json").write_text('{"name": "crm"}')
    pd.DataFrame({"key_type": ["id"] * 2, "key": ["dana@shop.de", "K-00781"]}).to_parquet(staged / "keys.parquet")
    pages = [f"<p>{who}: please check</p>" for who in ("Dana@Shop.de", "k-00781", "ana@agency.de", "Ana Roe")]
    params = Params(client="acme", review={"reviewers": ["Ana Roe", "K-00781"]})
    for page, stopped in zip(pages, (True, True, False, False), strict=True):
        with pytest.raises(WouldExposePerson) if stopped else nullcontext():
            Guard.of(params, place, ["Dana@Shop.de", "ana@agency.de"]).check_files([("a.html", page.encode())])
    kept = Params(client="acme", privacy={"keep": ["dana@shop.de"]})
    Guard.of(kept, place).check_files([("a.html", pages[0].encode())])


def test_staged_files_take_their_place_only_when_checked(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("old")
    with pytest.raises(WouldExposePerson), guard().staged(tmp_path) as folder:
        (folder / "a.csv").write_text(ADDRESS)
        (folder / "b.csv").write_text("fine")
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("a.csv", "old")]
    with guard().staged(tmp_path) as folder:
        (folder / "a.csv").write_text("new")
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("a.csv", "new")]
    assert guard().redacted(f"row 3 holds {ADDRESS} of Mia") == "row 3 holds an…e, 18 characters of M…, 3 characters"


def test_ids_that_look_like_roles_are_protected_where_they_are_customers(tmp_path: Path) -> None:
    def delivery(name: str, keys: list[tuple[str, str]], participants: list[str] | None = None) -> None:
        folder = tmp_path / "staged" / name
        folder.mkdir(parents=True)
        pd.DataFrame(keys, columns=["key_type", "key"], dtype="string").to_parquet(folder / "keys.parquet")
        if participants is not None:
            pd.DataFrame({"participant_id": participants}, dtype="string").to_parquet(folder / "documents.parquet")

    customers = ["user_1042", "customer17", "client 7", "guest5", "patient 4711", "agent007", "kd4711"]
    delivery("web", [*(("user_id", c) for c in customers), ("participant", "p09")])
    delivery("talks", [("email", "p07"), ("email", "user_1042"), ("email", "dana@firma.de")], ["P07", "user_1042"])
    found = vault_identifiers(tmp_path)
    assert found == {*customers, "dana@firma.de"}  # p07 is called so in its interview, p09 by its type of key; user_1042 is a customer's
    finder = Known(found).whole()
    for text in ("user_1042", "see user_1042.", "Customer17", "patient 4711", "AGENT007", "KD4711"):
        assert list(finder.find(text)), text
    for text in ("user 1042", "12 users", "a customer", "[Client 7]", "guest 5 of 6", "P07"):
        assert not list(finder.find(text)) and not finder.spans(text), text


@pytest.mark.parametrize("text", ["0 20 40 60 80 100", "0 30 60 90 120", "06 12 18 24 30", "0 25 50 75 100", "0 100 200 300", "0 10 100 1000", "0 20 50 100 200", "0 2 4 6 8 10 12 14",
                                  "2025-12-29 | 09:20:00.000001+00:00", "00000002-0000-4000 | 8000-000000000000", "00000002-0000-4000-8000-000000000012"])
def test_ticks_times_and_parts_of_uuids_are_no_phone_numbers(text: str) -> None:
    assert not list(formed(text, ["DE", "FR", "US", "GB"]))


def test_no_uuid_of_any_case_is_an_identifier() -> None:
    chance = random.Random(1)
    for number in range(3_000):
        text = "".join(chance.choice("0123456789" * 4 + "abcdef") for _ in range(32))
        one = f"{text[:8]}-{text[8:12]}-4{text[13:16]}-8{text[17:20]}-{text[20:]}"
        one = one.upper() if number % 2 else one
        assert list(formed(f'<User guid="{one}" name="x"/>')) == [], one


def test_phone_numbers_beside_ticks_are() -> None:
    for text in ("0731 123 45 67", "0 800 123 456", "06 12 34 56 78", "030 901820"):
        assert list(formed(text, ["DE", "FR"])), text


def test_a_comma_in_a_list_is_no_decimal_mark() -> None:
    finder = Known({"48296698"}).whole()
    for text in ("[48296698,5]", "[5,48296698]", "48296698,48296699", "1,48296698,3", "48296698.0", "48296698, 5"):
        assert list(finder.find(text)) == ["48296698"], text
    for text in ("48296698,51 €", "48296698.51", "1,48296698", "1.48296698", "48296698.01"):
        assert not list(finder.find(text)), text


def test_the_ending_of_a_file_is_no_part_of_an_address() -> None:
    assert [hit for *_, hit in formed("events a@b.de.csv")] == ["a@b.de"] and [hit for *_, hit in formed("a@b.co.uk a@b.zip")] == ["a@b.co.uk", "a@b.zip"]
    assert Masker().mask_id("events a@b.de.csv") == "events E-mail 1.csv"


def test_identifiers_are_found_with_other_separators() -> None:
    for text in ("BK-483024", "bk 483024", "<p>Bk_483024</p>", "no. BK/483024."):
        stops("a.html", text, identifiers={"BK483024"})
        stops("a.html", text.replace("/", "-"), identifiers={"bk-48-3024"})
    guard({"BK483024", "user_12"}).check_files([("a.html", b"<p>user 12, BK 483025, 483024</p>")])


@pytest.mark.parametrize("seed", range(4))
def test_hashes_and_ids_of_runs_stop_nothing(seed: int) -> None:
    """A receipt holds dozens of hashes; digits within one are no card and no telephone number."""
    import hashlib
    import random

    rng = random.Random(seed)
    for _ in range(600):
        sha = hashlib.sha256(rng.randbytes(8)).hexdigest()
        for text in (sha, sha[:16], f"F-{sha[:10]}", f"20261126T18{rng.randrange(6000):04d}.{rng.randrange(1000):03d}Z-0012-{sha[:6]}", f'{{"key": "{sha}", "seconds": {rng.random() * 100:.3f}}}'):
            assert not list(formed(text, ["US", "GB", "DE", "FR"])), text


def test_parquet_is_read_by_its_columns_not_by_its_bytes() -> None:
    def parquet(frame: pd.DataFrame) -> bytes:
        out = io.BytesIO()
        frame.to_parquet(out, index=False)
        return out.getvalue()

    rng = random.Random(3)
    numbers = pd.DataFrame({"value": [rng.random() for _ in range(20_000)], "n": [rng.randrange(1000) for _ in range(20_000)]})
    guard().check_files([("banner.parquet", parquet(numbers))])  # packed floats look like anything
    assert "column answer" in stops("banner.parquet", parquet(numbers.head(3).assign(answer=["yes", "no", f"write to {ADDRESS}"])))
    assert "column group" in stops("banner.parquet", parquet(pd.DataFrame({"group": pd.Categorical(["USER-0012345", "b"])})))
    assert "column's name" in stops("banner.parquet", parquet(pd.DataFrame({ADDRESS: [1]})))
    assert "cannot be" in stops("banner.parquet", b"PAR1 damaged")
