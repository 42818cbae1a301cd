"""Charts of interview coding."""

from __future__ import annotations

import textwrap
from typing import Any

import numpy as np
import pandas as pd

from ..analysis.coding.themes import SMALL_GROUP
from ..errors import NotEnoughData
from ..results import policy, words
from ..results.result import Result
from .theme import BAD, GOOD, MUTED, NEUTRAL, ON_DARK, ON_LIGHT, PALETTE, Chart, light_grid, new_figure, percent_axis, sentence, themed

KIND_COLORS = {"pain": BAD, "gain": "#009e73", "emotion": "#7a5195", "need": GOOD}


def codes(result: Result, most: int = 15) -> Chart:
    """Participants who speak of each code, with Wilson intervals; leaf codes, most frequent first."""
    frame = result["codes"]
    used = frame[frame["passages_own"] > 0].sort_values(["n", "path"], ascending=[False, True]).head(most)
    if used.empty:
        raise NotEnoughData("codes", "no code is applied", "at least one coding", "cjm check says what data there is")
    figure, ax = new_figure(max(1.6, 0.34 * len(used) + 0.8))
    with themed():
        y = np.arange(len(used))[::-1]
        colors = [KIND_COLORS.get(str(k), NEUTRAL) for k in used["kind"]]
        for i, at in enumerate(y):
            row = used.iloc[i]
            ax.hlines(at, row["low"], row["high"], color=colors[i], alpha=0.3, linewidth=7)
            ax.scatter([row["value"]], [at], color=colors[i], s=30, zorder=3)
            ax.annotate(f"{row['n']} of {row['base']}", (row["high"], at), xytext=(7, 0), textcoords="offset points", va="center", fontsize=8.5, color=MUTED)
        ax.set_yticks(y, [str(c) for c in used["code"]])
        ax.set_xlim(-0.02, 1.14)
        ax.set_xticks(np.linspace(0, 1, 5))
        percent_axis(ax.xaxis)
        light_grid(ax)
        ax.set_xlabel("participants who speak of it, with 95 % interval")
    first = used.iloc[0]
    kinds = [k for k in KIND_COLORS if k in set(used["kind"].astype(str))]
    alt = f"Dot plot of {len(used)} codes by participants: most often {first['code']} ({first['n']} of {first['base']} participants)."
    legend = {"pain": "orange: pain", "gain": "green: gain", "emotion": "violet: emotion", "need": "blue: need"}
    return Chart(figure, alt, "Participants by code" + (f" ({', '.join(legend[k] for k in kinds)})" if kinds else ""),
                 title=sentence(result, "The most common pain point", "Most participants speak"))


def participants(result: Result, most: int = 25) -> Chart:
    """Which participant speaks of which code: passages as shades."""
    frame = result["participants"]
    code = "path" if "path" in frame else "code"
    wide = frame.pivot_table(index=code, columns="participant", values="passages", aggfunc="sum", fill_value=0) if "participant" in frame else frame.set_index(code).select_dtypes("number")
    wide = wide[wide.sum(axis=1) > 0]
    if wide.empty:
        raise NotEnoughData("codes by participant", "no code is applied", "at least one coding", "cjm check says what data there is")
    wide = wide.loc[(wide > 0).sum(axis=1).sort_values(ascending=False, kind="stable").index[:most]]
    import seaborn as sns

    figure, ax = new_figure(max(1.8, 0.26 * len(wide) + 0.9))
    with themed():
        top = max(1, int(wide.to_numpy().max()))
        sns.heatmap(wide, ax=ax, cmap=sns.light_palette(PALETTE[0], as_cmap=True), vmin=0, vmax=top, linewidths=1.2, linecolor="none", cbar=False,
                    annot=wide.where(wide > 0).astype("Int64").astype("string").fillna("").to_numpy(), fmt="", annot_kws={"fontsize": 7.5})
        for text in ax.texts:  # on a shade the ink of the page could vanish in the dark
            text.set_color(ON_DARK if text.get_text() and int(text.get_text()) > 0.55 * top else ON_LIGHT)
        ax.set(xlabel="", ylabel="")
        ax.set_yticklabels([str(t.get_text()).split(" > ")[-1] for t in ax.get_yticklabels()], rotation=0)
        ax.xaxis.tick_top()
        ax.tick_params(length=0)
    alt = f"Heat map of passages by code and participant: {len(wide)} codes and {wide.shape[1]} participants; the most passages in a cell are {top}."
    return Chart(figure, alt, "Passages by code and participant",
                 title=sentence(result, "Most participants speak of"))


def stages(result: Result, most: int = 20) -> Chart:
    """Where on the journey participants speak of which code: participants as shades."""
    return _crossed(result, "stages", "stage", most, "stage")


