"""REFI-QDA against a second reader: every coding of the file is kept or dropped with its reason, and each quote is the text's.

Projects are made at random as XML, with the line ends, marks and ways of counting of several programs; codings are counted
as elements of the XML, and quotes are cut from the text by the test itself.
"""

from __future__ import annotations

import io
import tempfile
import uuid
import zipfile
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree
from xml.sax.saxutils import escape, quoteattr

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from cjm_research.errors import BadInput
from cjm_research.params.schema import Source
from cjm_research.sources.contract import Context, SourceTables
from cjm_research.sources.kinds.refi_qda import REFI_QDA

NS = "{urn:QDA-XML:project:1.0}"
WORDS = st.lists(st.sampled_from(["we", "waited", "😀", "three", "weeks", "naïve", "<3", "R&D", "م", "👩‍💻", "so", '"twice"']), min_size=2, max_size=7)
USERS = ("ana", "default", "default", "Ben & Co")
CODES = (("Pain", None), ("Gain", None), ("Waiting", 0), ("Waiting", 1), ("Délai <long>", 0))
#: where a coding stands: at a passage, at the whole text, in a picture, in a note, in a kind of source that nobody knows
PLACES = st.sampled_from(["passage", "passage", "passage", "whole", "picture", "note", "unknown"])
RUN = settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])


def guid(*what: object) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, repr(what))).upper()


class Made:
    """A project as XML, and what a plain reader finds in it."""

    def __init__(self, texts: list[list[list[str]]], codings: list[tuple[str, int, int, int, int, int]], crlf: bool, bom: bool, units: bool, inline: bool) -> None:
        inline = inline and not crlf and not bom  # XML has neither
        self.texts = ["\n".join(" ".join(line) for line in lines) + "\n" for lines in texts]
        self.expected: Counter[tuple[str, str, str, str]] = Counter()
        placed: dict[tuple[str, int], str] = {}
        for i, (place, which, line, word, code, user) in enumerate(codings):
            which %= len(texts)
            path = (f"{CODES[CODES[code][1]][0]} > " if CODES[code][1] is not None else "") + CODES[code][0]
            coding = f'<Coding guid="{guid("coding", i)}" creatingUser="{guid("user", user)}"><CodeRef targetGUID="{guid("code", code)}"/></Coding>'
            text = self.texts[which]
            start, end = self._passage(texts[which], line, word)
            if place == "passage":
                at = [self._counted(text[:n], crlf, bom, units) for n in (start, end)]
                placed[place, which] = placed.get((place, which), "") + (
                    f'<PlainTextSelection guid="{guid("selection", i)}" name={quoteattr(text[start:end])} startPosition="{at[0]}" endPosition="{at[1]}">{coding}</PlainTextSelection>')
                self.expected[f"T{which}", path, guid("user", user), text[start:end]] += 1
            elif place == "whole":
                placed[place, which] = placed.get((place, which), "") + coding
                self.expected[f"T{which}", path, guid("user", user), text] += 1
            else:
                placed[place, 0] = placed.get((place, 0), "") + coding
        sources, files = "", {}
        for n, text in enumerate(self.texts):
            inner = placed.get(("passage", n), "") + placed.get(("whole", n), "")
            stored = text.replace("\n", "\r\n") if crlf else text
            if inline:
                sources += f'<TextSource guid="{guid("text", n)}" name="T{n}"><PlainTextContent>{escape(stored)}</PlainTextContent>{inner}</TextSource>'
            else:
                files[f"sources/{n}.txt"] = stored.encode("utf-8-sig" if bom else "utf-8")
                sources += f'<TextSource guid="{guid("text", n)}" name="T{n}" plainTextPath="internal://{n}.txt">{inner}</TextSource>'
        if ("picture", 0) in placed:
            sources += f'<PictureSource guid="{guid("picture")}" name="photo"><PictureSelection guid="{guid("area")}" firstX="0" firstY="0" secondX="9" secondY="9">{placed["picture", 0]}</PictureSelection></PictureSource>'
        if ("unknown", 0) in placed:
            sources += f'<HologramSource guid="{guid("hologram")}" name="h">{placed["unknown", 0]}</HologramSource>'
        notes = f'<Notes><Note guid="{guid("note")}" name="memo"><PlainTextContent>mine</PlainTextContent>{placed["note", 0]}</Note></Notes>' if ("note", 0) in placed else ""
        users = "".join(f'<User guid="{guid("user", n)}" name={quoteattr(name)}/>' for n, name in enumerate(USERS))
        below = {n: "".join(f'<Code guid="{guid("code", k)}" name={quoteattr(name)} isCodable="true"/>' for k, (name, parent) in enumerate(CODES) if parent == n) for n in (0, 1)}
        codes = "".join(f'<Code guid="{guid("code", n)}" name={quoteattr(CODES[n][0])} isCodable="true">{below[n]}</Code>' for n in (0, 1))
        self.xml = (f'<?xml version="1.0" encoding="utf-8"?>\n<Project xmlns="urn:QDA-XML:project:1.0" name="p"><Users>{users}</Users><CodeBook><Codes>{codes}</Codes></CodeBook>'
                    f"<Sources>{sources}</Sources>{notes}</Project>")
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            archive.writestr("project.qde", self.xml)
            for name, content in files.items():
                archive.writestr(name, content)
        self.content = out.getvalue()

    @staticmethod
    def _passage(lines: list[list[str]], line: int, word: int) -> tuple[int, int]:
        """From a word to the end of its line."""
        line %= len(lines)
        word %= len(lines[line])
        before = sum(len(" ".join(one)) + 1 for one in lines[:line])
        start = before + len(" ".join([*lines[line][:word], ""])) if word else before
        return start, before + len(" ".join(lines[line]))

    @staticmethod
    def _counted(before: str, crlf: bool, bom: bool, units: bool) -> int:
        stored = before.replace("\n", "\r\n") if crlf else before
        return (len(stored.encode("utf-16-le")) // 2 if units else len(stored)) + bom


MADE = st.builds(Made, st.lists(st.lists(WORDS, min_size=1, max_size=4), min_size=1, max_size=2),
                 st.lists(st.tuples(PLACES, st.integers(0, 1), st.integers(0, 3), st.integers(0, 6), st.integers(0, 4), st.integers(0, 3)), min_size=1, max_size=9),
                 st.booleans(), st.booleans(), st.booleans(), st.booleans())


def deliver(made: Made, copies: int, convention: dict[str, object] | None) -> SourceTables:
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / f"{n}.qdpx" for n in range(copies)]
        for path in files:
            path.write_bytes(made.content)
        source = Source.model_validate({"name": "s", "kind": "refi_qda", "files": "*", "settings": {"convention": convention} if convention else {}})
        return REFI_QDA.read(files, source, Context("acme", "UTC"))


