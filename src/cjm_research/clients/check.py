"""`cjm check`: what a client's exports hold, what was dropped, what is missing and which questions that leaves without an answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from ..errors import BadInput, BadInputs, CjmError, NotEnoughData, did_you_mean
from ..params import Workspace, load_params
from ..shapes import Json, Row
from ..study.days import first_and_last
from .lacking import unanswered, without_answer

EVENTS = 12  # of a log, named in a warning: those with most records


@dataclass
class CheckReport:
    """What `cjm check` shows: tables with rows and dates, what was dropped, what is missing, which keys were tied.

    survey_questions: every question of a survey and where the report will show it. missing: what the client lacks, what would bring it, and the questions that have no answer without it. open_questions: what the params
    ask and nobody has answered yet. problems: why the client cannot be built; all else is empty then.
    """

    client: str
    tables: list[Row] = field(default_factory=list)
    sources: list[Row] = field(default_factory=list)
    match: list[Row] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    merges: dict[str, int] = field(default_factory=dict)
    survey_questions: list[Row] = field(default_factory=list)
    missing: list[Row] = field(default_factory=list)
    open_questions: list[Row] = field(default_factory=list)
    problems: list[CjmError] = field(default_factory=list)
    timezone: str = "UTC"  # of the days of `tables`
    since: list[str] = field(default_factory=list)

    @property
    def state(self) -> str:
        """refused, open (the params hold questions), warnings or ok."""
        return "refused" if self.problems else "open" if self.open_questions else "warnings" if self.warnings else "ok"

    def as_json(self, workspace: Workspace) -> Json:
        """The report as JSON holds it: docs/check.md says what each field is. JSON is kept by pipelines, so problems quote no identifier that is known or has a form."""
        from ..report.record.guard import redacted

        said = asdict(self) | {"state": self.state}
        said["problems"] = [{part: redacted(self.client, workspace, getattr(p, part)) for part in ("where", "found", "allowed", "next")} for p in self.problems]
        return said


def check_clients(clients: Sequence[str], workspace: Workspace) -> list[CheckReport]:
    """Check one client after the other; what is wrong with one stands in its report and stops none."""
    reports = []
    for client in clients:
        try:
            reports.append(check_client(client, workspace))
        except BadInputs as several:
            reports.append(CheckReport(client, problems=list(several.problems)))
        except CjmError as problem:
            reports.append(CheckReport(client, problems=[problem]))
        reports[-1].open_questions = unanswered(client, workspace)
    return reports


def check_client(client: str, workspace: Workspace) -> CheckReport:
    """Build the client (what is unchanged is not read again) and say what is there, dropped and missing.

    Raises `BadInput(s)` for everything that is wrong with params or exports.
    """
    from ..build import build, refuse_unanswered
    from ..report.pages.frame import brand_of
    from ..report.record.comments import read_comments
    from ..report.record.notebook import known_chapters
    from ..report.record.plan import check_request
    from ..study.overtaken import looked_through

    params = load_params(client, workspace)
    brand_of(params, workspace)  # what a report would stop at: its logo, its reviewers' comments and its chapters
    chapters = list(known_chapters(workspace))
    read_comments(params, workspace, chapters)
    runs = [c.name for c in check_request(client, workspace)[1]] if chapters else []  # chapters and chapter_params
    with workspace.writing(client, "cjm check"):
        built = build(client, workspace)
    refuse_unanswered(built)
    report = looked_through(client, workspace, lambda study: _report(study, built, runs))
    report.open_questions = unanswered(client, workspace)
    return report


def _report(study: Any, built: Any, chapters: Sequence[str]) -> CheckReport:
    from ..analysis.surveys.shown import where_shown
    from ..tables import TABLES

    report = CheckReport(study.client, sources=built.sources, warnings=list(built.notes), merges=built.merges, timezone=study.params.timezone, since=list(built.since))
    times = {"interactions": "occurred_at", "responses": "answered_at", "feedback": "published_at", "documents": "recorded_at",
             "deals": "entered_at", "assignments": "assigned_at"}
    for name, table in TABLES.items():
        row: Row = {"table": name, "rows": study.row_counts[name], "meaning": table.meaning, "first": None, "last": None}
        if name in times and row["rows"]:
            row["first"], row["last"] = first_and_last(study, name, times[name])
        report.tables.append(row)
    report.match = _match_rates(study)
    report.survey_questions = where_shown(study, chapters)
    report.warnings += _warnings(study, report)
    report.missing = without_answer(study)
    return report


def _match_rates(study: Any) -> list[Row]:
    rates = []
    for table in ("interactions", "responses", "feedback", "codings"):
        if study.has(table):
            row = study.query(f"SELECT count(*) AS n, count(stage) AS placed FROM {table}").iloc[0]
            rates.append({"table": table, "rows": int(row["n"]), "placed": int(row["placed"])})
    return rates


def _warnings(study: Any, report: CheckReport) -> list[str]:
    from ..log.talks import without_participant

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
    warnings += _nothing_there(study)
    if not study.stages:
        warnings.append("journey.stages is empty: the map will have no stages")
    if study.has("interactions") and not study.params.funnels:
        warnings.append("no funnel is defined")
    if study.has("responses"):
        from ..log.scales import doubtful_directions

        warnings += doubtful_directions(study)
    hidden: dict[str, list[str]] = {}
    for q in report.survey_questions:
        if not q["shown"]:
            hidden.setdefault(q["why"], []).append(f"{q['source']}.{q['question_id']}")
    warnings += [f"the report shows nowhere {', '.join(names[:EVENTS])}{f' and {len(names) - EVENTS} more' if len(names) > EVENTS else ''}: {why}" for why, names in hidden.items()]
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


def _nothing_there(study: Any) -> list[str]:
    """Touchpoints whose rules match no event."""
    from ..log.contacts import NO_EVENT, unobserved

    empty = [name.removeprefix("touchpoint:") for name, why in unobserved(study).items() if why == NO_EVENT and name.startswith("touchpoint:")] if study.has("interactions") else []
    more = f" and {len(empty) - EVENTS} more" if len(empty) > EVENTS else ""
    return [f"no event matches the touchpoints {', '.join(empty[:EVENTS])}{more}: correct their match, or take them out"] if empty else []


def _designs(study: Any) -> list[str]:
    """Every design run against its assignments and measurements; what it warns of. Raises `BadInput(s)` for what contradicts the data."""
    from ..analysis.experiments import evaluate

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
