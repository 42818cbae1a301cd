"""Charts of surveys: distributions, drivers, waves."""

from __future__ import annotations

from ..errors import NotEnoughData
from ..results import words
from ..results.result import Result
from .theme import BAD, GOOD, MUTED, PALETTE, Chart, light_grid, new_figure, percent_axis, sentence, themed

MOST_BARS = 24


def answers(result: Result, question_id: str = "", most: int = MOST_BARS) -> Chart:
    """The shares of one question's answers with their intervals; default: the first question whose answers are choices."""
    frame = result["answers"]
    frame = frame[~frame["net"].astype(bool) & frame["value"].notna()] if len(frame) else frame
    chosen = frame[frame["question_id"] == question_id] if question_id else frame[frame["type"].isin(["single", "multiple", "coded"])] if len(frame) else frame
    if chosen.empty and not question_id:
        chosen = frame
    if chosen.empty:
        raise NotEnoughData("distribution", f"no answers to {question_id or 'a choice question'}", "a question with answers", "the table of questions lists them")
    first = chosen.iloc[0]
    own = chosen[(chosen["question_id"] == first["question_id"]) & (chosen["source"] == first["source"]) & (chosen["type"] == first["type"])]
    shown = own.head(most).iloc[::-1]
    figure, ax = new_figure(max(1.4, 0.32 * len(shown) + 0.7))
    with themed():
        y = range(len(shown))
        ax.barh(y, shown["value"], color=PALETTE[0], alpha=0.35, height=0.62)
        ax.hlines(y, shown["low"].fillna(shown["value"]), shown["high"].fillna(shown["value"]), color=PALETTE[0], linewidth=2)
        for i, (value, high, n) in enumerate(zip(shown["value"], shown["high"].fillna(shown["value"]), shown["n"], strict=True)):
            ax.annotate(f"{words.number(value, 'share')}  n={n:,}", (max(value, high), i), xytext=(7, 0), textcoords="offset points", va="center", color=MUTED, fontsize=8.5)
        ax.set_yticks(list(y), [str(a)[:48] for a in shown["answer"]])
        ax.set_xlim(0, min(1.25, float(shown["high"].fillna(shown["value"]).max()) * 1.3 + 0.02))
        percent_axis(ax.xaxis)
        light_grid(ax)
    rest = f"; {len(own) - most} more answers are in the table" if len(own) > most else ""
    top = own.loc[own["value"].idxmax()]
    several = " (several answers could be given)" if first["type"] in ("multiple", "coded") else ""
    return Chart(figure, f"Bars of {len(shown)} answers to “{first['question']}” with 95 % intervals; most frequent: {top['answer']}, {words.number(top['value'], 'share')}.",
                 f"{first['question']}: shares of {int(first['base']):,} respondents who answered{several}, with 95 % intervals{rest}",
                 title=f"The most frequent answer is {words.quoted(str(top['answer']))}: {words.number(top['value'], 'share')} of {int(first['base']):,}.")


def drivers(result: Result, most: int = MOST_BARS) -> Chart:
    """Each answer's part of what all of them explain of the outcome, with bootstrap intervals, largest first."""
    frame = result["drivers"].head(most).iloc[::-1]
    figure, ax = new_figure(max(1.6, 0.32 * len(frame) + 0.8))
    with themed():
        y = range(len(frame))
        colours = [BAD if "worse" in r else GOOD for r in frame["reading"]]
        ax.hlines(y, frame["low"].fillna(frame["value"]), frame["high"].fillna(frame["value"]), color=colours, alpha=0.35, linewidth=7)
        ax.scatter(frame["value"], y, color=colours, s=30, zorder=3)
        for i, (value, high) in enumerate(zip(frame["value"], frame["high"].fillna(frame["value"]), strict=True)):
            ax.annotate(words.number(value, "share"), (high, i), xytext=(8, 0), textcoords="offset points", va="center", color=MUTED, fontsize=8.5)
        ax.axvline(result.facts["even"], color=MUTED, linewidth=0.9, linestyle=":")
        ax.set_yticks(list(y), [q[:52] for q in words.apart([str(q) for q in frame["question"]])])
        ax.set_xlim(0, float(frame["high"].fillna(frame["value"]).max()) * 1.18)
        percent_axis(ax.xaxis)
        light_grid(ax)
    top = frame.iloc[-1]
    return Chart(figure, f"Dot plot of {len(frame)} answers by their part of R² of {result.facts['outcome']}; most: {top['question']}, {words.number(top['value'], 'share')}.",
                 f"Parts of what {len(result['drivers'])} answers together explain of {result.facts['outcome']} (R² {result.facts['r2']:.2f}, n = {result.facts['n']:,}), with 95 % intervals; "
                 "dotted: an even share; orange: served worse than most. Associations, not effects",
                 title=next((s for s in result.sentences[:1]), ""))


