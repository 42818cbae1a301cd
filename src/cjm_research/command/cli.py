"""The command `cjm`. Holds flags, their conflicts and what is printed; the work is done below.

Imports are inside the commands, so that `cjm --help` answers at once.
"""

from __future__ import annotations

import contextlib
import os
import sys
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from ..errors import printable
from .ending import code_of_stop, ended_in_order
from .further import FURTHER, WithFurther
from .telling import chosen_clients, say, say_step, tell, tell_unforeseen, workspace

app = typer.Typer(name="cjm", no_args_is_help=True, add_completion=False, rich_markup_mode=None,
                  help="Customer journey mapping: raw exports in, a traceable journey report out.",
                  pretty_exceptions_enable=False)

chapter_commands = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Make chapters of your own.")
app.add_typer(chapter_commands, name="chapter")

Client = Annotated[str, typer.Argument(help="Name of a client: params/<client>.yaml.")]
Clients = Annotated[list[str] | None, typer.Argument(help="Names of clients.")]


@app.callback()
def _options(
    workspace: Annotated[str | None, typer.Option("--workspace", help="Folder with params/, data/ and reports/.")] = None,
    params: Annotated[str | None, typer.Option("--params", help="Another folder of params files.")] = None,
    allow_raw: Annotated[list[str] | None, typer.Option("--allow-raw", help="A folder outside the workspace that `raw` in params may name (repeatable).")] = None,
) -> None:
    if workspace:
        os.environ["CJM_WORKSPACE"] = workspace
        os.environ.pop("CJM_PARAMS", None)  # of another workspace, unless given here too
    if params:
        os.environ["CJM_PARAMS"] = params
    if allow_raw:
        os.environ["CJM_ALLOW_RAW"] = os.pathsep.join(allow_raw)


@app.command()
def init(folder: Annotated[Path, typer.Argument(help="Folder to make it in; default: this one.")] = Path()) -> None:
    """Make a workspace: a folder for settings, exports and reports."""
    from ..workspaces import make_workspace

    for line in make_workspace(folder):
        say(line)
    there = "" if folder.resolve() == Path.cwd() else f"cd {folder}, then "
    say(f"next: {there}cjm demo for an example, or cjm new CLIENT for your own exports")


@app.command()
def demo(customers: Annotated[int, typer.Option(help="Size of the simulated business.")] = 6000,
         seed: Annotated[int, typer.Option(help="Seed of the simulation.")] = 7,
         jobs: Annotated[int, typer.Option("--jobs", "-j", min=1, help="Chapters run at a time.")] = 2) -> None:
    """Simulate the demo client's exports, build its tables and run its report; make a workspace where there is none."""
    from ..clients import folder_sha256
    from ..demo import MARK, write_demo
    from ..workspaces import with_demo

    place = workspace()
    for line in with_demo(place):
        say(line)
    raw = place.raw("demo")
    with place.writing("demo", "cjm demo"):
        stamp = raw / MARK
        wanted = f"{seed} {customers} {folder_sha256(Path(__file__).parents[1] / 'demo')}"
        if not stamp.is_file() or stamp.read_text() != wanted:
            say(f"simulating {customers:,} customers into {raw}")
            write_demo(raw, seed=seed, customers=customers)
            stamp.write_text(wanted)
    _report(["demo"], jobs=jobs)


@app.command()
def new(client: Client, timezone: Annotated[str, typer.Option(help="Zone of the exports' times.")] = "UTC",
        from_: Annotated[Path | None, typer.Option("--from", help="A folder of exports: say what each is, ask what only the client can say, and write params; of a client that exists, say what differs.")] = None,
        yes: Annotated[bool, typer.Option("--yes", help="With --from: ask nothing; what is open stands as questions in the params.")] = False,
        template: Annotated[str | None, typer.Option("--template", help="Begin with the typical journey of an industry, as assumptions: retail, bank, health, saas, b2b, public.")] = None) -> None:
    """Make params and a raw folder for a new client, empty ones or from a folder of exports."""
    from ..clients import new_client

    if from_ is not None:
        from .setting_up import set_up

        set_up(client, workspace(), from_, asking=not yes and sys.stdin.isatty(), say=say, template=template)
        return
    for path in new_client(client, workspace(), timezone, template):
        say(f"made {path}")
    say(f"next: put exports into the raw folder, edit the params, then: cjm check {client}")


