"""Who speaks: labels of every kind, declared or shown by the turns; subjects before a colon are nobody; what is not taken is listed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cjm_research.errors import BadInput
from cjm_research.params.schema import Source
from cjm_research.sources.contract import Context
from cjm_research.sources.kinds.transcripts import PLAIN, TRANSCRIPTS, Settings, parse_text
from cjm_research.sources.kinds.transcripts.cues import parse_cues
from cjm_research.sources.kinds.transcripts.labels import clean

WORDS = ["how was it?", "it failed twice", "why is that?", "no idea at all", "thanks then"]
LABELS = (
    "delia k|user_17|marie-claire o'neill|Dr. Weiß|Dr. med. Weiß|M.|D.K.|DK|S1|P-03|P_03|Speaker 1|speaker_00|SPEAKER_01|spk_1|Interviewee|Interviewee 1 & Interviewee 2|"
    "Anna & Ben|Anna und Ben|Anna/Ben|🙂|🙂 Ann|+49 151 2345678|أحمد علي|דנה לוי|王芳|たなか|Иван Петров|Ωμέγα|So Yeon Kim|Will|May|Anna (P1)|Anna [P1]|Participant #3|P#3|"
    "#3 Anna|anna|van der Berg|O'Brien, Mary-Jane|Anna-Lena M.|Kundin|Befragte|Entrevistada|anna.k@acme.example|@anna|Anna K. (Acme GmbH, Berlin)|"
    "Interviewee 3 (female, 34, lives in the south of Hamburg with two kids and a dog)|MRS. JONES|Guest-1234|iPhone von Anna|Anna’s iPhone|Nguyễn Văn A|Unknown|TN1|"
    "\u200fدنا|\u200eAnna|Anna\u00a0Berg"
).split("|")
PAIRS = [("Mara Lind", label) for label in LABELS] + [("Q", "A"), ("I", "B"), ("I1", "P1"), ("M", "D"), ("mara", "delia"), ("Frage", "Antwort"), ("Support", "Dana"), ("1", "2")]
FORMS = [
    "[00:0{i}:02] {s}: {w}\n", "{s} (00:1{i}): {w}\n", "{s} [00:0{i}:12]\n{w}\n\n", "{s}:\n{w}\n\n", "{s}\n{w}\n\n", "**{s}:** {w}\n", "**{s}**: {w}\n", "{s} : {w}\n",
    "{s}：{w}\n", "{s}:\t{w}\n", "\t{s}: {w}\n", "- {s}: {w}\n", ">> {s}: {w}\n", "{s}\t{w}\n", "{i}:02\t{s}\t{w}\n", "<{s}> {w}\n", "[{s}] {w}\n", "{s} 0:0{i}\n{w}\n\n",
    "0:0{i} {s}\n{w}\n\n", "{s}: {w} #00:00:0{i}-0#\n", "\u200f{s}: {w}\n", "{s} 10:0{i} AM\n{w}\n\n", "00:0{i}:05,123 {s}: {w}\n", "**{s}** (00:0{i}): {w}\n", "_{s}_: {w}\n",
]


def talk(pair: tuple[str, str], form: str = "{s}: {w}\n") -> tuple[str, list[tuple[str | None, str]]]:
    """A talk in a form, and the turns it must give."""
    text = "".join(form.format(s=pair[i % 2], w=w, i=i) for i, w in enumerate(WORDS))
    return text, [(clean(pair[i % 2]), w) for i, w in enumerate(WORDS)]


@pytest.mark.parametrize("pair", PAIRS, ids=lambda p: p[1])
def test_labels_that_take_turns_are_speakers(pair: tuple[str, str]) -> None:
    text, expected = talk(pair)
    assert parse_text(text).first() == expected
    cues = "WEBVTT\n\n" + "\n\n".join(f"{i}\n00:00:0{i}.000 --> 00:00:0{i + 1}.000\n{pair[i % 2]}: {w}" for i, w in enumerate(WORDS))
    assert parse_cues(cues, "webvtt").first() == expected


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("pair", [("Mara Lind", "Delia Kent"), ("Interviewer", "P1"), ("Mara Lind", "delia k")], ids=lambda p: p[1])
def test_labels_in_every_form(form: str, pair: tuple[str, str]) -> None:
    text, expected = talk(pair, form)
    found = parse_text(text)
    assert found.first() == expected and found.text == text


def speakers(text: str, **settings: Any) -> tuple[list[str], dict[str, tuple[int, ...]]]:
    found = parse_text(text, Settings(**settings))
    return list(found.speakers), dict(found.doubtful)


@pytest.mark.parametrize("subjects", [("Price", "Delivery"), ("Zorbl", "Flimp"), ("Customer Service", "Opening Hours"), ("what i mean", "my problem")])
def test_subjects_in_an_answer_are_nobody(subjects: tuple[str, str]) -> None:
    a, b = subjects
    text = f"Mara Lind: How?\nDelia Kent: Bad.\n{a}: high.\n{b}: slow.\nMara Lind: Else?\nDelia Kent: Well.\n{a}: again.\n{b}: again.\nMara Lind: ok\nDelia Kent: bye\n"
    assert speakers(text) == (["Mara Lind", "Delia Kent"], {a: (3, 7), b: (4, 8)})
    assert speakers(text, speakers=[a])[0] == ["Mara Lind", "Delia Kent", a]  # declared is declared
    assert speakers(text, never=[a.upper(), b]) == (["Mara Lind", "Delia Kent"], {})


def test_notes_of_subjects_are_no_talk() -> None:
    found = parse_text("Price: x\nDelivery: y\nPrice: z\nDelivery: q\n")
    assert found.style == PLAIN and dict(found.doubtful) == {"Price": (1, 3), "Delivery": (2, 4)}


def test_a_diary_is_no_talk() -> None:
    for form in ("{t} {s}\n{w}\n\n", "{s} {t}\n{w}\n\n"):
        text = "".join(form.format(t=t, s=s, w="I did it again.") for t, s in [("08:00", "Breakfast"), ("10:30", "Shopping Tour"), ("12:00", "Lunch"), ("18:00", "Delivery Van")])
        assert speakers(text)[0] == []
    assert speakers("Part 1: the start\nMara: a\nDelia: b\nMara: c\nDelia: d\nPart 2: the end\n")[0] == ["Mara", "Delia"]
    once = "".join(f"{s} 00:0{i}\nwords\n\n" for i, s in enumerate(["Mara", "Delia", "Mara", "Cleo"]))
    assert speakers(once)[0] == ["Mara", "Delia", "Cleo"]  # in a form of its own a name counts once, where others come back


def test_groups_by_their_turns() -> None:
    moderated = "".join(f"{s}: w\n" for s in "Moderator Anna Moderator Ben Moderator Cleo Ben Moderator Cleo Anna".split())
    assert speakers(moderated) == (["Moderator", "Anna", "Ben", "Cleo"], {})
    among = "".join(f"{s}: w\n" for s in "Anna Ben Cleo Anna Ben Cleo Ben Anna Cleo Ben".split())
    assert speakers(among) == (["Anna", "Ben", "Cleo"], {})
    # a round in a fixed order looks like subjects in one answer: it is asked about, not guessed
    fixed = "".join(f"{s}: w\n" for s in "Mod Anna Ben Cleo Mod Anna Ben Cleo Mod".split())
    assert speakers(fixed)[1] == {"Ben": (3, 7), "Cleo": (4, 8)} and not speakers(fixed, speakers=["Anna", "Ben", "Cleo"])[1]


def test_declared_labels_count_in_any_spelling_and_length() -> None:
    assert speakers("Mara: q\nDELIA K: a\nMara: b\ndélia k: c\n", speakers=["Delia K"])[0] == ["Mara", "Delia K"]
    assert speakers("Mara: q\nuser_17: a\nMara: b\nDK: c\nprice, overall!: t\n", speakers={"Delia Kent": ["user_17", "DK", "price, overall!"]})[0] == ["Mara", "Delia Kent"]
    long = "Interviewee 1, who lives in the south of the city with kids: a longer label than any other"
    assert speakers(f"Mara: q\n{long}: a\nMara: b\n", speakers=[long])[0] == ["Mara", long]
    assert speakers("Mara: q\n[00:01] x: a\n", interviewers=["Mara"])[0] == ["Mara"]
    # two that differ in case alone stay two, and a third spelling is neither
    assert speakers("Anna: q\nanna: a\nANNA: b\nAnna: c\nanna: t\n", speakers=["Anna", "anna"]) == (["Anna", "anna"], {"ANNA": (3,)})


def test_spellings_of_one_label_are_one_speaker() -> None:
    assert speakers("Mara: a\nDELIA: b\nmara: c\nDelia: d\nMara: e\nDelia: f\n")[0] == ["Mara", "Delia"]


def read(tmp_path: Path, files: dict[str, str], **settings: Any) -> Any:
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    source = Source(name="t", kind="transcripts", files="*", settings=settings)
    TRANSCRIPTS.check(source)
    return TRANSCRIPTS.read(sorted(tmp_path.iterdir()), source, Context("acme", "UTC"))


def test_what_is_not_taken_is_listed_with_its_lines(tmp_path: Path) -> None:
    found = read(tmp_path, {"a.txt": "Ana: a\nBob: b\nAna: c\nBob: d\nCleo K: e\n"})
    assert any("a.txt: not taken as speakers: 'Cleo K' (line 5)" in n and "settings.speakers" in n for n in found.report.notes)


def test_labels_of_several_people(tmp_path: Path) -> None:
    text = "Interviewer: a\nInterviewee 1 & Interviewee 2: b\nInterviewer & Interviewee 1: c\nInterviewer: d\n"
    found = read(tmp_path, {"a.txt": text})
    assert found.tables["turns"]["is_interviewer"].astype(object).where(lambda s: s.notna(), None).tolist() == [True, False, None, True]
    assert any("labels of several people: Interviewee 1 & Interviewee 2" in n for n in found.report.notes)
    declared = read(tmp_path, {"a.txt": text}, speakers=["Interviewee 1 & Interviewee 2", "Interviewer & Interviewee 1"])
    assert not any("several people" in n for n in declared.report.notes)


def test_who_asks(tmp_path: Path) -> None:
    text = "mara lind: a\nDelia: b\nMara Lind: c\nDelia: d\nModerator: e\n"
    assert read(tmp_path, {"a.txt": text}, interviewers=["MARA LIND"]).tables["turns"]["is_interviewer"].tolist() == [True, False, True, False, True]
    alias = read(tmp_path, {"a.txt": "ML: a\nDelia: b\nML: c\nDelia: d\n"}, speakers={"Mara Lind": ["ML"]}, interviewers=["Mara Lind"])
    assert alias.tables["turns"]["speaker"].tolist()[:2] == ["Mara Lind", "Delia"] and alias.tables["turns"]["is_interviewer"].tolist()[:2] == [True, False]
    # one answer between two questions is enough
    assert read(tmp_path, {"a.txt": "Mara: a\ndelia k: b\nMara: c\n"}, interviewers=["Mara"]).tables["turns"]["speaker"].tolist() == ["Mara", "delia k", "Mara"]


@pytest.mark.parametrize("settings", [{"speakers": 3}, {"interviewers": {"a": 1}}, {"not_speakers": [["a"]]}])
def test_settings_that_are_no_lists(tmp_path: Path, settings: dict[str, Any]) -> None:
    with pytest.raises(BadInput, match="is not understood"):
        read(tmp_path, {"a.txt": "Ana: a\nBob: b\n"}, **settings)