def quadrants(result: Result) -> Chart:
    """Importance against performance, with intervals in both directions."""
    frame = result["drivers"]
    frame = frame[frame["position"].notna()]
    figure, ax = new_figure(4.6)
    with themed():
        ax.errorbar(100 * frame["position"], frame["value"], color="none", ecolor=PALETTE[0], alpha=0.3, elinewidth=1.2,
                    xerr=[100 * (frame["position"] - frame["position_low"].fillna(frame["position"])).clip(lower=0), 100 * (frame["position_high"].fillna(frame["position"]) - frame["position"]).clip(lower=0)],
                    yerr=[(frame["value"] - frame["low"].fillna(frame["value"])).clip(lower=0), (frame["high"].fillna(frame["value"]) - frame["value"]).clip(lower=0)])
        ax.scatter(100 * frame["position"], frame["value"], s=26, zorder=3, color=[BAD if "worse" in r else GOOD if "more" in r else MUTED for r in frame["reading"]])
        ax.axhline(result.facts["even"], color=MUTED, linewidth=0.9, linestyle=":")
        ax.axvline(100 * result.facts["middle"], color=MUTED, linewidth=0.9, linestyle=":")
        names = dict(zip(frame["question"], words.apart([str(q) for q in frame["question"]]), strict=True))
        apart = frame[frame["reading"].str.contains("matters more")]
        for r in apart.to_dict("records"):
            ax.annotate(names[r["question"]][:34], (100 * r["position"], r["value"]), xytext=(5, 5), textcoords="offset points", fontsize=8.5)
        percent_axis(ax.yaxis)
        ax.set_xlabel("Mean answer, 0 worst to 100 best of its scale")
        ax.set_ylabel("Part of R²")
        light_grid(ax)
    told = words.listing([str(q) for q in apart["question"]]) if len(apart) else "nothing"
    return Chart(figure, f"Scatter of {len(frame)} answers: mean answer across, part of R² of {result.facts['outcome']} upwards, both with 95 % intervals; apart from the average: {told}.",
                 f"Importance for {result.facts['outcome']} against performance, with 95 % intervals in both directions; dotted: the averages. Named: what matters more than most beyond chance",
                 title=sentence(result, "not well served", "matters more", "below"))


def waves(result: Result, most: int = 6) -> Chart:
    """Scores from wave to wave with their intervals, a line a question; only scores of one unit share an axis."""
    frame = result["waves"]
    scores = frame[frame["answer"].isin(["NPS", "satisfied", "easy", "mean"]) & frame["value"].notna()]
    if scores.empty:
        raise NotEnoughData("waves", "no scored question in two waves", "one", "the table lists answers by wave")
    unit = str(scores["unit"].iloc[0])
    own = scores[scores["unit"] == unit]
    names = list(dict.fromkeys(own["question"]))[:most]
    order = list(dict.fromkeys(own["wave"]))
    shorts = words.apart([str(n) for n in names])
    figure, ax = new_figure(3.2)
    with themed():
        for k, name in enumerate(names):
            r = own[own["question"] == name]
            x = [order.index(w) + (k - (len(names) - 1) / 2) * 0.05 for w in r["wave"]]
            ax.plot(x, r["value"], color=PALETTE[k % len(PALETTE)], marker="o", markersize=4, label=shorts[k][:40])
            ax.vlines(x, r["low"].fillna(r["value"]), r["high"].fillna(r["value"]), color=PALETTE[k % len(PALETTE)], alpha=0.5)
        ax.set_xticks(range(len(order)), order)
        if unit == "share":
            percent_axis(ax.yaxis)
        if len(names) > 1:
            ax.legend(fontsize=8)
        light_grid(ax)
    first, last = own[own["question"] == names[0]].iloc[0], own[own["question"] == names[0]].iloc[-1]
    return Chart(figure, f"Lines of {len(names)} scores over {len(order)} waves; {names[0]}: {words.number(first['value'], unit)} in {first['wave']}, {words.number(last['value'], unit)} in {last['wave']}.",
                 f"Scores by wave, with 95 % intervals{'; the other questions are in the table' if own['question'].nunique() > most else ''}",
                 title=sentence(result, str(names[0])))


