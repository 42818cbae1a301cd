"""Transcripts in the styles of the common tools, told apart by form alone; hostile and broken files in words."""

from __future__ import annotations

import hashlib
import io
import zipfile
from pathlib import Path

import pytest
from docx import Document
from hypothesis import given
from hypothesis import strategies as st

from cjm_research.errors import BadInput
from cjm_research.sources.kinds.transcripts import PLAIN, STYLES, Settings, Transcript, parse_text, parse_transcript

TALK = [
    ("Ana Berg", "How did it go?"),
    ("Dana", "So: the page froze at 10:30."),
    ("Ana Berg", "And then?"),
    ("Dana", "I gave up."),
]
TEXTS = {
    "name: text": "".join(f"{s}: {w}\n" for s, w in TALK),
    "time name: text": "".join(f"[00:0{i}:05] {s}: {w}\n" for i, (s, w) in enumerate(TALK)),
    "date time name: text": "".join(f"[2024-03-0{i + 1}, 10:00:07] {s}: {w}\n" for i, (s, w) in enumerate(TALK)),
    "time From name to all": "".join(f"00:0{i}:05 From {s} to Everyone:\n\t{w}\n" for i, (s, w) in enumerate(TALK)),
    "name date time": "".join(f"{s}, [12.03.2024 10:0{i}]\n{w}\n\n" for i, (s, w) in enumerate(TALK)),
    "date time name": "".join(f"[3/12/2024 10:0{i} AM] {s}\n{w}\n" for i, (s, w) in enumerate(TALK)),
    "name time: text": "".join(f"{s} (00:0{i}:05): {w}\n\n" for i, (s, w) in enumerate(TALK)),
    "name time": "".join(f"{s}  0{i}:05\n{w}\n\n" for i, (s, w) in enumerate(TALK)),
    "time name": "".join(f"00:0{i}:05 {s}\n{w}\n\n" for i, (s, w) in enumerate(TALK)),
    "time<tab>name<tab>text": "".join(f"00:0{i}:05\t{s}\t{w}\n" for i, (s, w) in enumerate(TALK)),
    "name<tab>time<tab>text": "".join(f"{s}\t00:0{i}:05\t{w}\n" for i, (s, w) in enumerate(TALK)),
    "name<tab>text": "".join(f"{s}\t{w}\n" for s, w in TALK),
    "[name] text": "".join(f"[{s}] {w}\n" for s, w in TALK),
    "name on its own line": "\n".join(f"{s.upper()}\n{w}\n" for s, w in TALK),
}


def talk(t: Transcript) -> list[tuple[str | None, str]]:
    return t.first(99)


@pytest.mark.parametrize("style", STYLES)
def test_styles_are_told_apart(style: str) -> None:
    found = parse_text(TEXTS[style])
    assert found.style == style
    expected = [(s.upper(), w) for s, w in TALK] if "own line" in style else TALK
    assert talk(found) == expected
    assert found.text == TEXTS[style] and not found.leftovers
    if "time" in style:
        assert [t.start_s for t in found.turns] == [None] * 4 if "date" in style else [t.start_s for t in found.turns] == [60 * i + 5 for i in range(4)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("**Ana:** One\n**Bob:** Two\n**Ana:** Three\n**Bob:** Four\n", ["Ana", "Bob"]),
        (">> ANA: One\n>> BOB: Two\n>> ANA: Three\n>> BOB: Four\n", ["ANA", "BOB"]),
        ("00:03:40.5Ana: One\n00:03:44.0Bob: Two\n00:03:49.0Ana: Three\n00:04:00.0Bob: Four\n", ["Ana", "Bob"]),
        ("I1: One #00:00:05-0#\nP1: Two #00:00:09-2#\nI1: Three #00:00:12-0#\n", ["I1", "P1"]),
        (
            "Müller, Jörg (Guest): Eins\nvan der Berg: Zwei\nMüller, Jörg (Guest): Drei\nvan der Berg: Vier\n",
            ["Müller, Jörg (Guest)", "van der Berg"],
        ),
        ("王芳：你好\n李雷：再见\n王芳：好\n李雷：嗯\n", ["王芳", "李雷"]),
        ("Interviewer: One\nP1: Two\n", ["Interviewer", "P1"]),
    ],
)
def test_other_forms(text: str, expected: list[str]) -> None:
    assert list(parse_text(text).speakers) == expected


def test_end_stamps_become_times() -> None:
    found = parse_text("I1: One #00:00:05-0#\nP1: Two\nand more #00:01:09-2#\n")
    assert [(t.end_s, found.text[t.start : t.end]) for t in found.turns] == [(5, "One"), (69, "Two\nand more")]


def test_speech_with_colons_is_no_speaker() -> None:
    text = "Ana: Look at https://x.example\nSo: that is it\nBob: Note: ring at 10:30\nReason: none\nAna: Fine\nSo: again\nBob: Bye\n"
    found = parse_text(text)
    assert list(found.speakers) == ["Ana", "Bob"] and found.turns[0].end == text.index("\nBob")
    assert "Reason" not in found.uncertain
    assert parse_text("Ana: a\nBob: b\nAna: c\nBob: d\nCleo: e\n").uncertain == ("Cleo",)
    assert "Cleo" in parse_text("Ana: a\nBob: b\nAna: c\nCleo: e\n", Settings(speakers=["Cleo"])).speakers