def personas(result: Result, most: int = 20) -> Chart:
    """Which persona speaks of which code: participants of the persona as shades."""
    return _crossed(result, "personas", "persona", most, "persona")


def _crossed(result: Result, name: str, column: str, most: int, word: str) -> Chart:
    frame = result[name]
    used = set(result["codes"].loc[result["codes"]["passages_own"] > 0, "path"])
    frame = frame[frame["path"].isin(used) & (frame["n"] > 0)]
    if frame.empty:
        need = {"stage": "codes or codings placed on stages (journey.stages[].codes)", "persona": "a persona for participants (their sheet's column persona)"}
        raise NotEnoughData(f"codes by {word}", f"no coded passage has a {word}", need[word], "cjm check says what data there is")
    order = list(dict.fromkeys(result[name][column]))
    sizes = result[name].drop_duplicates(column).set_index(column)["base"]
    hits = frame.pivot_table(index="path", columns=column, values="n", aggfunc="first", fill_value=0, observed=True).reindex(columns=order, fill_value=0)
    top = result["codes"].set_index("path").loc[hits.index].sort_values(["n", "passages"], ascending=False, kind="stable").index[:most]
    hits = hits.loc[[p for p in result["codes"]["path"] if p in set(top)]]
    shares = hits.div(sizes.reindex(order), axis="columns")
    few = [c for c in order if sizes[c] < SMALL_GROUP]
    shares.loc[:, few] = 0.0  # of so few a share says little: the count is shown, and no shade
    import seaborn as sns

    figure, ax = new_figure(max(1.8, 0.28 * len(hits) + 1.0))
    with themed():
        texts = [[f"{int(n)} of {sizes[c]}" if n else "" for c, n in row.items()] for _, row in hits.iterrows()]
        sns.heatmap(shares, ax=ax, cmap=sns.light_palette(PALETTE[0], as_cmap=True), vmin=0, vmax=1, linewidths=1.2, linecolor="none", cbar=False,
                    annot=np.array(texts), fmt="", annot_kws={"fontsize": 7.5})
        for text, value in zip(ax.texts, shares.to_numpy().ravel(), strict=True):
            text.set_color(ON_DARK if value > 0.55 else ON_LIGHT)
        ax.set(xlabel="", ylabel="")
        ax.set_yticklabels([str(p).split(" > ")[-1] for p in hits.index], rotation=0)
        ax.set_xticklabels(["\n".join(textwrap.wrap(str(c), max(8, 66 // len(order)), break_long_words=False)) for c in order], rotation=0)
        ax.xaxis.tick_top()
        ax.tick_params(length=0)
    code, place = max(((c, p) for c in hits.index for p in hits.columns), key=lambda pair: hits.loc[pair[0], pair[1]])
    alt = (f"Heat map of {len(hits)} codes by {word}, counted in participants: most in {place}, {str(code).split(' > ')[-1]} "
           f"({int(hits.loc[code, place])} of {sizes[place]}).")
    left = len(set(frame["path"])) - len(hits)
    return Chart(figure, alt, f"Participants who speak of a code, by {word}" + (f"; {left} rarer codes are left out" if left else "")
                 + (f"; groups of fewer than {SMALL_GROUP} are not shaded" if few else ""),
                 title=_most(code, place, int(hits.loc[code, place]), sizes[place], column))


def _most(code: Any, place: Any, n: int, base: int, column: str) -> str:
    """Where most speak of what, in a sentence."""
    name = str(code).split(" > ")[-1]
    return f"{place}: {n} of {base} speak of {name}, more than anywhere else." if column == "persona" else f"Most people speak of {name} in {place}: {n} of {base}."


def emotion(result: Result) -> Chart:
    """The emotion curve: mean valence by stage with its interval."""
    frame = result["stages"].dropna(subset=["value"])
    frame = frame[frame["base"].map(policy.point) != "none"]
    if frame.empty and len(result["stages"]):
        raise NotEnoughData("emotion by stage", f"in no stage do {policy.now().curve_from} participants say how they feel", f"{policy.now().curve_from} participants in a stage",
                            "the table says what there is; evidence.curve_from in the params")
    if frame.empty:
        raise NotEnoughData("emotion by stage", "no coded passage with a valence lies on a stage", "emotion codes with a valence, placed on stages", "cjm check says what data there is")
    figure, ax = new_figure(2.7)
    with themed():
        x = np.arange(len(frame))
        low, high = frame["low"].astype(float), frame["high"].astype(float)
        ax.vlines(x, low, high, color=PALETTE[0], alpha=0.3, linewidth=9)
        ax.plot(x, frame["value"].astype(float), color=PALETTE[0], linewidth=2)
        hollow = (frame["base"].map(policy.point) == "hollow").to_numpy()
        ax.scatter(x, frame["value"].astype(float), s=49, facecolors=["white" if h else PALETTE[0] for h in hollow], edgecolors=PALETTE[0], linewidths=1.6, zorder=3)
        ax.axhline(0, color=MUTED, linewidth=0.8)
        ax.set_ylim(-2.15, 2.6)
        ax.set_yticks([-2, -1, 0, 1, 2], ["−2", "−1", "0", "+1", "+2"])
        ax.set_xticks(x, [str(s).replace(" and ", "\nand ") for s in frame["stage"]])
        ax.set_xlim(-0.5, len(frame) - 0.5)
        ax.set_ylabel("mean valence")
        light_grid(ax, "y")
        for i, n in enumerate(frame["base"]):
            ax.annotate(f"n={n}", (i, 2.5), ha="center", va="top", fontsize=8.5, color=MUTED)
    lowest, highest = frame.loc[frame["value"].idxmin()], frame.loc[frame["value"].idxmax()]
    alt = (f"Emotion curve over {len(frame)} stages from −2 to +2: lowest in {lowest['stage']} ({words.number(lowest['value'])}), "
           f"highest in {highest['stage']} ({words.number(highest['value'])}).")
    return Chart(figure, alt, "Emotion along the journey: mean valence with 95 % interval, n participants; hollow: few of them",
                 title=sentence(result, "On a scale from"))


def agreement(result: Result, most: int = 20) -> Chart:
    """Krippendorff's α by code with its interval over documents; the codes used most."""
    frame = result["codes"]
    defined = frame[(frame["measure"] == "alpha") & frame["value"].notna()]
    # the codes that are used most, not those that agree best: a rare code agrees by chance alone or not at all
    chosen = defined.sort_values("prevalence", ascending=False, kind="stable").head(most).sort_values("value", ascending=False, kind="stable")
    if chosen.empty:
        raise NotEnoughData("agreement by code", "α is defined for no code", "two coders who applied a code in the same documents", "cjm check says what data there is")
    figure, ax = new_figure(max(1.5, 0.34 * len(chosen) + 0.8))
    with themed():
        y = np.arange(len(chosen))[::-1]
        low, high = chosen["low"].fillna(chosen["value"]).astype(float), chosen["high"].fillna(chosen["value"]).astype(float)
        ax.hlines(y, low, high, color=PALETTE[0], alpha=0.3, linewidth=7)
        ax.scatter(chosen["value"], y, color=PALETTE[0], s=30, zorder=3)
        for at, name, side in ((0.667, ".667 tentative ", "right"), (0.8, " reliable .800", "left")):
            ax.axvline(at, color=MUTED, linewidth=0.8, linestyle=":")
            ax.annotate(name, (at, len(chosen) - 0.45), ha=side, fontsize=7.5, color=MUTED)
        ax.set_yticks(y, [str(c) for c in chosen["code"]])
        ax.set_ylim(-0.6, len(chosen) - 0.1)
        light_grid(ax)
    worst = chosen.iloc[-1]
    alt = f"Dot plot of Krippendorff's alpha for {len(chosen)} codes: lowest {worst['code']} ({worst['value']:.2f}), highest {chosen.iloc[0]['code']} ({chosen.iloc[0]['value']:.2f})."
    return Chart(figure, alt, "Agreement of coders by code: Krippendorff's α with 95 % interval" + (
        f"; the {len(chosen)} codes used most" if len(defined) > len(chosen) else ""),
                 title=sentence(result, "codes lie below", "lies below"))


def saturation(result: Result) -> Chart:
    """New codes by interview: does coding come to an end?"""
    frame = result["interviews"]
    new = next(c for c in ("new_codes", "new") if c in frame)
    figure, ax = new_figure(2.6)
    with themed():
        x = np.arange(len(frame))
        ax.bar(x, frame[new], color=PALETTE[0], width=0.6)
        for i, value in enumerate(frame[new]):
            ax.annotate(str(value), (i, value), xytext=(0, 3), textcoords="offset points", ha="center", fontsize=8.5, color=MUTED)
        ax.set_xticks(x, [str(p) for p in frame["participant"]])
        ax.set_ylabel("codes not heard before")
        light_grid(ax, "y")
    values = pd.Series(frame[new]).astype(int).tolist()
    alt = f"Bar chart of new codes in {len(frame)} interviews in order: {words.listing([str(v) for v in values])}."
    return Chart(figure, alt, "Codes not heard before, by interview in order",
                 title=sentence(result, "of the same interviews"))
