"""`docs/sources.md`: what each kind of source reads, written from `SOURCES` (`cjm docs`; a test compares them)."""

from __future__ import annotations

from collections.abc import Mapping

from .contract import SourceKind
from .reading.export import ROW_SETTINGS

_INTRO = """# Sources

What `cjm build` reads, generated from `SOURCES` in `src/cjm_research/sources/__init__.py` (`cjm docs`). A source of a
client's params names its kind, its files and what differs from the defaults:

```yaml
timezone: Europe/Berlin            # of times without one
sources:
  - name: shop                     # shown as the source of every number from it
    kind: events
    files: exports/events_*.csv    # relative to the client's raw folder
    columns: {customer_id: user_id, occurred_at: time, event: event_name, value: amount}
    joins:                         # columns of another file of the same export
      - {files: exports/users.csv, by: user_id, columns: [country]}
    filter: {country: [DE, AT]}    # dropped rows are counted
```

Rules that hold for all of them:

- Nothing is guessed. A time without a zone needs a declared `timezone`, an epoch number a `time_unit`, `03/04/2026` a
  `time_format`, `1,234` a `decimal` mark. What cannot be read is answered by one message that says where, what was
  found, what is allowed and what to do next.
- Nothing is lost uncounted. The import report says rows read and kept, what was dropped and why, ids that were
  missing, duplicates, the time span, the zone and renamed headers.
- `columns` maps canonical columns to columns of the export; `"{store}-{till}"` joins several. Columns that are not mapped
  become properties (events, deals), unless their name says that they identify a person.
- `filter` keeps rows by conditions on the export's columns. Joined columns may be `sum(…)`, `min(…)`, `max(…)`, `count(…)` or
  `first(…)` of several rows.
- A file is what its first bytes say, whatever its name. A sheet of a workbook (.xlsx, .xls, .ods) is read as it stands: where several
  sheets hold rows `settings.sheet` names one, and lines above the header need `settings.skip_lines`; what stands below the table is counted.
- A SQLite database is read where it lies in the raw folder, for reading only: its one table with rows, the one that `settings.table` names, or what one SELECT in
  `settings.query` gives. Every value arrives as text, binary columns are left out and told.
- A database that somebody works on is no file: `database` in place of `files`, then `cjm fetch CLIENT` ([below](#from-a-database)).
- Exports of events of 8 MB and more are read by the engine without holding their rows in memory where it can show that they keep to the rules; else the import report says
  why all rows were held ([decision 15](decisions/0015-large-exports-by-proof.md)). The answers are the same.
- Text is read as UTF-8, by its byte order mark, or as `encoding` says; gzip is unpacked. Ragged rows are refused, or dropped
  and counted with `rows: skip`. A repeated header `ID` becomes `ID (1)`, `ID (2)`.
"""


_DATABASE = """## From a database

```yaml
sources:
  - name: orders
    kind: events
    database: {variable: SHOP_DATABASE, table: shop.orders}       # or query: SELECT …, and timeout_s (default 300)
    columns: {customer_id: customer, occurred_at: created_at, event: status}
```

`SHOP_DATABASE` is the name of an environment variable that holds the URL, password included: `postgresql://user:password@host:5432/database` (extra `sql`: ADBC, Apache-2.0)
or `sqlite:////absolute/path.db`. `cjm fetch CLIENT [SOURCE …]` is the only command that reads it and connects; build, check, notebooks and reports never do.

- **Frozen.** The rows lie as Parquet in `fetched/` of the raw folder, a receipt beside them: table or query, the statement, time, system, types, rows and hash. A build reads these, so that a report runs again without
  the database; it refuses rows of another query than the params', and rows that were changed since. All sources are read before the rows of any are put there. Where the rows are the same as before, they stay with their time.
- **Reading only.** One read-only transaction for all sources of a variable (PostgreSQL: `REPEATABLE READ, READ ONLY`), so that its tables are of one moment; the server refuses whatever changes something, and ends what takes
  longer than `timeout_s`. Give the user no more rights than to read these tables all the same: a function that the user may call can do what it was written to do.
- **No secret.** No message, receipt, log or notebook holds the URL or a part of it, and the server's words are shown only where they tell of names and syntax, since they repeat cells.
- **Order.** A table is read in the order of its primary key, a query in its own; without either the order is the server's, and equal rows may be another file.
- **Types** of PostgreSQL: times with and without zone, dates, numbers and truth values stay what they are (a time without zone needs `timezone`, as ever); `numeric` and `money` become numbers where each value is exact, else
  text; `interval` becomes ISO 8601 (`P1DT2H`), `json` and arrays JSON, `uuid`, enums, addresses, ranges and all else the server's own text; NULL and NaN are empty cells (NaN is counted); `bytea` is left out and told.
  Infinite times and numbers, years outside 1 to 9999 and two columns of one name are refused, with what to write instead. SQLite: as text.
- Other databases: write the rows that are wanted as CSV or Parquet.
"""