def test_before_the_first_speaker_and_empty_labels_are_counted() -> None:
    found = parse_text("Interview 3\n\nAna: one\nBob:\nAna: two\nBob: three\n")
    assert [(x.line, x.reason) for x in found.leftovers] == [
        (1, "before the first speaker"),
        (4, "a speaker without words"),
    ]


def test_text_without_speakers_gives_paragraphs() -> None:
    found = parse_text("First thing.\nstill first\n\nSecond thing: here.\n")
    assert found.style == PLAIN and talk(found) == [(None, "First thing.\nstill first"), (None, "Second thing: here.")]
    with pytest.raises(BadInput):
        parse_text("x", Settings(style="nope"))


@given(st.text(st.characters(codec="utf-8", exclude_characters="\r", exclude_categories=("Cs",)), max_size=300))
def test_turns_never_overlap_and_lose_nothing(text: str) -> None:
    found = parse_text(text)
    ends = [0, *(at for t in found.turns for at in (t.start, t.end)), len(text)]
    assert ends == sorted(ends) and all(t.start < t.end for t in found.turns)
    assert found.text == text


TEAMS = """WEBVTT

NOTE Confidence: 0.91
second line

0b1c2d3e-0000-4000-8000-000000000001/11-0
00:00:03.153 --> 00:00:05.000
<v Berg, Ana (Guest)>How did &amp; does it go?</v>
<v Dana>It froze &lt;twice&gt;.</v>

0b1c2d3e-0000-4000-8000-000000000001/12-0
00:00:05.500 --> 00:00:07.000
<v Dana>And I <i>left</i>.</v>

stray words after a blank line

01:00:08.000 --> 01:00:09.000
<v ->Who is that?</v>
"""
ZOOM = """WEBVTT

1
00:00:01.000 --> 00:00:02.000
Ana Berg: So: how was it?

2
00:00:02.500 --> 00:00:04.000
Dana: Well at 10:30

3
00:00:04.000 --> 00:00:06.000
it froze. Note: twice.

4
00:00:06.100 --> 00:00:07.000
Ana Berg: And then?

5
00:00:07.100 --> 00:00:08.000
Dana: I left 😀.
"""


def written(tmp_path: Path, name: str, content: str | bytes) -> Path:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_teams(tmp_path: Path) -> None:
    found = parse_transcript(written(tmp_path, "t.vtt", TEAMS))
    assert talk(found) == [
        ("Berg, Ana (Guest)", "How did & does it go?"),
        ("Dana", "It froze <twice>. And I left."),
        (None, "Who is that?"),
    ]
    assert [m.text for m in found.memos] == ["Confidence: 0.91\nsecond line"]
    assert [(x.text, x.line) for x in found.leftovers] == [("stray words after a blank line", 15)]
    assert found.text == "Berg, Ana (Guest): How did & does it go?\nDana: It froze <twice>. And I left.\nWho is that?\n"
    assert (found.turns[1].start_s, found.turns[1].end_s, found.turns[2].start_s) == (3.153, 7.0, 3608.0)


def test_zoom(tmp_path: Path) -> None:
    found = parse_transcript(written(tmp_path, "z.vtt", ZOOM.replace("\n", "\r\n").encode("utf-8-sig")))
    assert talk(found) == [
        ("Ana Berg", "So: how was it?"),
        ("Dana", "Well at 10:30 it froze. Note: twice."),
        ("Ana Berg", "And then?"),
        ("Dana", "I left 😀."),
    ]
    assert found.style == "webvtt name:" and "\r" not in found.text
    assert found.sha256 == hashlib.sha256(found.text.encode()).hexdigest()


def test_other_cue_files(tmp_path: Path) -> None:
    srt = "1\n00:00:01,000 --> 00:00:02,000\n{\\an8}<i>ANA:</i> Hi\n\n2\n00:00:02,000 --> 00:00:03,000\nBOB: Ho\n- ANA: Hey\n3\n00:00:03,000 --> 00:00:04,000\nBOB: Bye\n"
    assert talk(parse_transcript(written(tmp_path, "a.srt", srt))) == [
        ("ANA", "Hi"),
        ("BOB", "Ho"),
        ("ANA", "Hey"),
        ("BOB", "Bye"),
    ]
    webex = 'WEBVTT\n\n1 "Ana Berg" (42)\n00:01.000 --> 00:02.000\nHi\n\n2 "Bob" (43)\n00:02.000 --> 00:03.000\nHo\n'
    assert talk(parse_transcript(written(tmp_path, "w.vtt", webex))) == [("Ana Berg", "Hi"), ("Bob", "Ho")]
    bare = "WEBVTT\n\n00:01.000 --> 00:02.000\nHi\n\n00:02.000 --> 00:03.000\nHo\n"
    assert talk(parse_transcript(written(tmp_path, "b.vtt", bare))) == [(None, "Hi"), (None, "Ho")]


