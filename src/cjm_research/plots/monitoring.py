"""Control charts of key figures."""

from __future__ import annotations

import pandas as pd
from matplotlib.dates import AutoDateLocator, DateFormatter
from matplotlib.ticker import FuncFormatter

from ..errors import NotEnoughData
from ..results import words
from ..results.result import Result
from .theme import BAD, MUTED, NEUTRAL, PALETTE, Chart, light_grid, new_figure, shorten, themed

MOST = 6  # figures drawn


def control(result: Result, kpi: str = "") -> Chart:
    """Key figures as points with their centre and limits, those that alert first; or one, by its key."""
    kpis = result["kpis"][result["kpis"]["center"].notna()]
    chosen = kpis[kpis["kpi"] == kpi] if kpi else kpis.head(MOST)
    if chosen.empty:
        raise NotEnoughData("control chart", f"no figure {kpi!r} is charted" if kpi else "no figure is charted", "a key of the table of key figures", "cjm check says what data there is")
    figure, axes = new_figure(1.55 * len(chosen) + 0.4, rows=len(chosen), sharex=True, squeeze=False)
    said = []
    with themed():
        for ax, row in zip(axes.ravel(), chosen.to_dict("records"), strict=True):
            part = result["points"][result["points"]["kpi"] == row["kpi"]]
            day, unit = pd.to_datetime(part["day"]), str(row["unit"])
            watched = part["part"] != "baseline"
            ax.fill_between(day, part["lower"], part["upper"], color=NEUTRAL, alpha=0.15, linewidth=0, step="mid")
            ax.plot(day, part["center"], color=MUTED, linewidth=0.9)
            ax.plot(day, part["value"], color=PALETTE[0], linewidth=1.1, alpha=0.6)
            ax.scatter(day[~watched], part["value"][~watched], s=12, facecolors="none", edgecolors=PALETTE[0], linewidth=0.9)
            ax.scatter(day[watched], part["value"][watched], s=14, color=PALETTE[0], zorder=3)
            alerts, explained = part["state"] == "alert", part["state"].isin(["data break", "known cause"])
            ax.scatter(day[alerts], part["value"][alerts], s=46, color=BAD, marker="D", zorder=4)
            ax.scatter(day[explained], part["value"][explained], s=40, color=NEUTRAL, marker="X", zorder=4)
            ax.set_title(shorten(str(row["name"]), 80))
            ax.yaxis.set_major_formatter(FuncFormatter(lambda v, _, unit=unit: words.number(v, unit)))  # type: ignore[misc]
            ax.locator_params(axis="y", nbins=4)
            light_grid(ax, "y")
            said.append(f"{row['name']}: {row['state']}, latest {words.number(row['value'], unit)} against {words.interval(row['lower'], row['upper'], unit)}")
        last = axes.ravel()[-1]
        last.xaxis.set_major_locator(AutoDateLocator(minticks=3, maxticks=7))
        last.xaxis.set_major_formatter(DateFormatter("%Y-%m-%d"))
    return Chart(figure, f"Control charts of {len(chosen)} key figures: {'; '.join(said)}.",
                 "Key figures with the limits of their usual range (grey); hollow points are the baseline, diamonds alert, crosses are explained by a break in the data or a known cause",
                 title=next((s for s in result.sentences if "left its usual" in s or "of" in s.split(" ")[:2]), ""))


def shifts(result: Result) -> Chart:
    """When levels shifted, as found by search, with the days between which each shift may as well lie."""
    frame = result["shifts"].sort_values("day", kind="stable").tail(12)
    if frame.empty:
        raise NotEnoughData("shifts of level", "no shift is large enough to be told", "a series with a shift", "this is an answer, too: nothing moved for good")
    figure, ax = new_figure(max(1.3, 0.36 * len(frame) + 0.7))
    with themed():
        y = range(len(frame))
        ax.hlines(y, pd.to_datetime(frame["earliest"]), pd.to_datetime(frame["latest"]), color=PALETTE[0], alpha=0.35, linewidth=6)
        ax.scatter(pd.to_datetime(frame["day"]), y, color=PALETTE[0], s=30, zorder=3)
        ax.set_yticks(list(y), [f"{shorten(str(r['name']), 44)}: {words.number(r['before'], r['unit'])} → {words.number(r['after'], r['unit'])}" for r in frame.to_dict("records")])
        ax.xaxis.set_major_locator(AutoDateLocator(minticks=3, maxticks=6))
        ax.xaxis.set_major_formatter(DateFormatter("%Y-%m-%d"))
        light_grid(ax)
    one = frame.iloc[-1]
    alt = f"Dot plot of {len(frame)} shifts of level with their intervals; the latest: {one['name']} around {one['day']} ({one['earliest']} to {one['latest']})."
    return Chart(figure, alt, "Where levels shifted, found by search: exploration, no test",
                 title=f"The latest shift: {one['name']} around {one['day']}.")


def before_after(result: Result) -> Chart:
    """The days before and after each change, with the course that the days before let expect; those that moved first."""
    order = [*result.facts["moved"], *(n for n in dict.fromkeys(result["series"]["change"]) if n not in result.facts["moved"])][:MOST]
    figure, axes = new_figure(1.7 * len(order) + 0.5, rows=len(order), squeeze=False)
    said = []
    with themed():
        for ax, name in zip(axes.ravel(), order, strict=True):
            part = result["series"][result["series"]["change"] == name]
            day, after, unit = pd.to_datetime(part["day"]), part["after"].astype(bool), str(result.facts["units"][name])
            unit = "" if unit.endswith("a day") else unit
            ax.plot(day, part["value"], color=NEUTRAL, linewidth=0.8, alpha=0.8)
            ax.plot(day, part["fitted"], color=PALETTE[0], linewidth=1.8, label="average weekday")
            ax.plot(day[after], part["expected"][after], color=PALETTE[1], linewidth=1.5, linestyle="--", label="had it gone on as before")
            ax.axvline(pd.Timestamp(result.facts["on"][name]), color=MUTED, linewidth=1.0)  # type: ignore[arg-type]
            ax.set_title(shorten(f"{name}: {result.facts['said'][name]}", 90))
            ax.yaxis.set_major_formatter(FuncFormatter(lambda v, _, unit=unit: words.number(v, unit)))  # type: ignore[misc]
            ax.locator_params(axis="y", nbins=4)
            ax.xaxis.set_major_locator(AutoDateLocator(minticks=3, maxticks=7))
            ax.xaxis.set_major_formatter(DateFormatter("%Y-%m-%d"))
            light_grid(ax, "y")
            said.append(f"after {name} {result.facts['said'][name]} is {words.number(float(part['fitted'][after].mean()), unit)} on average, where {words.number(float(part['expected'][after].mean()), unit)} "
                        "would have followed from the days before")
        axes.ravel()[-1].legend(loc="upper center", bbox_to_anchor=(0.5, -0.16), ncols=2, frameon=False)
    return Chart(figure, f"Line charts of {len(order)} changes: {'; '.join(said)}.", "Days before and after what was shipped; the upright line is the day it went live", title=result.sentences[0])
