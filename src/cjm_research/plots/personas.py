"""Charts of personas: sizes, the choice of their number, what sets them apart, their journeys and expectations."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from ..errors import NotEnoughData
from ..results import policy, words
from ..results.result import Result
from ..shapes import Row
from .theme import BAD, GOOD, GRID, MUTED, PALETTE, WIDTH, Chart, light_grid, new_figure, percent_axis, sentence, themed

FEATURES = 12  # rows of the heat map; more cannot be read
_READ = ((10.0, "attention"), (12.0, "high"), (15.0, "extreme"))


def sizes(result: Result) -> Chart:
    """The size of every persona with its interval."""
    frame = result["personas"].iloc[::-1]
    if len(frame) < 2:
        raise NotEnoughData("sizes of personas", "all customers are one group", "at least two personas", "see below why no number of segments is held")
    figure, ax = new_figure(max(1.3, 0.42 * len(frame) + 0.7))
    tones = _tones(list(result["personas"]["persona"]))
    with themed():
        for i, r in enumerate(frame.to_dict("records")):
            if not policy.counts_only("share", r["base"]):
                ax.hlines(i, r["low"], r["high"], color=tones[r["persona"]], alpha=0.35, linewidth=7)
            ax.scatter([r["value"]], [i], color=tones[r["persona"]], s=34, zorder=3)
            ax.annotate(words.part(r, f"  n={words.count(r['n'])}"), (r["high"], i), xytext=(8, 0), textcoords="offset points",
                        va="center", color=MUTED, fontsize=8.5)
        ax.set_yticks(range(len(frame)), [_short(p) for p in frame["persona"]])
        ax.set_xlim(0, min(1.15, float(frame["high"].max()) * 1.3 + 0.02))
        ax.set_ylim(-0.6, len(frame) - 0.4)
        percent_axis(ax.xaxis)
        light_grid(ax)
    said = "; ".join(f"{r['persona']} {words.part(r)}" for r in result["personas"].to_dict("records"))
    return Chart(figure, f"Dot plot of the size of {len(frame)} personas with 95 % intervals: {said}.",
                 f"Share of {result.facts['unit']}s by persona, with 95 % intervals",
                 title=sentence(result, "By size"))


def candidates(result: Result) -> Chart:
    """Every number of segments from three sides: does it come back, is it further apart than one cloud, can it be told."""
    frame = result["candidates"]
    if frame.empty:
        raise NotEnoughData("number of segments", "the personas are given by an attribute, no number was tried", "a segmentation", "cjm check says what data there is")
    k = frame["segments"].to_numpy()
    figure, axes = new_figure(2.7, columns=3)
    with themed():
        first, second, third = axes
        first.vlines(k, frame["low"], frame["high"], color=PALETTE[0], alpha=0.35, linewidth=5)
        first.plot(k, frame["value"], color=PALETTE[0], marker="o", markersize=4.5, label="whole partition (Rand)")
        first.plot(k, frame["jaccard_least"], color=PALETTE[1], marker="s", markersize=4.5, label="weakest segment (Jaccard)")
        first.axhline(0.75, color=MUTED, linewidth=0.9, linestyle=(0, (4, 3)))
        first.set_ylim(0, 1.05)
        first.set_title("Comes back")
        first.legend(fontsize=7.5, loc="lower left")
        second.errorbar(k, frame["gap"], yerr=1.96 * frame["gap_se"], color=PALETTE[2], marker="o", markersize=4.5, capsize=0)
        second.axhline(0, color=MUTED, linewidth=0.9)
        second.set_title("Apart from one cloud")
        third.plot(k, frame["rule_accuracy"], color=PALETTE[4], marker="o", markersize=4.5, label="short rule")
        third.plot(k, frame["rule_baseline"], color=MUTED, marker="o", markersize=3.5, linewidth=1, label="always the largest")
        third.set_ylim(0, 1.05)
        percent_axis(third.yaxis)
        third.set_title("Told by a rule")
        third.legend(fontsize=7.5, loc="lower left")
        chosen = frame.loc[frame["chosen"].astype(bool), "segments"]
        for ax in axes:
            ax.set_xticks(k)
            ax.set_xlabel("segments")
            light_grid(ax, "y")
            for at in chosen:
                ax.axvspan(at - 0.4, at + 0.4, color=GRID, alpha=0.55, zorder=0, linewidth=0)
    n = int(chosen.iloc[0]) if len(chosen) else 1
    best = frame[frame["segments"] == n]
    detail = (f"with {n}, the weakest segment comes back with a Jaccard of {words.number(float(best['jaccard_least'].iloc[0]))}"
              if len(best) else "no number of segments is chosen")
    return Chart(figure, f"Three panels over {k.min()} to {k.max()} segments: stability, separation against one cloud, and accuracy of a rule; {detail}.",
                 "Every number of segments side by side" + (f"; chosen: {n}" if len(best) else "; none is chosen"),
                 title=sentence(result, "In numbers", "No number of segments"))


def profile(result: Result) -> Chart:
    """What sets the personas apart: standardised differences from all other customers."""
    frame = result.frames.get("profile", pd.DataFrame())
    if frame.empty:
        raise NotEnoughData("profiles", "there is only one group of customers", "at least two personas", "cjm check says what data there is")
    titles = list(dict.fromkeys(frame["persona"]))
    known = frame[frame["effect"].notna() & frame["value"].notna()].copy()
    known["row"] = np.where(known["level"] == "", known["label"], known["label"] + ": " + known["level"])
    told = known[known["row"].isin(set(result["clearest"]["line"]))]  # six services that need internet would be six equal rows
    strongest = told.assign(strength=known["effect"].abs()).sort_values("strength", ascending=False, kind="stable").drop_duplicates(["feature"])
    rows = [str(r) for r in strongest["row"].head(FEATURES)]
    table = known[known["row"].isin(rows)].pivot_table(index="row", columns="persona", values="effect", aggfunc="first").reindex(index=rows, columns=titles)
    figure, ax = new_figure(0.36 * len(rows) + 1.1, width=WIDTH + 0.5 * max(0, len(titles) - 4))
    with themed():
        import seaborn

        shown = known[known["row"].isin(rows)].assign(text=lambda f: [words.number(v, u) for v, u in zip(f["value"], f["unit"], strict=True)])
        notes = shown.pivot_table(index="row", columns="persona", values="text", aggfunc="first").reindex(index=rows, columns=titles).fillna("")
        seaborn.heatmap(table, ax=ax, cmap=seaborn.diverging_palette(25, 245, s=85, l=60, as_cmap=True), center=0, vmin=-2, vmax=2, annot=notes, fmt="",
                        annot_kws={"fontsize": 8.5, "color": "#1f2430"}, linewidths=2, linecolor="none",
                        cbar_kws={"label": "standard deviations from the others", "shrink": 0.8, "aspect": 30})
        ax.set_xticks(np.arange(len(titles)) + 0.5, [_wrap(t, 13) for t in titles], rotation=0)
        ax.set_yticks(np.arange(len(rows)) + 0.5, [_short(r, 44) for r in rows], rotation=0)
        ax.xaxis.tick_top()
        ax.set(xlabel="", ylabel="")
    said = "; ".join(f"{t}: {', '.join(_strongest(known, t))}" for t in titles)
    return Chart(figure, f"Heat map of {len(rows)} features by {len(titles)} personas. Strongest: {said}.",
                 "What sets the personas apart: mean or share of each, coloured by its distance from all other customers",
                 title="; ".join(f"{t}: {_strongest(known, t)[0]}" for t in titles if _strongest(known, t)) + ".")


def stages(result: Result) -> Chart:
    """The share of each persona that reaches each stage, with intervals."""
    frame = result["journey"]
    reach = frame[(frame["measure"] == "reaches") & frame["value"].notna()]
    if reach.empty:
        raise NotEnoughData("stages by persona", "no interaction lies on a stage", "interactions with a stage", "add match rules to journey.stages")
    order, titles = list(dict.fromkeys(reach["what"])), list(dict.fromkeys(reach["persona"]))
    tones = _tones(titles)
    figure, ax = new_figure(3.1)
    with themed():
        for i, name in enumerate(titles):
            own = reach[reach["persona"] == name].set_index("what").reindex(order)
            x = np.arange(len(order)) + (i - (len(titles) - 1) / 2) * 0.11
            own = own.mask(own["base"].map(lambda b: policy.counts_only("share", b)))
            ax.vlines(x, own["low"], own["high"], color=tones[name], alpha=0.4, linewidth=4)
            ax.plot(x, own["value"], color=tones[name], marker="o", markersize=4, linewidth=1.1, label=_short(name))
        ax.set_xticks(range(len(order)), [_wrap(s, 14) for s in order])
        ax.set_ylim(0, 1.05)
        percent_axis(ax.yaxis)
        light_grid(ax, "y")
        ax.legend(fontsize=8.5)
    last = reach[reach["what"] == order[-1]]
    said = "; ".join(f"{r['persona']} {words.part(r)}" for r in last.to_dict("records"))
    return Chart(figure, f"Line plot of the share of {len(titles)} personas reaching each of {len(order)} stages. Reach {order[-1]}: {said}.",
                 "How far the personas come: share with at least one interaction in each stage, with 95 % intervals",
                 title=f"{words.part(last.iloc[0].to_dict())} of {last.iloc[0]['persona']} reach {order[-1]}, {words.part(last.iloc[-1].to_dict())} of {last.iloc[-1]['persona']}." if len(last) > 1 else "")


def differences(result: Result, most: int = 14) -> Chart:
    """The clearest differences between the personas' journeys, each against all other customers."""
    frame = result["journey"]
    frame = frame[frame["effect"].notna() & frame["value"].notna() & (frame["unit"] == "share") & frame["difference_low"].notna()]
    frame = frame[(frame["measure"] != "reaches") & ~frame["base"].map(lambda b: policy.counts_only("share", b))]
    sure = frame[frame["p_adjusted"].astype(float) <= 0.05].assign(strength=lambda f: f["effect"].abs())
    chosen = sure.sort_values("strength", ascending=False, kind="stable").head(most).iloc[::-1]
    if chosen.empty:
        raise NotEnoughData("differences between journeys", "none is beyond chance after correction", "a difference beyond chance", "cjm check says what data there is")
    tones = _tones(list(dict.fromkeys(result["journey"]["persona"])))
    figure, ax = new_figure(0.3 * len(chosen) + 0.9)
    with themed():
        for i, r in enumerate(chosen.to_dict("records")):
            ax.hlines(i, r["difference_low"], r["difference_high"], color=tones[r["persona"]], alpha=0.4, linewidth=6)
            ax.scatter([r["difference"]], [i], color=tones[r["persona"]], s=28, zorder=3)
        labels = [_short(f"{r['persona']} {r['measure']} {r['what']}".replace("goes on to", "goes on:"), 62) for r in chosen.to_dict("records")]
        ax.set_yticks(range(len(chosen)), labels, fontsize=8.5)
        ax.axvline(0, color=MUTED, linewidth=0.9)
        percent_axis(ax.xaxis)
        ax.set_xlabel("difference from all other customers, percentage points")
        light_grid(ax)
    top = chosen.iloc[-1]
    return Chart(figure, f"Dot plot of {len(chosen)} differences with 95 % intervals; the largest: {top['persona']} {top['measure']} {top['what']}, "
                 f"{words.percent(top['value'])} against {words.percent(top['others'])}.",
                 "Where the journeys differ most (beyond chance, corrected), with 95 % intervals",
                 title=sentence(result, str(top["persona"])))


