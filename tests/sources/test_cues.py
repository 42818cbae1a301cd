"""Captions: only the formats' own mark-up goes, rolling lines are joined once, every cue keeps its own speaker."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from docx import Document

from cjm_research.errors import BadInput
from cjm_research.sources.kinds.transcripts import parse_transcript
from cjm_research.sources.kinds.transcripts.cues import parse_cues
from cjm_research.sources.kinds.transcripts.cues.rolling import repeated


def srt(*said: str) -> str:
    return "\n\n".join(f"{i}\n00:00:0{i},000 --> 00:00:0{i},900\n{s}" for i, s in enumerate(said, 1)) + "\n"


def vtt(*said: str) -> str:
    return "WEBVTT\n\n" + "\n\n".join(f"{i}\n00:00:0{i}.000 --> 00:00:0{i}.900\n{s}" for i, s in enumerate(said, 1)) + "\n"


@pytest.mark.parametrize(
    ("raw", "in_srt", "in_vtt"),
    [
        ("if < 3 days and price > 20 I leave", "if < 3 days and price > 20 I leave", "if < 3 days and price > 20 I leave"),
        ("a <laughs> b <i>ever</i>", "a <laughs> b ever", "a <laughs> b ever"),
        ("I <3 it, x<y and y>z", "I <3 it, x<y and y>z", "I <3 it, x<y and y>z"),
        ('<font color="#ff0">so</font> <u>we</u>', "so we", "so we"),
        ("{\\an8}top {b}bold{/b} {braces}", "top bold {braces}", "{\\an8}top {b}bold{/b} {braces}".replace("{\\an8}", "").replace("{b}bold{/b}", "bold")),
        ("<c.red.big>go</c> <ruby>a<rt>b</rt></ruby> <lang en>yes</lang>", "<c.red.big>go</c> <ruby>a<rt>b</rt></ruby> <lang en>yes</lang>", "go ab yes"),
        ("R&amp;D &lt;b&gt; AT&T &nbsp;&#233; &amp;lt;", "R&D <b> AT&T é &lt;", "R&D <b> AT&T é &lt;"),
        ("<b and c> stay, </3 too", "<b and c> stay, </3 too", "<b and c> stay, </3 too"),
    ],
)
def test_only_the_formats_own_marks_go(raw: str, in_srt: str, in_vtt: str) -> None:
    assert parse_cues(srt(raw), "srt").first() == [(None, in_srt)]
    assert parse_cues(vtt(raw), "webvtt").first() == [(None, in_vtt)]


def test_brackets_that_stay_are_told() -> None:
    assert "1 words in angle brackets are no mark-up of the format and were kept, e.g. '<laughs>'" in parse_cues(srt("a <laughs> b"), "srt").notes


def rolled(cues: list[str]) -> str:
    return "WEBVTT\n\n" + "\n\n".join(f"00:00:{i:02}.000 --> 00:00:{i + 1:02}.000\n{c}" for i, c in enumerate(cues)) + "\n"


@pytest.mark.parametrize(
    ("cues", "words"),
    [
        (["a b", "a b\nc d", "c d\ne f", "e f\ng"], "a b c d e f g"),  # two rows
        (["a b", "a b\nc d", "a b\nc d\ne f", "c d\ne f\ng"], "a b c d e f g"),  # three rows
        (["a", "a b", "a b c", "a b c d"], "a b c d"),  # word by word
        (["we wait", "We wait,\nfor it", "for it.\nin vain", "In vain\nat all"], "we wait for it in vain at all"),  # corrected while it is shown
        (["we wait so", "wait so long for", "long for it in", "it in vain"], "we wait so long for it in vain"),  # wrapped anew
        (["we waited long", "we waited long", "for an answer", "for an answer", "and no one", "and no one"], "we waited long for an answer and no one"),
        ([" \nwe<00:00:00.719><c> waited</c>", "we waited\n ", "we waited\nfor<00:00:02.100><c> it</c>", "for it\n ", "for it\nin<00:00:04.500><c> vain</c>"], "we waited for it in vain"),
    ],
)
def test_rolling_captions_are_joined_once(cues: list[str], words: str) -> None:
    found = parse_cues(rolled(cues), "webvtt")
    assert " ".join(w for _, w in found.first(99)).split() == words.split()
    assert any("rolling captions" in n for n in found.notes)
    said = sum(len(c.replace("<00:00:00.719><c>", "").replace("<00:00:02.100><c>", "").replace("<00:00:04.500><c>", "").replace("</c>", "").split()) for c in cues)
    assert found.repeated == said - len(words.split())


def test_rolling_captions_of_two_cues_and_of_overlapping_times() -> None:
    assert repeated([(0, 2, ["a b"]), (2, 4, ["a b", "c"])]) == [0, 2] and repeated([(0, 2, ["a b"]), (9, 10, ["a b", "c"])]) == [0, 0]
    assert repeated([(0, 4, ["a b"]), (2, 6, ["a b", "c d"]), (4, 8, ["c d", "e"])]) == [0, 2, 2]


def test_what_people_repeat_stays() -> None:
    said = ["no", "no", "no", "I said no", "no I did"]
    found = parse_cues(rolled(said), "webvtt")
    assert [w for _, w in found.first(99)] == said and not found.repeated
    assert repeated([(0, 1, ["a b c"]), (1, 2, ["d"]), (2, 3, ["d e"]), (3, 4, ["x"]), (4, 5, ["y"])]) == [0] * 5


def test_rolling_voices_and_labels() -> None:
    found = parse_cues(rolled(["<v Ana>one two</v>", "<v Ana>one two\nthree</v>", "<v Ana>three</v>\n<v Ben>four</v>"]), "webvtt")
    assert found.first() == [("Ana", "one two three"), ("Ben", "four")]
    named = parse_cues(rolled(["Ana: one two", "Ana: one two\nBen: three", "Ben: three\nAna: four", "Ana: four\nBen: five"]), "webvtt")
    assert named.first() == [("Ana", "one two"), ("Ben", "three"), ("Ana", "four"), ("Ben", "five")]


def test_cues_of_the_same_times_keep_their_speakers() -> None:
    cue = '{n} "{who}" (7)\n00:00:01.000 --> 00:00:04.000\n{said}'
    text = "WEBVTT\n\n" + "\n\n".join(cue.format(n=n, who=w, said=s) for n, (w, s) in enumerate([("Ana Lund", "I liked it"), ("Ben Ray", "I hated it"), ("Ana Lund", "I hated it")], 1))
    assert parse_cues(text, "webvtt").first() == [("Ana Lund", "I liked it"), ("Ben Ray", "I hated it"), ("Ana Lund", "I hated it")]
    twice = parse_cues(text + "\n\n" + cue.format(n=9, who="Ben Ray", said="I hated it"), "webvtt")
    assert len(twice.turns) == 3 and any("given twice" in n for n in twice.notes)


def test_blank_looking_lines_and_words_after_blank_lines() -> None:
    found = parse_cues("WEBVTT\n\n00:01.000 --> 00:02.000\n \nwords here\n \nid-2\n00:02.000 --> 00:03.000\nmore\n\nstray\n", "webvtt")
    assert [w for _, w in found.first()] == ["words here", "more"] and [x.text for x in found.leftovers] == ["stray"]
    later = parse_cues("1\n00:00:01,000 --> 00:00:02,000\nAna: one\n\ntwo\n\n2\n00:00:02,000 --> 00:00:03,000\nBen: b\n\n3\n00:00:03,000 --> 00:00:04,000\nAna: c\n\n4\n00:00:04,000 --> 00:00:05,000\nBen: d\n", "srt")
    assert later.first(1) == [("Ana", "one two")] and any("after a blank line" in n for n in later.notes)


def docx(path: Path, paragraphs: list[str]) -> Path:
    document = Document()
    for text in paragraphs:
        document.add_paragraph(text)
    out = io.BytesIO()
    document.save(out)
    path.write_bytes(out.getvalue())
    return path


TALK = [("Mara Lind", "How was it?"), ("delia k", "It failed twice.\nReally."), ("Mara Lind", "Why?"), ("delia k", "No idea.")]


@pytest.mark.parametrize("shape", ["paragraphs", "breaks", "blank", "pasted"])
def test_documents_with_lines_of_times(tmp_path: Path, shape: str) -> None:
    parts: list[str] = []
    for i, (who, said) in enumerate(TALK):
        times = f"0:0:{i}.100 --> 0:0:{i + 1}.0"
        lines = [times, who, *said.split("\n")] if shape != "pasted" else [str(i + 1), times, f"{who}: {said}"]
        parts += ["\n".join(lines)] if shape == "breaks" else [x for line in lines for x in (line, "")] if shape == "blank" else [*lines, ""]
    found = parse_transcript(docx(tmp_path / "a.docx", parts))
    assert found.first() == [(who, said.replace("\n", " ")) for who, said in TALK] and found.turns[1].start_s == 1.1
    (tmp_path / "a.txt").write_text("\n".join(parts))
    assert parse_transcript(tmp_path / "a.txt").first() == found.first()


def test_right_to_left_marks_and_windows_lines(tmp_path: Path) -> None:
    text = vtt("\u200fأحمد علي: مرحبا", "O'Brien, Mary-Jane: hello: there", "\u200fأحمد علي: نعم", "O'Brien, Mary-Jane: from A --> B").replace("\n", "\r\n")
    (tmp_path / "a.vtt").write_bytes(text.encode("utf-8-sig"))
    assert parse_transcript(tmp_path / "a.vtt").first() == [
        ("أحمد علي", "مرحبا"), ("O'Brien, Mary-Jane", "hello: there"), ("أحمد علي", "نعم"), ("O'Brien, Mary-Jane", "from A --> B")]


def test_empty_cues_are_told() -> None:
    found = parse_cues("WEBVTT\n\n00:01.000 --> 00:02.000\n00:02.000 --> 00:03.000\nAna: from A --> B\n\n00:03.000 --> 00:04.000\n<i></i>\n", "webvtt")
    assert "2 cues have no words" in found.notes and found.first() == [(None, "Ana: from A --> B")]


def test_sbv(tmp_path: Path) -> None:
    """YouTube's captions: both times on one line with a comma between."""
    text = "0:00:01.000,0:00:02.500\nMara: hello\n\n0:00:03.000,0:00:04.000\nJo: hi\nthere\n\n0:00:05.000,0:00:06.000\nMara: bye\n\n0:00:07.000,0:00:08.000\nJo: ok\n"
    for name in ("a.sbv", "a.txt"):
        (tmp_path / name).write_text(text, encoding="utf-8")
        found = parse_transcript(tmp_path / name)
        assert [(s, w, t.start_s) for (s, w), t in zip(found.first(), found.turns, strict=True)] == [("Mara", "hello", 1), ("Jo", "hi there", 3), ("Mara", "bye", 5), ("Jo", "ok", 7)]