def test_word_paragraphs_and_tables_in_order(tmp_path: Path) -> None:
    document = Document()
    document.add_paragraph("Interview 7")
    table = document.add_table(rows=0, cols=3)
    for i, (speaker, words) in enumerate(TALK):
        for cell, text in zip(table.add_row().cells, (f"00:0{i}:00", speaker, words), strict=True):
            cell.text = text
    document.add_paragraph("thank you")
    document.save(tmp_path / "t.docx")
    found = parse_transcript(tmp_path / "t.docx")
    assert found.style == "time<tab>name<tab>text"
    assert talk(found)[:3] == TALK[:3] and talk(found)[3] == ("Dana", "I gave up.\nthank you")
    assert found.leftovers[0].text == "Interview 7"


def test_word_paragraphs(tmp_path: Path) -> None:
    document = Document()
    for speaker, words in TALK:
        document.add_paragraph(f"{speaker}: {words}")
    document.save(tmp_path / "t.docx")
    assert talk(parse_transcript(tmp_path / "t.docx")) == TALK


def pdf(pages: list[list[str]]) -> bytes:
    """A small PDF with the lines of each page, written by hand."""
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", "", "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"]
    kids = []
    for lines in pages:
        shown = " ".join(f"({line}) Tj 0 -14 Td" for line in lines)
        stream = f"BT /F1 10 Tf 40 780 Td {shown} ET"
        objects.append(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream")
        kids.append(len(objects) + 1)
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /Contents {len(objects)} 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> >> >>"
        )
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(f'{k} 0 R' for k in kids)}] /Count {len(kids)} >>"
    out, offsets = b"%PDF-1.4\n", []
    for i, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += f"{i} 0 obj\n{body}\nendobj\n".encode("latin-1")
    start = len(out)
    table = "".join(f"{o:010d} 00000 n \n" for o in offsets)
    return (
        out
        + f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF".encode()
    )


def test_pdf_turns_are_rebuilt(tmp_path: Path) -> None:
    pages = [
        ["Study 12", "Ana: How was", "your day?", "Dana: Slow and", "1"],
        ["Study 12", "cold.", "Ana: Oh", "2"],
        ["Study 12", "Dana: Yes", "3"],
    ]
    found = parse_transcript(written(tmp_path, "p.pdf", pdf(pages)))
    assert talk(found) == [("Ana", "How was your day?"), ("Dana", "Slow and cold."), ("Ana", "Oh"), ("Dana", "Yes")]
    assert sorted(x.reason for x in found.leftovers) == ["a page number"] * 3 + ["a running head"] * 3


def test_a_damaged_pdf_is_read_as_far_as_possible_and_said_so(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    whole = pdf([["Ana: How was it?", "Dana: Slow.", "Ana: And?", "Dana: Cold."]])
    found = parse_transcript(written(tmp_path, "moved.pdf", whole.replace(b"startxref\n", b"startxref\n9")))
    assert talk(found)[1] == ("Dana", "Slow.") and any("the PDF may be damaged (incorrect startxref" in n for n in found.notes)
    with pytest.raises(BadInput, match="no readable PDF"):
        parse_transcript(written(tmp_path, "cut.pdf", whole.replace(b"%%EOF", b"")))
    assert not any("damaged" in n for n in parse_transcript(written(tmp_path, "whole.pdf", whole)).notes)
    assert capfd.readouterr() == ("", "")


def test_pdpilot(shared: Path) -> None:
    turns = [
        len(parse_transcript(shared / "data" / "pdpilot_interviews" / "txt" / f"P{i}.txt").turns) for i in range(1, 8)
    ]
    assert turns == [94, 165, 122, 111, 136, 100, 106]


def test_encodings(tmp_path: Path) -> None:
    text = TEXTS["name: text"].replace("Dana", "Dänä")
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-32"):
        assert parse_transcript(written(tmp_path, "t.txt", text.encode(encoding))).text == text
    found = parse_transcript(written(tmp_path, "t.txt", text.encode("cp1252")))
    assert found.text == text and "Windows-1252" in found.notes[0]
    assert parse_transcript(tmp_path / "t.txt", Settings(encoding="latin-1")).notes == ()


def zipped(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.txt", b""),
        ("a.txt", b"\x00\x01\x02\xff" * 50),
        ("a.txt", b" \n\n"),
        ("a.vtt", b"WEBVTT\n\n"),
        ("a.srt", b"hello"),
        ("a.docx", b"no zip"),
        ("a.docx", zipped({"word/document.xml": b"<a/>"})),
        ("a.docx", zipped({"../x": b"1"})),
        ("a.docx", zipped({"word/document.xml": b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'})),
        ("a.docx", zipped({"word/document.xml": b"\0" * (3 * 2**20)})),
        ("a.pdf", b"%PDF-1.4 broken"),
        ("a.pdf", pdf([[]])),
        ("a.mp3", b"x"),
        ("a", b"x"),
    ],
)
def test_bad_files_are_told_in_words(tmp_path: Path, name: str, content: bytes) -> None:
    with pytest.raises(BadInput) as refusal:
        parse_transcript(written(tmp_path, name, content))
    assert name in str(refusal.value)