def opportunities(result: Result) -> Chart:
    """Opportunity scores by item and persona, with intervals and the usual readings."""
    frame = result["expectations"]
    known = frame[frame["value"].notna()]
    titles = list(dict.fromkeys(known["persona"]))
    shown = known if len(titles) == 1 else known[known["persona"] != "All customers"]
    titles = [t for t in titles if t in set(shown["persona"])]
    tones = _tones(titles)
    items = list(shown.groupby("question")["value"].max().sort_values().index)
    figure, ax = new_figure(max(1.7, (0.17 * len(titles) + 0.3) * len(items) + 0.9))
    with themed():
        for i, name in enumerate(titles):
            own = shown[shown["persona"] == name].set_index("question").reindex(items)
            y = np.arange(len(items)) - (i - (len(titles) - 1) / 2) * 0.17
            ax.hlines(y, own["low"], own["high"], color=tones[name], alpha=0.4, linewidth=5)
            ax.scatter(own["value"], y, color=tones[name], s=24, zorder=3, label=_short(name))
        for at, said in _READ:
            ax.axvline(at, color=MUTED, linewidth=0.8, linestyle=(0, (4, 3)), zorder=0)
            ax.annotate(said, (at, 1), xycoords=("data", "axes fraction"), xytext=(3, 2), textcoords="offset points", fontsize=7.5, color=MUTED)
        ax.set_yticks(range(len(items)), [_wrap(q, 34) for q in items])
        ax.set_xlim(0, 20)
        ax.set_xticks([0, 5, 10, 12, 15, 20])
        ax.set_xlabel("opportunity score, 0 to 20")
        light_grid(ax)
        if len(titles) > 1:
            ax.legend(fontsize=8, loc="lower right")
    top = shown.loc[shown["value"].idxmax()]
    return Chart(figure, f"Dot plot of opportunity scores of {len(items)} items by {len(titles)} groups with 95 % intervals; highest: {top['question']}, "
                 f"{top['persona']}, {words.number(top['value'])} of 20.", "Important and not well served: opportunity scores with 95 % bootstrap intervals",
                 title=sentence(result, str(top["persona"])))


