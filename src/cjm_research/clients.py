"""Working with clients as a whole: make a new one, check one, list them, erase a person."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .errors import BadInput, BadInputs, CjmError, NotEnoughData, did_you_mean, unknown
from .params import Workspace, check_client_name, client_names, is_client_name, load_params
from .study import BUILD_FILE

_TEMPLATE = """\
# yaml-language-server: $schema=schema.json
# Settings of {client}; docs/params.md explains every key, _defaults.yaml holds what is left out here.
client: {client}
title: Customer journey of {client}
objective:
timezone: {timezone}
currency: EUR

# One entry an export, files relative to data/raw/{client}/. `cjm sources` lists the kinds,
# `cjm sources events` explains one.
sources:
  - name: web
    kind: events
    files: events.csv
    columns: {{customer_id: user_id, occurred_at: timestamp, event: event}}

journey:
  stages:
    - name: Awareness
      touchpoints:
        - {{name: Website visit, channel: web, match: {{event: [page_view]}}}}
    - name: Purchase
      touchpoints:
        - {{name: Checkout, channel: web, match: {{event: [begin_checkout, purchase]}}}}

funnels:
  - name: purchase
    window: 30d
    steps:
      - {{name: Visit, event: page_view}}
      - {{name: Checkout, event: begin_checkout}}
      - {{name: Purchase, event: purchase}}
