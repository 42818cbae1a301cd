"""`cjm erase`: an interview goes with the person, and with it what coders wrote about it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pandas as pd
import pytest

from cjm_research import open_study
from cjm_research.command import cli
from cjm_research.errors import WouldExposePerson
from cjm_research.notebook.widgets import Coder

PARAMS = """\
client: acme
timezone: UTC
sources:
  - {name: web, kind: events, files: events.csv, columns: {customer_id: user, occurred_at: time, event: event}, settings: {key_type: email}}
  - name: talks
    kind: transcripts
    files: [talks/*.txt, people.csv]
    columns: {customer_id: email}
  - {name: codes, kind: codings_csv, files: [coded.csv, talks/*.txt], settings: {coder: cleo}}
journey:
  stages: [{name: Look}, {name: Use, codes: [Cost]}]
"""
FIRST = "Interviewer: How was it?\nDana Fox: The plan was far too dear for a household like ours.\nInterviewer: Else?\nDana Fox: My secret reason is the dog.\n"
OTHER = "Interviewer: How was it?\nOlga Berg: Cheap enough, to be honest with you.\nInterviewer: Else?\nOlga Berg: Nothing at all.\n"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "params").mkdir()
    (tmp_path / "params" / "_defaults.yaml").write_text("chapters: [30_interview_coding]\n")
    (tmp_path / "params" / "acme.yaml").write_text(PARAMS)
    raw = tmp_path / "data" / "raw" / "acme"
    (raw / "talks").mkdir(parents=True)
    (raw / "events.csv").write_text("user,time,event\n" + "".join(f"p{i}@x.org,2026-01-0{i} 10:00,view\n" for i in range(1, 6)))
    (raw / "talks" / "T1.txt").write_text(FIRST)
    (raw / "talks" / "T2.txt").write_text(OTHER)
    (raw / "people.csv").write_text("document,participant,email\nT1,P1,p1@x.org\nT2,P2,p2@x.org\n")
    (raw / "coded.csv").write_text("document,code,quote\nT1,Cost,far too dear\nT2,Cost,Cheap enough\n")
    monkeypatch.setenv("CJM_WORKSPACE", str(tmp_path))
    monkeypatch.delenv("CJM_PARAMS", raising=False)
    return tmp_path


def cjm(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    monkeypatch.setattr(sys, "argv", ["cjm", *arguments])
    code = 0
    try:
        cli.main()
    except SystemExit as end:
        code = int(end.code or 0)
    return code, "".join(capfd.readouterr())


def _everything(place: Path) -> bytes:
    """All that is kept of the client outside of the exports and of what sources delivered from them."""
    kept = [p for p in (place / "data").rglob("*") if p.is_file() and "raw" not in p.parts and "staged" not in p.parts]
    texts = [p.read_bytes() for p in kept if p.suffix != ".parquet"]
    tables = [pd.read_parquet(p).to_csv().encode() for p in kept if p.suffix == ".parquet"]
    return b"\n".join([*texts, *tables])


@pytest.mark.parametrize("name", ["p1@x.org", "P1", "T1"])
def test_an_interview_goes_with_its_person(name: str, place: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    assert cjm(monkeypatch, capfd, "build", "acme")[0] == 0
    study = open_study("acme")
    session = Coder(study, coder="ana").session
    for document in ("T1", "T2"):
        text = study.scalar("SELECT text FROM documents WHERE document_id = ?", [document])
        session.add(document, text.index(" ") + 1, len(text) - 1, "Cost", f"a memo on {document}")
    session.add_new("T1", 0, 11, "Dog")
    study.close()
    before = _everything(place)
    assert b"secret reason" in before and b"a memo on T1" in before and b"dana fox" in before.lower()

    code, said = cjm(monkeypatch, capfd, "erase", "acme", name)
    assert code == 0 and "1 interviews with them, 2 entries of coders' logs forgotten" in said, said
    assert ("whose other records stay; to leave them out, too: cjm erase acme c_" in said) == (name != "p1@x.org"), "the customer whose interview it was is told"
    after = _everything(place)
    for trace in (b"secret reason", b"far too dear", b"a memo on T1", b"dana fox"):
        assert trace not in after.lower(), trace
    study = open_study("acme")
    assert study.query("SELECT document_id FROM documents")["document_id"].tolist() == ["T2"]
    assert study.query("SELECT DISTINCT document_id FROM turns")["document_id"].tolist() == ["T2"]
    codings = study.query("SELECT document_id, coder FROM codings ORDER BY coder").to_numpy().tolist()
    assert codings == [["T2", "ana"], ["T2", "cleo"]]
    assert study.scalar("SELECT count(*) FROM codebook WHERE name = 'Dog'") == 1, "the code is nobody's words"
    assert study.row_counts["customers"] == (4 if name == "p1@x.org" else 5)
    study.close()
    assert cjm(monkeypatch, capfd, "build", "acme")[0] == 0, "and stays away"
    assert open_study("acme").row_counts["documents"] == 1


def test_what_coders_write_is_masked_like_the_transcripts(place: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    """Memos name persons; a quote from before a name was listed keeps it when its place is lost. Neither leaves the log."""
    assert cjm(monkeypatch, capfd, "build", "acme")[0] == 0
    study = open_study("acme")
    text = study.scalar("SELECT text FROM documents WHERE document_id = 'T1'")
    session = Coder(study, coder="ana").session
    start = text.index("My secret")
    done = session.add("T1", start, start + 28, "Cost", "Dana Fox sounds like Olga Berg; ask dana@x.org")
    session.code_memo("Cost", "as Dana Fox puts it")
    study.refresh()
    memo, quote = study.query("SELECT memo, quote FROM codings WHERE coding_id = ?", [done.coding_id]).iloc[0]
    assert memo == "[P1] sounds like [P2]; ask [E-mail 1]" and quote == "My secret reason is the dog."
    assert study.scalar("SELECT memo FROM codebook WHERE name = 'Cost'") == "as [P1] puts it"
    assert b"Dana Fox sounds" in session.log.path.read_bytes(), "the log is the coder's own and stays as written"
    study.close()
    raw = place / "data" / "raw" / "acme" / "talks" / "T1.txt"
    raw.write_text(FIRST.replace("My secret reason is the dog.", "Nothing else, and nothing that was said before."))
    params = place / "params" / "acme.yaml"
    params.write_text(PARAMS + "privacy: {names: [secret reason]}\n")
    assert cjm(monkeypatch, capfd, "build", "acme")[0] == 0
    again = open_study("acme")
    lost = again.query("SELECT quote, start FROM codings WHERE coding_id = ?", [done.coding_id]).iloc[0]
    assert pd.isna(lost["start"]) and "secret reason" not in lost["quote"] and "[Person" in lost["quote"]
    assert "secret reason" not in again.coding_problems.to_csv() and len(again.coding_problems)


def test_notes_of_the_import_name_nobody(place: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    code, said = cjm(monkeypatch, capfd, "check", "acme")
    built = (place / "data" / "tables" / "acme" / "build.json").read_text()
    assert code == 0 and "Dana" not in built and "Dana" not in said and "[P1] 2" in built


def test_files_named_after_persons_are_shown_under_their_pseudonym(place: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    raw = place / "data" / "raw" / "acme"
    (raw / "talks" / "T1.txt").rename(raw / "talks" / "2026_Dana_Fox_final.txt")
    (raw / "people.csv").unlink()
    params = place / "params" / "acme.yaml"
    params.write_text(PARAMS.replace("[talks/*.txt, people.csv]", "talks/*.txt").replace("    columns: {customer_id: email}\n", ""))
    (raw / "coded.csv").write_text("document,code,quote\n2026_Dana_Fox_final,Cost,far too dear\nT2,Cost,Cheap enough\n")
    assert cjm(monkeypatch, capfd, "build", "acme")[0] == 0
    built = (place / "data" / "tables" / "acme" / "build.json").read_text()
    assert "Dana" not in built and "talks/2026_Person 1_final.txt" in built
    study = open_study("acme")
    assert study.query("SELECT document_id FROM documents ORDER BY 1")["document_id"].tolist() == ["2026_Person 1_final", "T2"]
    assert study.query("SELECT document_id FROM codings ORDER BY 1")["document_id"].tolist() == ["2026_Person 1_final", "T2"]
    assert cjm(monkeypatch, capfd, "build", "acme")[0] == 0, "and nothing changed"


def test_what_others_say_of_an_erased_person_stays_masked_and_the_register_forgets_them(
        place: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    """Pages and texts of others go on naming them: by name, by identifier. Their own contacts are in no file any more; numbers are not given again."""
    from cjm_research.params import find_workspace
    from cjm_research.privacy import Guard

    raw, vault = place / "data" / "raw" / "acme", place / "data" / "vault" / "acme"
    (raw / "talks" / "T1.txt").write_text(FIRST + "Dana Fox: Call me at +49 171 5550123 or write to dana.private@mail.de.\n")
    (raw / "talks" / "T2.txt").write_text(OTHER + "Olga Berg: I was told so by Dana Fox, and wrote to help@mail.de.\n")
    (raw / "events.csv").write_text("user,time,event\n" + "".join(f"p{i}@x.org,2026-01-0{i} 10:00,view\n" for i in range(1, 6))
                                    + "p5@x.org,2026-01-06 10:00,/users/dana-fox\np5@x.org,2026-01-07 10:00,/by/AC-77123/edit\n")
    (raw / "people.csv").write_text("document,participant,email\nT1,P1,p1@x.org\nT2,P2,p2@x.org\n")
    (raw / "accounts.csv").write_text("mail,cookie\n" + "".join(f"p{i}@x.org,AC-7712{i + 2}\n" for i in range(1, 6)))
    crm = "  - {name: crm, kind: customers, files: accounts.csv, columns: {customer_id: mail}, settings: {key_type: email, keys: {cookie: cookie}}}\n"
    (place / "params" / "acme.yaml").write_text(PARAMS.replace("journey:", crm + "journey:"))

    def shown() -> str:
        study = open_study("acme")
        texts = [*study.query("SELECT DISTINCT event FROM interactions")["event"], study.scalar("SELECT text FROM documents WHERE document_id = 'T2'")]
        study.close()
        return "\n".join(map(str, texts)).lower()

    assert cjm(monkeypatch, capfd, "build", "acme")[0] == 0
    study = open_study("acme")
    session = Coder(study, coder="ana").session
    done = session.add("T2", 5, 20, "Cost", "like Dana Fox, AC-77123 and AC-77124")
    study.close()
    numbers = (vault / "masking_numbers.json").read_text()
    before = json.loads(numbers)
    assert "dana.private@mail.de" in numbers and "dana" not in shown() and "77123" not in shown()
    code, said = cjm(monkeypatch, capfd, "erase", "acme", "p1@x.org")
    assert code == 0, said
    assert "what remains in data/raw" in said and "what remains in data/codings: 1 lines" in said and "data/pins" not in said, said
    told = next(line for line in said.splitlines() if "what remains in data/vault" in line)
    assert "talks: documents.text" in told and "web: interactions.event" in told and told.rstrip().endswith("then: cjm build acme") and "dana" not in told.lower(), told
    study = open_study("acme")
    memo = study.scalar("SELECT memo FROM codings WHERE coding_id = ?", [done.coding_id])
    study.close()
    assert "dana" not in memo.lower() and "7712" not in memo and memo.startswith("like ["), "what coders wrote is looked through for erased persons and for identifiers"
    for force in ([], ["--force"]):  # on and on, also once the deliveries know them no more
        after = (vault / "masking_numbers.json").read_text().lower() + (vault / "masking_names.json").read_text().lower()
        after += pd.read_parquet(vault / "masking.parquet").to_csv().lower()
        for trace in ("dana", "fox", "5550123", "77123"):
            assert trace not in after, trace
        assert "help@mail.de" in after, "what others' texts use is kept"
        assert all(len(json.loads((vault / "masking_numbers.json").read_text())[k]) >= len(n) for k, n in before.items()), "no number is given again"
        assert "dana" not in shown() and "fox" not in shown() and "77123" not in shown() and "/users/" in shown()
        assert cjm(monkeypatch, capfd, "build", "acme", *force)[0] == 0
    study = open_study("acme")
    guard = Guard.of(study.params, find_workspace())
    study.close()
    for text in ("see Dana Fox", "account AC-77123"):
        with pytest.raises(WouldExposePerson):
            guard.check_files([("page.html", text.encode())])
    guard.check_files([("page.html", b"a fox and an account")])


def test_labels_that_were_not_taken_are_on_the_review_list_and_in_no_note(place: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    """A label that appears once may be a person who spoke once: the list in the vault names it, published notes do not."""
    talk = FIRST + "Hannelore Quast: I only wanted to say hello.\n" + "Interviewer: And?\nDana Fox: Nothing.\n"
    (place / "data" / "raw" / "acme" / "talks" / "T1.txt").write_text(talk)
    code, said = cjm(monkeypatch, capfd, "check", "acme")
    assert code == 0, said
    tables = place / "data" / "tables" / "acme"
    built = (tables / "build.json").read_text()
    review = pd.read_csv(place / "data" / "vault" / "acme" / "masking_review.csv")
    found = review[review["word"] == "Hannelore Quast"]
    assert found["reason"].str.contains("label").any(), review.to_csv()
    assert "not taken as speakers: [Label 1]" in built and "Hannelore" not in built and "Hannelore" not in said and "Quast" not in built
    assert "labels" not in json.loads(built)["sources"][1]
