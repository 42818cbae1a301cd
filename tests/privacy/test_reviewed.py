"""The review list: an approved report needs somebody who has looked through it, and through the words that came later."""

from __future__ import annotations

from pathlib import Path

import pytest

from cjm_research.build import build
from cjm_research.errors import WouldExposePerson
from cjm_research.params import Workspace
from cjm_research.privacy.reviewed import check_reviewed, review_code, review_list
from cjm_research.report.record.plan import plan_report

ROOT = Path(__file__).resolve().parents[2]
PARAMS = """\
client: acme
timezone: UTC
review: {{status: {status}}}
privacy: {{reviewed: {reviewed}}}
sources:
  - {{name: reviews, kind: feedback, files: reviews.csv, columns: {{text: text, published_at: at}}}}
"""


def workspace(tmp_path: Path, texts: list[str], status: str = "approved", reviewed: str = "null") -> Workspace:
    place = Workspace(tmp_path)
    for folder in (place.params, place.raw("acme")):
        folder.mkdir(parents=True, exist_ok=True)
    if not (place.root / "notebooks").exists():
        (place.root / "notebooks").symlink_to(ROOT / "notebooks")
    (place.params / "acme.yaml").write_text(PARAMS.format(status=status, reviewed=reviewed))
    (place.raw("acme") / "reviews.csv").write_text("at,text\n" + "".join(f'2026-01-0{i + 1}T00:00:00Z,"{t}"\n' for i, t in enumerate(texts)))
    return place


def test_an_approved_report_needs_its_list_looked_through(tmp_path: Path) -> None:
    place = workspace(tmp_path, ["then I asked Sarah about it", "fine"])
    notes = build("acme", place).notes
    found = review_list(place.vault("acme"))
    assert found.words == 1 and any(found.code in n and "masking_review.csv" in n for n in notes)
    with pytest.raises(WouldExposePerson, match=found.code) as stopped:
        plan_report("acme", place)
    assert stopped.value.exit_code == 3 and "Sarah" not in stopped.value.text()
    workspace(tmp_path, ["then I asked Sarah about it", "fine"], reviewed=found.code)
    build("acme", place)
    assert plan_report("acme", place).params.review.status == "approved"


def test_new_words_need_another_look(tmp_path: Path) -> None:
    place = workspace(tmp_path, ["then I asked Sarah about it"])
    build("acme", place)
    code = review_list(place.vault("acme")).code
    workspace(tmp_path, ["then I asked Sarah about it", "and met Cleo there"], reviewed=code)
    build("acme", place)
    with pytest.raises(WouldExposePerson, match="has changed since"):
        plan_report("acme", place)


def test_drafts_and_texts_without_doubt_are_published(tmp_path: Path) -> None:
    place = workspace(tmp_path, ["then I asked Sarah about it"], status="draft")
    build("acme", place)
    plan_report("acme", place)
    place = workspace(tmp_path, ["all is fine"])
    build("acme", place)
    plan_report("acme", place)


def test_the_code_is_of_the_words_not_of_their_order(tmp_path: Path) -> None:
    assert review_code(["a", "b"]) == review_code(["b", "a", "a"]) != review_code(["a"])
    check_reviewed("acme", tmp_path, None)  # nothing was built, nothing is left
