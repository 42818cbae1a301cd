"""What the commands print: tables by rich on a terminal, plain lines elsewhere."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from ..errors import printable, unknown
from ..shapes import Json
from ..study.days import day_of

if TYPE_CHECKING:
    from pathlib import Path

    from ..build import BuildReport
    from ..clients import CheckReport
    from ..erasing import Erased
    from ..params import Workspace


PLAIN_WIDTH = 160  # characters of a line where no terminal says its own width


def _say(text: str) -> None:
    print(printable(text))


def _print_table(title: str, columns: list[str], rows: list[list[Any]]) -> None:
    from rich import box
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console(highlight=False, width=None if sys.stdout.isatty() else PLAIN_WIDTH)
    table = Table(title=escape(printable(title)), title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for i, name in enumerate(columns):
        numeric = bool(rows) and all(isinstance(r[i], int | float | type(None)) for r in rows)
        table.add_column(name, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*(f"{v:,}" if isinstance(v, int) else "" if v is None else escape(printable(v)) for v in row))
    console.print(table)


def print_build(report: BuildReport) -> None:
    """Rows by table and what the sources dropped."""
    if not report.changed:
        _say(f"{report.client}: nothing changed")
        return
    _print_table(f"{report.client}: tables", ["table", "rows"], [[n, t["rows"]] for n, t in report.tables.items()])
    _print_sources_report(report.sources, report.timezone)
    for note in report.notes:
        _say(f"note: {note}")


def erased_in_words(client: str, gone: Erased, before: int, root: Path) -> Iterator[str]:
    """What an erasure took away and what remains; before: runs, pages and exports published earlier."""
    if gone.already:
        yield f"left out of {client} already: {', '.join(gone.already)}"
    if gone.certificate is None:
        return
    said = f"{gone.customers:,} customers left out of {client}"
    if gone.interviews or gone.log_lines:
        said += f", {gone.interviews:,} interviews with them, {gone.log_lines:,} entries of coders' logs forgotten"
    yield f"{said}; certificate: {gone.certificate.relative_to(root)}"
    for place, what in gone.remains.items():
        yield f"what remains in {place}: {what}"
    if gone.stay:
        yield f"the interviews were those of {', '.join(gone.stay)}, whose other records stay; to leave them out, too: cjm erase {client} {' '.join(gone.stay)}"
    if before:
        yield (f"{before:,} runs, pages and exports published before still count them and may quote them: cjm erase {client} --published list, or withdraw; "
               f"then cjm report {client}")


def _print_sources_report(sources: list[Json], zone: str) -> None:
    rows = [[s["source"], s["kind"], s["rows_read"], sum(s["dropped"].values()), s["null_ids"], s["duplicates"],
             f"{day_of(s['first'], zone)} – {day_of(s['last'], zone)}" if s["first"] else "", s["timezone"] or ""] for s in sources]
    _print_table("imports", ["source", "kind", "rows read", "dropped", "no id", "duplicates", "dates", "zone assumed"], rows)
    for s in sources:
        for reason, count in s["dropped"].items():
            _say(f"  {s['source']}: dropped {count:,} ({reason})")
        for old, new in s["renamed"].items():
            _say(f"  {s['source']}: column {old} read as {new!r}")
        for note in s["notes"]:
            _say(f"  {s['source']}: {note}")


def print_check(report: CheckReport) -> None:
    """Tables with rows and dates, imports, match rates and warnings."""
    _print_table(f"{report.client}: tables", ["table", "rows", "first", "last"],
                 [[t["table"], t["rows"], t["first"] or "", t["last"] or ""] for t in report.tables])
    _print_sources_report(report.sources, report.timezone)
    if report.match:
        _print_table("on the journey", ["table", "rows", "with a stage"], [[m["table"], m["rows"], m["placed"]] for m in report.match])
    if report.survey_questions:
        _print_table("questions of surveys, and where the report shows them", ["survey", "question", "type", "answered", "shown"],
                     [[q["source"], q["question_id"], q["type"], q["answered"], "; ".join(q["shown"]) or "nowhere"] for q in report.survey_questions])
    if report.merges:
        _print_table("keys tied to one person", ["reason", "pairs"], [[r, n] for r, n in report.merges.items()])
        _say(f"  data/vault/{report.client}/merges.csv lists who was tied to whom, where, and the line for the params that undoes it")
    if report.missing:
        _print_table("missing, and what has no answer without it", ["missing", "what brings it", "questions"],
                     [[m["missing"], m["brings"], ", ".join(q["question"] for q in m["questions"])] for m in report.missing])
    for change in report.since:
        _say(f"since the delivery before: {change}")
    for warning in report.warnings:
        _say(f"warning: {warning}")
    _print_open(report)
    _say(f"ok: next, cjm report {report.client}")


def _print_open(report: CheckReport) -> None:
    for asked in report.open_questions:
        _say(f"open: params/{report.client}.yaml, line {asked['line']}{', source ' + asked['source'] if asked['source'] else ''}: {asked['asks']} Answer it and take the comment away.")


def print_checks(reports: Sequence[CheckReport], as_json: Workspace | None = None) -> None:
    """Each client's screen, then one line a client; or all of it as JSON. as_json: the workspace, where it is to be JSON."""
    if as_json:
        print(json.dumps({"format": 1, "clients": [r.as_json(as_json) for r in reports]}, indent=1, ensure_ascii=True, default=str))
        return
    for report in reports:
        for problem in report.problems:
            _say(f"{report.client}: {problem.text()}")
        if report.problems:
            _print_open(report)
        else:
            print_check(report)
        _say("")
    rows = []
    for report in reports:
        days = [d for t in report.tables for d in (t["first"], t["last"]) if d]
        placed, of = sum(m["placed"] for m in report.match), sum(m["rows"] for m in report.match)
        unable = {q["question"] for m in report.missing for q in m["questions"]}
        rows.append([report.client, report.state, sum(t["rows"] for t in report.tables), f"{min(days)} – {max(days)}" if days else "", f"{100 * placed / of:.0f} % of {of:,}" if of else "",
                     len(report.warnings), len(report.open_questions), len(unable)])
    _print_table("clients", ["client", "state", "rows", "dates", "with a stage", "warnings", "open questions", "questions without an answer"], rows)


def print_clients(rows: list[Json]) -> None:
    """The clients, one a line."""
    if not rows:
        _say("no client yet; make one with: cjm new <client>")
        return
    _print_table("clients", ["client", "title", "rows", "latest report", "problem"],
                 [[r["client"], r["title"], r["rows"], r["report"] or "", r["problem"] or ""] for r in rows])


def print_sources(kind: str | None) -> None:
    """All kinds of sources, or one with its columns and settings."""
    from ..sources import SOURCES

    if kind is None:
        _print_table("kinds of sources", ["kind", "what", "tables"], [[k.name, k.title, ", ".join(k.tables)] for k in SOURCES.values()])
        return
    if kind not in SOURCES:
        raise unknown("cjm sources", "kind of source", kind, SOURCES, "cjm sources lists all with their titles")
    found = SOURCES[kind]
    _say(f"{found.name}: {found.title}\n  delivers: {', '.join(found.tables)}")
    for title, entries in (("columns", found.columns), ("settings", found.settings)):
        if entries:
            _say(f"  {title}:")
            for name, meaning in entries.items():
                _say(f"    {name}: {meaning}")
