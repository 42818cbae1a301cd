"""Word documents: every word that a reader of the document sees is read, what stands beside the text is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from docx import Document
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cjm_research.errors import BadInput
from cjm_research.sources.kinds.transcripts import parse_transcript

W = nsdecls("w")
#: how a run may be wrapped, and whether its words count
WRAPS = {
    "{r}": True, '<w:ins {w} w:id="1" w:author="x">{r}</w:ins>': True, '<w:del {w} w:id="2" w:author="x">{r}</w:del>': False,
    '<w:moveFrom {w} w:id="3" w:author="x">{r}</w:moveFrom>': False, '<w:moveTo {w} w:id="4" w:author="x">{r}</w:moveTo>': True,
    "<w:sdt {w}><w:sdtContent>{r}</w:sdtContent></w:sdt>": True, '<w:smartTag {w} w:uri="u" w:element="e">{r}</w:smartTag>': True,
    '<w:fldSimple {w} w:instr="REF x">{r}</w:fldSimple>': True, '<w:hyperlink {w} w:anchor="a">{r}</w:hyperlink>': True,
    '<w:ins {w} w:id="5" w:author="x"><w:sdt><w:sdtContent>{r}</w:sdtContent></w:sdt></w:ins>': True,
}
PIECES = st.lists(st.tuples(st.sampled_from(list(WRAPS)), st.sampled_from(["we", "waited", "three", "weeks", "müde", "R&amp;D"])), min_size=1, max_size=5)


def piece(wrap: str, word: str) -> object:
    run = f'<w:r {W}><w:t xml:space="preserve"> {word}</w:t></w:r>'
    if "<w:del " in wrap:
        run = run.replace("w:t>", "w:delText>").replace("<w:t ", "<w:delText ")
    return parse_xml(wrap.format(r=run, w=W))


@given(st.lists(st.tuples(st.sampled_from(["Interviewer", "Ana"]), PIECES, st.sampled_from(["body", "control", "cell"])), min_size=2, max_size=6))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_seen_is_read(tmp_path: Path, talk: list[tuple[str, list[tuple[str, str]], str]]) -> None:
    document = Document()
    expected = []
    for who, pieces, place in talk:
        if place == "cell":
            cells = document.add_table(1, 2).rows[0].cells
            cells[0].text, paragraph = f"{who}:", cells[1].paragraphs[0]
        else:
            paragraph = document.add_paragraph(f"{who}:")
        for wrap, word in pieces:
            paragraph._p.append(piece(wrap, word))
        expected.append(" ".join([f"{who}:", *(word.replace("&amp;", "&") for wrap, word in pieces if WRAPS[wrap])]))
        if place == "control":
            control = parse_xml(f"<w:sdt {W}><w:sdtContent/></w:sdt>")
            paragraph._p.addprevious(control)
            control[0].append(paragraph._p)
    document.save(tmp_path / "t.docx")
    if not any(WRAPS[wrap] for _, pieces, _ in talk for wrap, _ in pieces):  # labels alone: nobody said anything
        with pytest.raises(BadInput, match="no turn could be read"):
            parse_transcript(tmp_path / "t.docx")
        return
    found = parse_transcript(tmp_path / "t.docx")
    assert [" ".join(line.split()) for line in found.text.strip().split("\n")] == expected
    assert not any("not read" in note for note in found.notes)


def test_what_stands_beside_the_text_is_told(tmp_path: Path) -> None:
    document = Document()
    for line in ("Interviewer: Hello.", "Ana: Hi.", "Interviewer: How?"):
        document.add_paragraph(line)
    document.sections[0].header.paragraphs[0].text = "Study seven"
    document.add_heading("Delivery", 2)
    last = document.add_paragraph("Ana: Fine.")
    last._p.append(parse_xml(f'<w:ins {W} w:id="1" w:author="x"><w:r><w:t xml:space="preserve"> Really.</w:t></w:r></w:ins>'))
    last.add_run()._r.append(parse_xml(f"<w:pict {W}><w:txbxContent><w:p><w:r><w:t>aside</w:t></w:r></w:p></w:txbxContent></w:pict>"))
    document.save(tmp_path / "t.docx")
    found = parse_transcript(tmp_path / "t.docx")
    assert found.text.split("\n")[-2] == "Ana: Fine. Really."
    assert found.notes == (
        "the document holds tracked changes: it is read as if all were accepted",
        "not read, since it stands beside the text: headers (2 words), text boxes (5 characters)",
        "one paragraph has the style of a heading ('Delivery'); what stands inside of a talk stays with the speaker before")