@app.command()
def check(clients: Clients = None,
          all: Annotated[bool, typer.Option("--all", help="All clients; what is wrong with one stops none.")] = False,
          as_json: Annotated[bool, typer.Option("--json", help="Print JSON (docs/check.md).")] = False) -> None:
    """Read clients' exports and say what is there, what was dropped, what is missing and what that costs; 0: all can be built, 2: one cannot."""
    from ..clients import check_client, check_clients
    from .printing import print_check, print_checks

    chosen = chosen_clients(clients, all, load=not as_json)
    if len(chosen) == 1 and not as_json and not all:
        print_check(check_client(chosen[0], workspace()))
        return
    reports = check_clients(chosen, workspace())
    print_checks(reports, workspace() if as_json else None)
    if any(r.problems for r in reports):
        raise typer.Exit(2)


@app.command()
def fetch(client: Client, sources: Annotated[list[str] | None, typer.Argument(help="Names of sources; default: all that have a database.")] = None) -> None:
    """Read the databases that a client's params name and freeze the rows in its raw folder; nothing else connects to a database."""
    from ..clients.fetching import fetch_client

    for one in fetch_client(client, workspace(), sources or (), say):
        for line in one.lines():
            say(line)
    say(f"next: cjm check {client}")


@app.command()
def build(clients: Clients = None,
          all: Annotated[bool, typer.Option("--all", help="All clients.")] = False,
          force: Annotated[bool, typer.Option("--force", help="Also where nothing changed.")] = False) -> None:
    """Build the canonical tables from the exports."""
    from ..build import build as build_client
    from ..build import refuse_unanswered
    from .printing import print_build

    failed = 0
    for client in chosen_clients(clients, all):
        try:
            built = build_client(client, workspace(), force=force, progress=partial(say_step, client))
            print_build(built)
            refuse_unanswered(built)
        except Exception as error:
            if not all:
                raise
            failed += 1
            tell(error)
    if failed:
        raise typer.Exit(1)


@app.command()
def report(
    clients: Clients = None,
    all: Annotated[bool, typer.Option("--all", help="All clients.")] = False,
    only: Annotated[list[str] | None, typer.Option("--only", help="Only this chapter (repeatable).")] = None,
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=1, help="Chapters run at a time.")] = 2,
    set: Annotated[list[str] | None, typer.Option("--set", help="NAME=VALUE for the chapters' parameters (repeatable).")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with an interrupted batch.")] = False,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="At most so many clients.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Also where nothing changed.")] = False,
    code: Annotated[bool, typer.Option("--code", help="Show the code in pages and published notebooks.")] = False,
    cluster: Annotated[str | None, typer.Option("--cluster", help="Address of a Dask scheduler to fan out to.")] = None,
    since: Annotated[str | None, typer.Option("--since", help="The run that first page and map tell what moved since; default: the last.")] = None,
) -> None:
    """Build, run the chapters and publish the report."""
    _report(chosen_clients(clients, all), only=only, jobs=jobs, sets=set, resume=resume, limit=limit, force=force, code=code,
            cluster=cluster, since=since)


def _report(clients: list[str], **options: Any) -> None:
    from ..report.batch import run_batch

    outcome = run_batch(clients, workspace(), **options)
    raise typer.Exit(outcome.exit_code)


@app.command("list")
def list_(chapters: Annotated[bool, typer.Option("--chapters", help="List the chapters instead.")] = False) -> None:
    """List the clients, their tables and their latest reports; or the chapters."""
    from ..clients import list_clients
    from .printing import print_clients

    if chapters:
        from ..files import shipped
        from ..report.record.notebook import known_chapters, own_chapters

        own = own_chapters(workspace())
        for name, path in known_chapters(workspace()).items():
            typer.echo(printable(f"{name}  (this workspace's own)" if name in own and path.parent.resolve() != shipped("notebooks").resolve() else name))
    else:
        print_clients(list_clients(workspace()))


