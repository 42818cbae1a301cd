"""The receipt of a run, `run.json`: what was computed from what, with what, how it went, and the hash of every file.

The schema is these models; `receipt_schema()` is published as `docs/run.schema.json`.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from ...errors import BadInput
from ...files import files_below
from ...shapes import Json

RECEIPT_FILE = "run.json"
SCHEMA = 1
State = Literal["ok", "no data", "failed", "not run"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Headline(_Part):
    """The first sentence of an answer, and its anchor on the chapter's page."""

    text: str
    anchor: str


class ChapterReceipt(_Part):
    """One chapter of the run."""

    name: str = Field(description="File name without ending.")
    title: str
    state: State = Field(description="ok; no data: only cards, no answer; failed; not run: not asked for and not taken over.")
    reason: str = Field("", description="Why it failed or did not run.")
    key: str = Field(description="Hash of notebook, values, data, settings, code and versions.")
    notebook_sha256: str
    values: dict[str, str | int | float | bool | None] = Field(description="Parameters given to the notebook.")
    taken_from: str | None = Field(None, description="Run whose result was taken over, as nothing had changed.")
    seconds: float = Field(0.0, description="Wall time.")
    cpu_s: float | None = Field(None, description="CPU seconds of the kernel.")
    memory_mb: float | None = Field(None, description="Peak memory of the kernel, MB, without what forked kernels share.")
    kernel: str = Field("", description="How the kernel was started: fork or process.")
    figures: int = 0
    tables: int = 0
    findings: int = 0
    headlines: list[Headline] = Field([], description="First sentence of each answer, for the site's search.")
    warnings: list[str] = Field([], description="What it wrote to its error stream, one entry a cell.")


class TableReceipt(_Part):
    """One canonical table the run read."""

    rows: int
    sha256: str | None = None


class Receipt(_Part):
    """What `run.json` holds."""

    schema_version: int = SCHEMA
    run: str = Field(description="Run id: UTC time, count of the client's runs, and a short hash.")
    sequence: int = Field(0, description="Count of the client's runs: what runs are ordered by, whatever the clock says; 0 in runs of before it.")
    client: str
    title: str
    status: str = Field("draft", description="draft or approved: approved where the params approve the numbers of this run.")
    numbers: str = Field("", description="Code of the run's numbers, which an approval names (`review.numbers`).")
    open_comments: int = Field(0, description="Reviewers' comments that nobody has answered.")
    report_key: str = Field(description="Equal keys, equal pages.")
    started_at: str = Field(description="UTC, ISO 8601.")
    seconds: float
    jobs: int
    params_sha256: str
    content_sha256: str = Field("", description="Hash of the settings that numbers rest on: all but review, limits and choice of chapters.")
    settings: dict[str, str] = Field({}, description="Every setting by its path: numbers and switches as they are, words as a short hash.")
    codings_sha256: str = Field("", description="Hash of the coding logs read; empty where nobody coded.")
    tables: dict[str, TableReceipt] = Field(description="Canonical tables read: rows and content hash.")
    inputs: dict[str, str] = Field({}, description="Raw files the tables were built from (source/file) and their SHA-256.")
    seeds: dict[str, int] = Field({}, description="Seeds of random steps.")
    designs: dict[str, str] = Field({}, description="Experiments of the params, each with a hash of what its design stated then.")
    versions: dict[str, str]
    platform: str
    commit: Json = Field({}, description="Commit and dirtiness of the workspace's work tree.")
    code_sha256: str
    environment: dict[str, str] = Field({}, description="Environment variables fixed for every kernel.")
    chapters: list[ChapterReceipt]
    files: dict[str, str] = Field({}, description="SHA-256 of every other file of the run.")

    @property
    def failed(self) -> list[ChapterReceipt]:
        """The chapters that failed."""
        return [c for c in self.chapters if c.state == "failed"]

    def chapter(self, name: str) -> ChapterReceipt | None:
        """The chapter of that name."""
        return next((c for c in self.chapters if c.name == name), None)


def read_receipt(folder: Path) -> Receipt:
    """The receipt of a run's folder. Raises `BadInput` where there is none or it cannot be read."""
    try:
        return Receipt.model_validate_json((folder / RECEIPT_FILE).read_bytes())
    except FileNotFoundError:  # also where the run is withdrawn just now
        raise BadInput(f"run {folder.name}", f"it has no {RECEIPT_FILE}", "a folder reports/<client>/<run>", "cjm list") from None
    except ValueError as error:
        raise BadInput(f"run {folder.name}, {RECEIPT_FILE}", f"not readable: {str(error).splitlines()[0]}",
                       f"a receipt of schema {SCHEMA}", "restore the run's files, or publish again: cjm report") from None


def letters(text: str, length: int) -> str:
    """A hash in letters a to p, which the release check does not take for a telephone number."""
    return "".join(chr(ord("a") + int(digit, 16)) for digit in hashlib.sha256(text.encode()).hexdigest()[:length])


def receipt_schema() -> Json:
    """The JSON Schema of `run.json`."""
    return Receipt.model_json_schema()


def receipt_schema_text() -> str:
    """`docs/run.schema.json` as written to disk."""
    return json.dumps(receipt_schema(), indent=1, ensure_ascii=False) + "\n"


def files_sha256(folder: Path) -> dict[str, str]:
    """The hash of every file of a run but the receipt and the page that shows it."""
    skipped = {RECEIPT_FILE, "about.html"}
    return {p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest()
            for p in files_below(folder) if p.name not in skipped}