_FROM = """## From a folder

`cjm new CLIENT --from FOLDER` looks at the first rows of every file (nothing is changed, links are not followed), reads what it recognises
once (of a database each table; sources above 96 MB and what is beyond 256 MB in all are left to `cjm check`), and writes `params/CLIENT.yaml`:

- a **preset** is taken only where its columns, and what its cells hold, are that vendor's and no other's; the file's name does not matter;
- any other table is at most *proposed* as events, feedback, survey, customers, experiment or conversations, by the form of its columns; it stands as a comment and is not read until somebody
  says that it is right;
- what cells prove is set (a day above 12 tells day from month); what they cannot tell is asked: the zone of times without one, day or month, the decimal mark,
  an encoding, with what was seen and what the answer decides. At a terminal the questions are asked, with `--yes` they stand as QUESTION in the file;
- stages and touchpoints are proposed by the words of event names, a funnel by the events that most customers do one after another. Both are assumptions, and the file says so;
- `--template retail | bank | health | saas | b2b | public` lays an industry's typical stages and touchpoints on the events in their place: each event goes to the touchpoint with the longest word of its name, touchpoints that nothing
  matches and events without a place are told, and every stage has a line that the map marks as assumed. What customers are called, which stages there are and which surveys stand as questions, opportunities as comments. Without `--from` the
  rules look for the words in whatever comes (`where: {event: {contains: …}}`), and `cjm check` tells touchpoints that no event matches;
- the same rows in two files (a table and its zip, an export and a connector's copy) count once: the second stands as a comment;
- every file is told: read, proposed, or not read and why. Recognised files are copied into the client's raw folder.

Of a client that exists it says what differs: files that are new, changed (with columns that are gone or new) or not there any more, and the lines that would read what
no source reads yet. Nothing is written then: answers given stay. `cjm check` says what a delivery changed in rows, columns and names of events ([check](check.md)).
"""
_PRESETS = """Presets know the exports of one system: their columns, zone, keys and the rows that count. Whatever params say comes before them; what
they took stands in the import report.
"""
_FORM = {True: "seen in exports", False: "by the vendor's documentation"}


def sources_markdown(kinds: Mapping[str, SourceKind]) -> str:
    """The whole page about these kinds."""
    own, presets = [k for k in kinds.values() if not k.reader], [k for k in kinds.values() if k.reader]
    lines = [_INTRO, "| kind | what | tables |", "|---|---|---|"]
    lines += [f"| [`{k.name}`](#{k.name}) | {k.title} | {', '.join(f'`{t}`' for t in k.tables)} |" for k in own]
    lines += ["", _PRESETS, "| kind | what | read as | its form |", "|---|---|---|---|"]
    lines += [f"| [`{k.name}`](#{k.name}) | {k.title} | [`{k.reader}`](#{k.reader}) | {_FORM[k.seen]} |" for k in presets]
    lines += ["", "Settings of every kind made of rows:", "", *_list(ROW_SETTINGS), ""]
    lines += [_DATABASE, _FROM]
    for kind in own:
        lines += _kind(kind)
    for kind in presets:
        lines += _preset(kind)
    return "\n".join(lines).rstrip() + "\n"


def _preset(kind: SourceKind) -> list[str]:
    assert kind.signature is not None
    needed = ", ".join(f"`{r.strip('/')}`" for r in kind.signature.required)
    return [f"## {kind.name}", "", f"{kind.title}: {_FORM[kind.seen]}. Read as [`{kind.reader}`](#{kind.reader}), whose columns and settings it takes. An export has {needed}.", "",
            "Where params do not say otherwise:", "", *[f"- `{k}`: {v}" for k, v in kind.says.items()], ""]


def _kind(kind: SourceKind) -> list[str]:
    lines = [f"## {kind.name}", "", f"{kind.title}. Delivers {', '.join(f'`{t}`' for t in kind.tables)}.", ""]
    if kind.columns:
        lines += ["Columns:", "", *_list(kind.columns), ""]
    own = {k: v for k, v in kind.settings.items() if ROW_SETTINGS.get(k) != v}
    if own:
        lines += ["Settings:", "", *_list(own)]
    if len(own) < len(kind.settings):
        lines.append(("" if own else "Settings: ") + ("- and those of every kind made of rows" if own else "those of every kind made of rows"))
    return [*lines, ""]


def _list(words: Mapping[str, str]) -> list[str]:
    return [f"- `{name}`: {meaning}" for name, meaning in words.items()]