@chapter_commands.command("new")
def chapter_new(name: Annotated[str, typer.Argument(help="Name of the chapter: 90_baskets, or baskets for the next free number.")],
                client: Annotated[str | None, typer.Option("--client", help="Client that its first cell names.")] = None) -> None:
    """Write a chapter of your own that runs as it is, and say how it joins a client's report."""
    from ..report.record.new_chapter import new_chapter, params_line

    path = new_chapter(name, workspace(), client)
    say(f"made {path}")
    say(f"next: write  {params_line(path)}  into params/{client or 'CLIENT'}.yaml, then: cjm report {client or 'CLIENT'}; cjm lab {client or 'CLIENT'} opens it in JupyterLab")


@app.command()
def sources(kind: Annotated[str | None, typer.Argument(help="Explain one kind.")] = None) -> None:
    """List the kinds of exports that can be read."""
    from .printing import print_sources

    print_sources(kind)


@app.command(cls=WithFurther)
def lab(context: typer.Context,
        client: Annotated[str | None, typer.Argument(help="Client to work on: its chapters are copied to data/lab/<client>/, with its values.")] = None,
        port: Annotated[int | None, typer.Option("--port", min=1, max=65535, help="Port to listen on; default: the first free one from 8888.")] = None,
        ip: Annotated[str | None, typer.Option("--ip", help="Address to listen on; default: this machine only. 0.0.0.0: every address it has.")] = None,
        no_browser: Annotated[bool, typer.Option("--no-browser", help="Print the address, open no browser.")] = False,
        allow_root: Annotated[bool, typer.Option("--allow-root", help="Start as root, too (in a container, say).")] = False) -> None:
    """Open JupyterLab in the workspace, on the client's home notebook. What follows `--` is handed to JupyterLab."""
    from ..report.record.home import home_of_all, home_of_client
    from .lab import lab_command, reachable, run_lab

    place = workspace()
    place.check_made()
    home, desk = home_of_client(client, place) if client else (home_of_all(place), None)
    command = lab_command(place, home, port=port, ip=ip, no_browser=no_browser, allow_root=allow_root, further=context.meta[FURTHER])
    if desk:
        for name in desk.kept:
            say(f"{name}: the chapter has changed, your edited copy is kept; delete or rename it to get the new one")
        for name in desk.upgraded:
            say(f"{name}: the chapter has changed; your copy is the new one, with the values you had set")
        for text in desk.lost:
            say(text)
        say(f"the chapters of {client}, to run and to change: {desk.folder}")
    if reachable(ip):
        say(f"other machines may reach JupyterLab at {ip}; whoever has the token in its address can read and change everything in this workspace")
    raise typer.Exit(run_lab(command, place))


@app.command()
def export(client: Client,
           format: Annotated[list[str] | None, typer.Option("--format", "-f", help="pdf (the report), map-pdf (the map on A3), poster, poster-png, poster-a3, persona-posters, blueprint (one sheet for the wall), xlsx, pptx, svg, png, json, mermaid, dot, html, zip; of codings: qdpx, qdc, csv; of surveys: banner (every question by groups).")] = None,
           run: Annotated[str | None, typer.Option("--run", help="A run; default: the latest.")] = None,
           chapter: Annotated[str | None, typer.Option("--chapter", help="For pdf: one chapter.")] = None,
           brief: Annotated[bool, typer.Option("--brief", help="For pdf: at most 12 pages for who decides: answer, poster, personas, opportunities, what is not known, method.")] = False,
           to: Annotated[Path | None, typer.Option("--to", help="Folder to write into; default: the run's folder.")] = None) -> None:
    """Write a published run in other formats."""
    from ..clients import export_client

    for path in export_client(client, workspace(), formats=format or (["pdf"] if brief else ["xlsx"]), run=run, chapter=chapter, to=to, brief=brief):
        typer.echo(printable(path))