def drift(result: Result) -> Chart:
    """Shares of the personas in the last run and now."""
    frame = result.frames.get("drift", pd.DataFrame())
    if frame.empty:
        raise NotEnoughData("drift of personas", "there is no earlier run to compare with", "an earlier run of this report", "cjm check says what data there is")
    figure, ax = new_figure(max(1.4, 0.4 * len(frame) + 0.8))
    with themed():
        for i, r in enumerate(frame.iloc[::-1].to_dict("records")):
            if pd.notna(r["share"]) and pd.notna(r["share_before"]):
                ax.plot([r["share_before"], r["share"]], [i, i], color=MUTED, linewidth=2)
            if pd.notna(r["share_before"]):
                ax.scatter([r["share_before"]], [i], facecolor="none", edgecolor=MUTED, s=40, zorder=3)
            if pd.notna(r["share"]):
                ax.scatter([r["share"]], [i], color=GOOD if r["state"] == "kept" else BAD, s=40, zorder=4)
        ax.set_yticks(range(len(frame)), [_state(r) for r in frame.iloc[::-1].to_dict("records")])
        percent_axis(ax.xaxis)
        ax.set_xlim(left=0)
        light_grid(ax)
    said = "; ".join(_state(r) for r in frame.to_dict("records"))
    return Chart(figure, f"Dot plot of the personas' shares in the last run and now: {said}.",
                 "Since the last run: share then (ring) and now (dot); moved: distance of the segment from its former self in standard deviations",
                 title=f"{said[:1].upper()}{said[1:]}.")


def _state(r: Row) -> str:
    moved: str = "" if pd.isna(r["moved_sd"]) else f", moved {words.number(r['moved_sd'])} sd"
    return f"{_short(r['persona'])} ({r['state']}{moved})"


def _strongest(known: pd.DataFrame, persona: str, most: int = 3) -> list[str]:
    own = known[known["persona"] == persona].assign(s=lambda f: f["effect"].abs()).sort_values("s", ascending=False, kind="stable")
    return [str(w) for w in own.drop_duplicates("feature")["words"].head(most)]


def _tones(titles: list[Any]) -> dict[Any, str]:
    return {t: PALETTE[i % len(PALETTE)] for i, t in enumerate(titles)}


def _short(text: Any, longest: int = 32) -> str:
    text = str(text)
    return text if len(text) <= longest else f"{text[:longest - 1].rstrip()}…"


def _wrap(text: Any, width: int = 18) -> str:
    import textwrap

    return "\n".join(textwrap.wrap(_short(text, 60), width)) or " "