"""


def new_client(client: str, workspace: Workspace, timezone: str = "UTC") -> list[str]:
    """Write a params file to start from and make the raw folder; returns what was made.

    Raises `BadInput` where the name is no client name the client exists, or there is no workspace: nothing is overwritten.
    """
    check_client_name(client)
    workspace.check_made()
    path = workspace.params_file(client)
    if path.exists():
        raise BadInput(f"client {client}", f"{path.name} exists already", "a new name", f"edit {path.name}, or choose another name")
    raw = workspace.raw(client)
    raw.mkdir(parents=True, exist_ok=True)
    path.write_text(_TEMPLATE.format(client=client, timezone=timezone), encoding="utf-8")
    return [str(path), str(raw)]


EVENTS = 12  # of a log, named in a warning: those with most records


@dataclass
class CheckReport:
    """What `cjm check` shows: tables with rows and dates, what was dropped, what is missing, which keys were tied."""

    client: str
    tables: list[dict[str, Any]] = field(default_factory=list)
    sources: list[dict[str, Any]] = field(default_factory=list)
    match: list[dict[str, Any]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    merges: dict[str, int] = field(default_factory=dict)


def check_client(client: str, workspace: Workspace) -> CheckReport:
    """Build the client (what is unchanged is not read again) and say what is there, dropped and missing.

    Raises `BadInput(s)` for everything that is wrong with params or exports.
    """
    from .build import build, refuse_unanswered
    from .report.pages.frame import brand_of
    from .report.record.comments import read_comments
    from .report.record.notebook import known_chapters
    from .study import open_study
    from .tables import TABLES

    params = load_params(client, workspace)
    brand_of(params, workspace)  # what a report would stop at: its logo and its reviewers' comments
    read_comments(params, workspace, list(known_chapters(workspace)))
    with workspace.writing(client, "cjm check"):
        built = build(client, workspace)
    refuse_unanswered(built)
    study = open_study(client, workspace)
    report = CheckReport(client, sources=built.sources, warnings=list(built.notes), merges=built.merges)
    times = {"interactions": "occurred_at", "responses": "answered_at", "feedback": "published_at", "documents": "recorded_at",
             "deals": "entered_at", "assignments": "assigned_at"}
    for name, table in TABLES.items():
        row: dict[str, Any] = {"table": name, "rows": study.row_counts[name], "meaning": table.meaning, "first": None, "last": None}
        if name in times and row["rows"]:
            span = study.query(f"SELECT min({times[name]}) AS a, max({times[name]}) AS b FROM {name}").iloc[0]
            row["first"], row["last"] = (None if span[c] is None or str(span[c]) == "NaT" else str(span[c])[:10] for c in "ab")
        report.tables.append(row)
    report.match = _match_rates(study)
    report.warnings += _warnings(study, report)
    study.close()
    return report


def _match_rates(study: Any) -> list[dict[str, Any]]:
    rates = []
    for table in ("interactions", "responses", "feedback", "codings"):
        if study.has(table):
            row = study.query(f"SELECT count(*) AS n, count(stage) AS placed FROM {table}").iloc[0]
            rates.append({"table": table, "rows": int(row["n"]), "placed": int(row["placed"])})
    return rates


def _warnings(study: Any, report: CheckReport) -> list[str]:
    from .log.talks import without_participant

    warnings = []
    for source in report.sources:
        if not source["rows_read"]:
            warnings.append(f"source {source['source']}: the export has no rows, so it answers nothing; export it again")
        dropped = sum(source["dropped"].values())
        if source["rows_read"] and dropped / source["rows_read"] > 0.05:
            why = ", ".join(f"{k}: {v:,}" for k, v in source["dropped"].items())
            warnings.append(f"source {source['source']}: {dropped:,} of {source['rows_read']:,} rows were dropped ({why})")
    warnings += without_participant(study)
    for rate in report.match:
        if study.stages and rate["placed"] == 0:
            warnings.append(f"{rate['table']}: none of {rate['rows']:,} rows lies on the journey; check the match rules")
    if not study.stages:
        warnings.append("journey.stages is empty: the map will have no stages")
    if study.has("interactions") and not study.params.funnels:
        warnings.append("no funnel is defined")
    if study.has("responses"):
        from .log.scales import doubtful_directions

        warnings += doubtful_directions(study)
    warnings += _designs(study)
    have = {row["experiment"] for row in study.query("SELECT DISTINCT experiment FROM assignments").to_dict("records")}
    for name in sorted(have - {e.name for e in study.params.experiments}):
        warnings.append(f"experiment {name!r} has data but no design in params: it will not be evaluated; "
                        "state its control, variants, primary and metrics under experiments")
    found = study.query("""SELECT event, count(*) AS n, count(*) - count(stage) AS unplaced FROM interactions
        GROUP BY event ORDER BY unplaced DESC, event""").to_dict("records")
    events = [r["event"] for r in sorted(found, key=lambda r: -r["n"])]
    if unplaced := [f"{r['event']} {r['unplaced']:,}" for r in found if r["unplaced"] and study.stages]:
        more = f" and {len(unplaced) - EVENTS} more" if len(unplaced) > EVENTS else ""
        warnings.append(f"events without a stage: {', '.join(unplaced[:EVENTS])}{more}; the match rules of journey.stages place them")
    for funnel in study.params.funnels:
        absent = [e for s in (*funnel.steps, *funnel.exclusions) for e in s.event if e not in events]
        if absent and events:
            warnings.append(f"funnel {funnel.name!r}: no such event in the data: {', '.join(absent)}.{did_you_mean(absent[0], events)} "
                            f"There are: {', '.join(events[:EVENTS])}{', …' if len(events) > EVENTS else ''}")
    return warnings


def _designs(study: Any) -> list[str]:
    """Every design run against its assignments and measurements; what it warns of. Raises `BadInput(s)` for what contradicts the data."""
    from .analysis.experiments import evaluate

    warnings, problems = [], list[CjmError]()
    for design in study.params.experiments:
        try:
            result = evaluate(study, design.name)
        except NotEnoughData as nothing:
            warnings.append(f"experiment {design.name!r}: {nothing.found}; {nothing.next}")
        except BadInput as problem:
            problems.append(problem)
        else:
            trust = result["checks"]
            warnings += [f"experiment {design.name!r}: {c['check']}: {c['reason']}" for c in trust[trust["state"].isin(["fail", "warn"])].to_dict("records")]
    if problems:
        raise problems[0] if len(problems) == 1 else BadInputs(problems)
    return warnings


def list_clients(workspace: Workspace) -> list[dict[str, Any]]:
    """Every client with its title, rows, last report and what is wrong with it, if anything."""
    from .report.record.publish import latest_run

    rows = []
    for client in client_names(workspace):
        row: dict[str, Any] = {"client": client, "title": "", "rows": None, "report": None, "problem": None}
        try:
            row["title"] = load_params(client, workspace).title
        except CjmError as problem:
            row["problem"] = problem.text().splitlines()[0]
        if not is_client_name(client):
            rows.append(row)
            continue
        build_file = workspace.tables(client) / BUILD_FILE
        if build_file.is_file():
            row["rows"] = sum(t["rows"] for t in json.loads(build_file.read_text(encoding="utf-8"))["tables"].values())
        latest = latest_run(workspace.reports, client)
        row["report"] = latest.name if latest else None
        rows.append(row)
    return rows


CODING_FORMATS = ("qdpx", "qdc", "csv")  # of the codings as they are now, not of a run


def export_client(client: str, workspace: Workspace, *, formats: Sequence[str], run: str | None = None, chapter: str | None = None,
                  to: Path | None = None) -> list[Path]:
    """Write a published run, or the codings as they are now, in other formats; returns the files.

    Raises `BadInput` for an unknown client, run, chapter or format before anything is written.
    """
    from .report.exports import FORMATS, export_run

    for name in formats:
        if name not in (*FORMATS, *CODING_FORMATS):
            raise unknown("cjm export", "format", name, (*FORMATS, *CODING_FORMATS), "name formats of this list: cjm export CLIENT --format xlsx")
    of_codings = [f for f in formats if f in CODING_FORMATS]
    of_run = [f for f in formats if f not in CODING_FORMATS]
    written: list[Path] = []
    if of_codings:  # the quick ones first: where there are no codings, nothing is written
        from .report.exports.codings import export_codings
        from .study import open_study

        with workspace.writing(client, "cjm export"):  # opened within: nobody is erased between reading and writing
            study = open_study(client, workspace)
            written += export_codings(study, to or workspace.report(client) / "codings", of_codings)
            study.close()
    return [*(export_run(client, workspace, formats=of_run, run=run, chapter=chapter, to=to) if of_run else []), *written]


def folder_sha256(folder: Path) -> str:
    """A hash of the code in a folder: what it makes is made again when it changes."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