@RUN
@given(st.lists(st.lists(WORDS, min_size=1, max_size=4), min_size=1, max_size=2),
       st.lists(st.tuples(PLACES, st.integers(0, 1), st.integers(0, 3), st.integers(0, 6), st.integers(0, 4), st.integers(0, 3)), min_size=1, max_size=9),
       st.booleans(), st.booleans(), st.booleans(), st.booleans(), st.integers(1, 2))
def test_every_coding_is_kept_or_told(texts: list[list[list[str]]], codings: list[tuple[str, int, int, int, int, int]], crlf: bool, bom: bool, units: bool, inline: bool, copies: int) -> None:
    made = Made(texts, codings, crlf, bom, units, inline)
    inline = inline and not crlf and not bom
    delivered = deliver(made, copies, {"unit": "utf-16" if units else "code point", "line_end": 2 if crlf else 1, "bom": bom})
    report, root = delivered.report, ElementTree.fromstring(made.xml)
    elements = sum(1 for _ in root.iter(f"{NS}Coding"))
    frame = delivered.tables.get("codings")
    kept = 0 if frame is None else len(frame)
    codes = 0 if kept else sum(1 for _ in root.iter(f"{NS}Code"))  # a project of codes alone counts those
    assert report.rows_read == copies * (elements + codes)
    assert report.rows_read == kept + copies * codes + sum(report.dropped.values()), report.dropped
    assert report.duplicates == (copies - 1) * kept
    documents = delivered.tables["documents"].set_index("document_id")["text"].to_dict()
    assert documents == {f"T{n}": text for n, text in enumerate(made.texts)}
    if frame is None:
        return
    path = delivered.tables["codebook"].set_index("code_id")["path"].to_dict()
    named = {guid("user", n): name if USERS.count(name) == 1 else f"{name} ({guid('user', n)[:8]})" for n, name in enumerate(USERS)}
    found = Counter((d, path[c], who, q) for d, c, who, q in zip(frame["document_id"], frame["code_id"], frame["coder"], frame["quote"], strict=True))
    assert found == Counter({(d, c, named[who], q): n for (d, c, who, q), n in made.expected.items()})
    for d, start, end, quote in zip(frame["document_id"], frame["start"], frame["end"], frame["quote"], strict=True):
        assert documents[d][start:end] == quote


@RUN
@given(MADE)
@example(Made([[["we", "we"]], [["we", "👩\u200d💻"], ["we", "we"]]], [("passage", 0, 0, 0, 0, 0), ("passage", 1, 0, 0, 0, 0)], False, False, True, False))
def test_positions_follow_the_quotes_or_are_refused(made: Made) -> None:
    """Without a stated convention the quotes decide; a quote is never another than the passage's own."""
    try:
        delivered = deliver(made, 1, None)
    except BadInput as refused:
        assert "ways of counting" in refused.text()
        return
    if (frame := delivered.tables.get("codings")) is not None:
        assert Counter(frame["quote"]) == Counter(quote for (_, _, _, quote), n in made.expected.items() for _ in range(n))


def test_the_count_can_fail() -> None:
    made = Made([[["we", "waited"]]], [("passage", 0, 0, 0, 0, 0), ("picture", 0, 0, 0, 0, 0), ("note", 0, 0, 0, 0, 0), ("unknown", 0, 0, 0, 1, 0)], False, False, False, False)
    report = deliver(made, 1, None).report
    assert report.rows_read == 4 and dict(report.dropped) == {
        "codings of HologramSource, an unknown kind of source": 1, "codings of areas or times in PictureSource": 1, "codings of notes": 1}