@app.command()
def diff(client: Client,
         runs: Annotated[list[str] | None, typer.Argument(help="Two runs; default: the last two.")] = None,
         as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
         page: Annotated[bool, typer.Option("--page", help="Write a page beside the runs and print its path.")] = False) -> None:
    """Say what appeared, vanished or changed beyond its uncertainty between two runs."""
    from ..errors import BadInput
    from ..report.differences import diff_command

    if as_json and page:
        raise BadInput("cjm diff", "both --json and --page are given", "--json alone, or --page alone", "leave one of them out")
    typer.echo(printable(diff_command(client, workspace(), runs or [], as_json=as_json, page=page)))


@app.command()
def watch(client: Client,
          since: Annotated[str | None, typer.Option("--since", help="Alert at points from this day on (2026-05-01); default: the latest of each figure.")] = None,
          to: Annotated[Path | None, typer.Option("--to", help="JSON file to write the alerts into.")] = None) -> None:
    """Build and look at the key figures; ends with 0 (quiet), 4 (alert) or 5 (cannot tell), for cron and CI."""
    from ..watching import watch as looked

    seen = looked(client, workspace(), since=since, to=to)
    for line in seen.lines:
        typer.echo(printable(line))
    raise typer.Exit(seen.exit_code)


@app.command()
def verify(client: Client, run: Annotated[str | None, typer.Argument(help="A run; default: the latest.")] = None) -> None:
    """Recompute a run's hashes and execute it again to confirm its numbers."""
    from ..report.verify import verify_run

    outcome = verify_run(client, workspace(), run)
    for line in outcome.lines:
        typer.echo(printable(line))
    raise typer.Exit(outcome.exit_code)


@app.command()
def erase(client: Client, persons: Annotated[list[str] | None, typer.Argument(help="Identifiers, pseudonyms, or participants of interviews.")] = None,
          published: Annotated[str | None, typer.Option("--published", help="list: runs and exports from before the last erasure; withdraw: remove them.")] = None,
          ) -> None:
    """Leave persons out of the tables for good; or list or withdraw what was published before."""
    from .. import erasing
    from ..errors import BadInput
    from .printing import erased_in_words

    place = workspace()
    if published is not None:
        if published not in ("list", "withdraw") or persons:
            raise BadInput("cjm erase --published", f"{published!r}" + (" with names of persons" if persons else ""), "list or withdraw, without names",
                           f"cjm erase {client} --published list")
        for item in erasing.published(client, place) if published == "list" else erasing.withdraw(client, place):
            said = "" if published == "list" else "withdrawn: " if item.ours else "not removed, as it lies outside of reports; delete it and what was handed on: "
            typer.echo(printable(f"{said}{item.name} ({item.files:,} file{'s' if item.files != 1 else ''})"))
        return
    gone = erasing.erase_persons(client, persons or [], place)
    for line in erased_in_words(client, gone, len(erasing.published(client, place)) if gone.certificate else 0, place.root):
        say(line)


@app.command(hidden=True)
def docs(check_only: Annotated[bool, typer.Option("--check", help="Fail where a file is out of date.")] = False) -> None:
    """Write the generated documentation (docs/params.md, docs/tables.md, docs/sources.md, params/schema.json)."""
    from .docs import write_docs

    changed = write_docs(workspace().root, check_only)
    for path in changed:
        typer.echo(f"{'out of date' if check_only else 'wrote'}: {path}")
    raise typer.Exit(1 if changed and check_only else 0)


def main() -> None:
    """The entry point: problems are told in words, with exit code 2 for what the user gave."""
    from ..errors import CjmError

    try:
        with ended_in_order():
            app()
    except CjmError as error:
        say(f"cjm: {error.text()}")
        sys.exit(error.exit_code or 1)
    except (SystemExit, KeyboardInterrupt) as end:
        if (code := code_of_stop(end)) is None:
            raise
        with contextlib.suppress(OSError):  # the terminal may be gone
            say("cjm: interrupted; what was published before is unchanged")
        sys.exit(code)
    except BrokenPipeError:
        sys.exit(1)
    except Exception as error:
        tell_unforeseen(error)