def test_ttml_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text('<?xml version="1.0"?>\n<tt xmlns="http://www.w3.org/ns/ttml"><body/></tt>', encoding="utf-8")
    with pytest.raises(BadInput, match="TTML subtitle file"):
        parse_transcript(tmp_path / "a.txt")


def test_names_in_brackets_speak_where_most_cues_have_them_and_are_listed_else() -> None:
    said = parse_cues(srt("[Mara] I waited", "(Jo) me too", "[Mara] very", "(Jo) ok"), "srt")
    assert said.first() == [("Mara", "I waited"), ("Jo", "me too"), ("Mara", "very"), ("Jo", "ok")]
    described = parse_cues(srt("Ana: [laughs] no", "[Music] so", "Ben: yes", "Ana: well", "[Music] then", "Ben: ok"), "srt")
    assert described.speakers == {"Ana": 2, "Ben": 2} and described.doubtful == {"Music": (6, 18)}


def test_data_of_a_program_is_no_transcript(tmp_path: Path) -> None:
    for text in ('{"segments": [{"speaker": "Ana", "text": "hello"}]}', '[{"speaker": "Ana", "text": "hello"}]', '{"a": 1}\n{"a": 2}\n'):
        (tmp_path / "a.txt").write_text(text)
        with pytest.raises(BadInput, match="this is JSON under the name of a transcript"):
            parse_transcript(tmp_path / "a.txt")
    (tmp_path / "a.txt").write_text('{"Ana": hello}\nBen: hi\n')
    assert parse_transcript(tmp_path / "a.txt").turns
