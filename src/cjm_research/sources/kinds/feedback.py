"""Reviews, complaints and other unsolicited texts: Google Play and App Store reviews by their own columns, others by a map."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from ..contract import Context, ImportReport, SourceKind, SourceTables
from ..reading.cells import tell_unreadable, unreadable_share
from ..reading.export import ROW_SETTINGS, Export
from ..reading.instruments.labelled import answers, plain
from ..reading.made import event_ids
from ..reading.tabular import read_rows

if TYPE_CHECKING:
    from ...params.schema import Source

#: exports known by their columns: the columns that give them away, and the map they stand for
KNOWN: dict[str, tuple[tuple[str, ...], dict[str, str], dict[str, str]]] = {
    # the monthly file is UTF-16 and repeats a review whenever it was edited
    "Google Play": (("Star Rating", "Review Text", "Review Submit Millis Since Epoch"),
                    {"feedback_id": "Review Link", "published_at": "Review Last Update Millis Since Epoch", "rating": "Star Rating",
                     "title": "Review Title", "text": "Review Text"}, {"time_unit": "ms"}),
    "App Store Connect": (("attributes.rating", "attributes.body", "attributes.createdDate"),
                          {"feedback_id": "id", "published_at": "attributes.createdDate", "rating": "attributes.rating",
                           "title": "attributes.title", "text": "attributes.body"}, {}),
}
_NO_TEXT = ("n/a", "na", "none", "null", "-", "--", ".")


def read(files: Sequence[Path], source: Source, context: Context) -> SourceTables:
    """Feedback, one row a text or rating. Raises `BadInput`."""
    report = ImportReport(source.name, "feedback")
    frame = read_rows(files, source, report)
    return deliver(Export("feedback", _with_known_columns(source, frame, report), context, frame=frame, report=report))


def deliver(export: Export) -> SourceTables:
    """Feedback of the rows of an export. Raises `BadInput`."""
    source, report = export.source, export.report
    at = export.time("published_at")
    _newest_of_each(export, at)
    at = at[export.frame.index]
    title, body = export.text("title"), export.text("text")
    body = body.mask(body.str.lower().isin(_NO_TEXT))
    text = (title + "\n" + body).fillna(body).fillna(title)
    worst, best = float(export.setting("rating_min", 1, int, float)), float(export.setting("rating_max", 5, int, float))
    rating = _rating(export, worst, best)
    off = rating.notna() & ~rating.between(worst, best).fillna(False).astype(bool)
    if off.any():
        tell_unreadable(export.text("rating").where(rating.notna()), off, f"{export.where}: columns.rating", report, what=f"points of the scale {worst:g}…{best:g}",
                        most=unreadable_share(source), allowed=f"ratings from {worst:g} to {best:g}",
                        next="set `settings.rating_min` and `settings.rating_max` to the ends of the scale, or correct the export; `settings.unreadable: 0.2` lets more "
                             "ratings count as missing")
        rating = rating.mask(off)
    label = export.text("label")
    kept = export.drop(text.isna() & rating.isna() & label.isna(), "neither text nor rating nor label")
    at, text, rating, label = at[kept], text[kept], rating[kept], label[kept]
    keys = export.keys()
    report.null_ids = int(keys["customer_key"].isna().sum())
    columns = {"published_at": at, "rating": rating, "text": text, "label": label, "channel": export.text("channel")}
    ids = export.ids("feedback_id")
    # made from what was written, not from who wrote it: the id is not pseudonymised
    ids = ids.fillna(event_ids(pd.DataFrame(columns), source.name)) if ids.isna().any() else ids
    table = export.table("feedback", {
        "feedback_id": ids, **keys, "source": source.name, **columns,
        "rating_max": pd.Series(best, index=rating.index).where(rating.notna()),
        **{n: export.text(n) for n in ("touchpoint", "stage") if n in export.source.columns}})
    return export.done(feedback=table)


def _rating(export: Export, worst: float, best: float) -> pd.Series:
    """Ratings as numbers; `★★★★☆`, `4/5`, `5 stars` are read as answers of questionnaires are."""
    text = export.text("rating")
    kinds = [str(v) for v in text.dropna().unique() if not plain(str(v))]
    stated = text.map({k: a.number for k, a in answers(kinds, worst, best).items()}).astype("Float64")
    if stated.isna().all():
        return export.number("rating")
    return stated.fillna(export.numbers(text.mask(stated.notna()), "columns.rating"))


def _with_known_columns(source: Source, frame: pd.DataFrame, report: ImportReport) -> Source:
    for tool, (signs, columns, settings) in KNOWN.items():
        if all(s in frame for s in signs):
            report.notes.append(f"columns are those of {tool}")
            known = {k: v for k, v in columns.items() if v in frame and k not in source.constants}
            return source.model_copy(update={
                "columns": known | source.columns,
                "settings": (settings if "published_at" not in source.columns else {}) | source.settings})
    return source


def _newest_of_each(export: Export, at: pd.Series) -> None:
    """Of texts with one id the newest counts: exports repeat a review when it was edited."""
    if export.column("feedback_id") is None:
        return
    order = pd.DataFrame({"id": export.ids("feedback_id"), "at": at, "row": range(len(at))}, index=at.index)
    order = order.sort_values(["id", "at", "row"], na_position="first")
    older = (order["id"].duplicated(keep="last") & order["id"].notna()).reindex(at.index)
    export.report.duplicates += int(older.sum())
    export.drop(older, "older version of the same text")


KIND = SourceKind(
    name="feedback", title="Reviews, complaints, tickets (CSV, JSON)", read=read, tables=("feedback",),
    columns={
        "feedback_id": "its id; of several rows with one id the newest counts; default: made from the content",
        "customer_id": "who wrote it, where known",
        "published_at": "when",
        "text": "the text", "title": "a title, put before the text",
        "rating": "stars or another score",
        "label": "topic that the tool gave it",
        "channel": "medium it came through", "touchpoint": "touchpoint, where the export names it", "stage": "stage, where the export names it",
    },
    settings={**ROW_SETTINGS, "rating_max": "highest possible rating; default 5", "rating_min": "lowest possible rating; default 1"})