def behaviour(result: Result, most: int = 8) -> Chart:
    """How many respondents came back, by what they had answered, a question after the other."""
    frame = result["behaviour"]
    frame = frame[frame["back"].astype(bool)] if len(frame) else frame
    worst = frame.groupby(["source", "question_id"])["group"].transform("last")  # groups stand best first
    best = frame.groupby(["source", "question_id"])["group"].transform("first")
    frame = frame.assign(side=(frame["group"] == worst).astype(int) - (frame["group"] == best).astype(int))[frame["value"].notna()] if len(frame) else frame
    if frame.empty:
        raise NotEnoughData("what respondents did afterwards", "no group of respondents is large enough to be shown", "groups of at least `privacy.min_cell` followed respondents", "the table says who could be followed")
    asked = list(dict.fromkeys(zip(frame["source"], frame["question_id"], strict=True)))[:most]
    shown = frame[[k in asked for k in zip(frame["source"], frame["question_id"], strict=True)]].iloc[::-1]
    figure, ax = new_figure(max(1.6, 0.34 * len(shown) + 0.8))
    with themed():
        y = range(len(shown))
        colours = [{1: BAD, 0: MUTED, -1: GOOD}[side] for side in shown["side"]]
        ax.hlines(y, shown["low"].fillna(shown["value"]), shown["high"].fillna(shown["value"]), color=colours, alpha=0.35, linewidth=7)
        ax.scatter(shown["value"], y, color=colours, s=30, zorder=3)
        for i, (value, high, n, base) in enumerate(zip(shown["value"], shown["high"].fillna(shown["value"]), shown["n"], shown["base"], strict=True)):
            ax.annotate(f"{words.number(value, 'share')}  {n:,} of {base:,}", (high, i), xytext=(8, 0), textcoords="offset points", va="center", color=MUTED, fontsize=8.5)
        names = _told_apart([str(q) for q in frame["question"].unique()])
        ax.set_yticks(list(y), [f"{names[q][:36]}: {g}" for q, g in zip(shown["question"], shown["group"], strict=True)])
        widest = float(shown["high"].fillna(shown["value"]).max())
        ax.set_xlim(0, widest * 1.35 + 0.02)
        ax.set_xticks([t / 5 for t in range(6) if t / 5 <= widest + 0.1])
        percent_axis(ax.xaxis)
        light_grid(ax)
    return Chart(figure, f"Dots with 95 % intervals: share of respondents who {shown['outcome'].iloc[0]} of their answer, by what they had answered, for {len(asked)} questions.",
                 f"Share of respondents who {shown['outcome'].iloc[0]}, by what they had answered, with 95 % intervals; only people known in the log and observed for long enough",
                 title=next(iter(result.sentences), ""))


def _told_apart(questions: list[str]) -> dict[str, str]:
    """Short names of questions: of those that begin alike (the lines of a grid) what tells them apart."""
    out = dict(zip(questions, words.apart(questions), strict=True))
    for begun in {q[:20] for q in questions}:
        alike = [q for q in questions if q[:20] == begun]
        if len(alike) > 1:
            out |= dict(zip(alike, words.apart(alike), strict=True))
    return out
