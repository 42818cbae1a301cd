"""Which ways do customers take, where do they turn back, and how does the common way differ from the others?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ...engine.conditions import literal
from ...errors import BadInput, NotEnoughData, did_you_mean
from ...log.actors import did_sql
from ...log.door import log_of
from ...log.ends import ends_words, journey_ends, journeys_ended
from ...log.events import NONE, events_of
from ...log.on_spark import RemoteEvents, log_evidence
from ...privacy.small_counts import countable
from ...results import words
from ...results.caveats import Note
from ...results.declared import declares
from ...results.prose import many_of
from ...results.result import Estimate, Finding, Result
from ...results.subjects import Subject
from ...tables import IN_ORDER
from . import declared
from .compare import comparison_frame, not_compared, nothing_compared, too_few
from .goal import goal_node
from .graph import STEPS, Graph, between_frame, graph_of, sankey_frame
from .remote_paths import RemoteGraph, RemoteWalks, remote_comparison, remote_frames, remote_graph, remote_reached, remote_walks, remote_way_to
from .variants import in_words, loops_frame, variants_frame, variants_of, way_to
from .walks import OTHER, Walks, check, walk_nodes

if TYPE_CHECKING:
    from ...study import Study


@dataclass(frozen=True)
class Loop(Subject):
    """A place that customers come back to. by: "stage" or "touchpoint"."""

    by: str
    node: str


@declares(*declared.ALL)
def paths(study: Study, *, by: str = "event", unit: str = "session", timeout: float | None = None, nodes: int = 12, edges: int = 60,
          steps: int = 6, repeats: bool = False, ignore: Sequence[str] = (), goal: str | None = None, compare: str | None = None,
          conversion: str | None = None) -> Result:
    """The paths of customers over events, touchpoints, channels or stages.

    by, unit, timeout, nodes, repeats, ignore: see `walk_nodes`; nodes and edges are the sliders of complexity, and
    what they hide is counted in `(other)`. goal: a node; the most common way to it and the deviations from it.
    compare: a column or `attributes.<key>` whose two largest groups are compared, or `reached:<node>`. conversion: an event;
    where they are not given, the node at which most of these events happen is the goal, and who reached it is compared.
    Frames: `nodes`, `transitions`, `step_matrix`, `sankey`, `variants`, `loops`, `between`, `deviations`, `comparison`.
    The last two are empty where they are not asked for, nobody reached the goal, or this client's customers form no two groups; a caveat
    says so. Raises `BadInput` for unknown columns and ignored values, `NotEnoughData` without events.
    """
    check(unit, timeout, nodes=nodes, edges=edges, steps=steps)
    if conversion:
        goal = goal or goal_node(study, by, conversion)
        compare = compare or (f"reached:{goal}" if goal else None)
    keep = [x for x in (goal, compare.removeprefix("reached:") if compare and compare.startswith("reached:") else None) if x]
    walks = _walks(study, by, unit, timeout, nodes=nodes, repeats=repeats, ignore=ignore, keep=keep)
    told = walks.told()  # whole paths, steps, loops and ways speak of paths whose order is known
    more, variants = {name: pd.DataFrame() for name in ("sankey", "variants", "loops", "between")}, 0
    graph = graph_of(walks, max(steps, STEPS)) if isinstance(walks, Walks) else remote_graph(walks, max(steps, STEPS))
    if told.units and isinstance(told, Walks):
        ways = variants_of(told)
        more = {"sankey": sankey_frame(told, steps), "variants": variants_frame(told, ways), "loops": loops_frame(told), "between": between_frame(told)}
        variants = len(ways)
    elif told.units and isinstance(told, RemoteWalks) and isinstance(graph, RemoteGraph):
        more, variants = remote_frames(told, graph, steps)
    if len(more["between"]):
        more["between"] = more["between"].sort_values(["value", "from", "to"], ascending=[False, True, True], ignore_index=True)
    result = _drawn(study, f"Which paths do customers take over {by}s?", walks, graph, by, unit, nodes, edges)
    result.frames |= more
    result.facts["variants"] = variants
    result.facts["told"] = told.units
    if goal:
        _goal(told, goal, result)
    if compare:
        _compare(study, walks, compare, result)
    result.method = (f"{walks.rule[0].upper()}{walks.rule[1:]}. Shares with Wilson intervals; differences between groups: Newcombe 1998 on customers, "
                     "score test (Fisher's exact test where fewer than five are expected), p adjusted after Holm 1979; medians of times.")
    least = study.params.privacy.min_cell
    result.sentences = _sentences(walks, result, goal, least)
    result.findings = _loop_findings(study, walks, by, unit, repeats, ignore, timeout, result) if told is walks else []
    if len(result["variants"]):  # a path of few may be that of a known person
        result.frames["variants"] = result["variants"].loc[result["variants"]["n"] >= least].reset_index(drop=True)
    for asked in ("deviations", "comparison"):  # a chapter's table of them says that there is none
        result.frames.setdefault(asked, pd.DataFrame())
    return result


@declares(*declared.GRAPH)
def path_graph(study: Study, *, by: str = "event", unit: str = "session", timeout: float | None = None, nodes: int = 12, edges: int = 60,
               repeats: bool = False, ignore: Sequence[str] = ()) -> Result:
    """What comes after what, and where paths are at each step: the part of `paths` that its sliders change, for a third of the work.

    Options, facts, caveats and frames (`nodes`, `transitions`, `step_matrix`) as of `paths`, and it raises the same.
    """
    check(unit, timeout, nodes=nodes, edges=edges)
    walks = _walks(study, by, unit, timeout, nodes=nodes, repeats=repeats, ignore=ignore)
    graph = graph_of(walks, STEPS) if isinstance(walks, Walks) else remote_graph(walks, STEPS)
    result = _drawn(study, f"What comes after what over {by}s?", walks, graph, by, unit, nodes, edges)
    result.method = f"{walks.rule[0].upper()}{walks.rule[1:]}. Shares with Wilson intervals; medians of times."
    return result


def _drawn(study: Study, question: str, walks: Walks | RemoteWalks, graph: Graph, by: str, unit: str, nodes: int, edges: int) -> Result:
    """The frames of the graph, the facts and the caveats that paths begin with."""
    result = Result(question, {"nodes": graph.nodes, "transitions": graph.transitions.head(edges).reset_index(drop=True), "step_matrix": graph.step_matrix})
    result.facts = {"by": by, "unit": unit, "units": walks.units, "visits": len(walks),
                    "nodes_shown": len([n for n in walks.names if n != OTHER]), "has_other": OTHER in walks.names}
    result.caveats = list(walks.notes)
    if OTHER in walks.names:
        result.caveats.append(Note(f"Only the {nodes} most visited values of {by} are told apart; the others are {OTHER}."))
    if (left := len(graph.transitions) - edges) > 0:
        result.caveats.append(Note(f"{words.count(left)} rarer {'move is' if left == 1 else 'moves are'} not listed."))
    if unit == "customer":
        over = journeys_ended(study) if journey_ends(study) else 0
        result.facts["ended"] = over
        result.caveats.append(Note("(end) means no later event so far, not that the journey is over.") if not over else
                              f"(end) means no later event so far; {words.count(over)} customers have come to an end ({ends_words(journey_ends(study))}), "
                              "the others may go on.")
    return result


def _walks(study: Study, by: str, unit: str, timeout: float | None, *, nodes: int, repeats: bool, ignore: Sequence[str],
           keep: Sequence[str] = ()) -> Walks | RemoteWalks:
    ignore = [ignore] if isinstance(ignore, str) else ignore
    return (remote_walks if isinstance(log_of(study), RemoteEvents) else walk_nodes)(study, by, unit, timeout, nodes=nodes, repeats=repeats, ignore=ignore, keep=keep)


def _goal(walks: Walks | RemoteWalks, goal: str, result: Result) -> None:
    way = None
    if goal in walks.names and walks.units:
        way = way_to(walks, goal) if isinstance(walks, Walks) else remote_way_to(walks, goal)
    if way is None:  # one client may lack what all others have
        result.caveats.append(f"Nobody reached {goal!r}.{did_you_mean(goal, walks.names)}" if goal not in walks.names or result.facts["told"] == result.facts["units"] else
                              f"The way to {goal!r} is not told: no path to it is known in its order.")
        return
    result.frames["deviations"] = way.deviations
    result.facts |= {"goal": goal, "happy_path": way.happy, "happy": way.taken, "reached_goal": way.units}


def _compare(study: Study, walks: Walks | RemoteWalks, compare: str, result: Result) -> None:
    if compare.startswith("reached:"):
        goal = compare.removeprefix("reached:")
        if goal not in walks.names:
            result.caveats.append(f"Nothing is compared: nobody reached {goal!r}.{did_you_mean(goal, walks.names)}")
            return
        if isinstance(walks, Walks):
            reached = np.isin(walks.customer, np.unique(walks.customer[walks.unit[walks.node == walks.code(goal)]]))
            frame = comparison_frame(walks, reached, ~reached, without=goal)
        else:
            frame = remote_reached(walks, goal)
        if frame.empty:
            result.caveats.append(f"Nothing is compared: all customers reached {goal!r}, or they visit nothing else.")
            return
        names = [f"Customers who reached {goal!r}", "the others"]
        result.caveats.append(Note(f"What came after {goal!r} is compared too, which the others cannot have."))
    else:
        try:
            frame, names = _by_value(study, walks, compare) if isinstance(walks, Walks) else remote_comparison(walks, compare)
        except NotEnoughData:  # the rest of the answer stands
            result.caveats.append(nothing_compared(study, compare))
            return
    result.frames["comparison"] = _without_few(frame, study.params.privacy.min_cell)
    result.facts["compared"] = names


def _without_few(frame: pd.DataFrame, least: int) -> pd.DataFrame:
    """The differences without those that tell of few customers of a group (see `small_counts`): who visits or moves, and who does not."""
    kept = [countable(int(size), round(part * size), least) and countable(int(base - size), round(other * (base - size)), least)
            for size, base, part, other in zip(frame["n"], frame["base"], frame["share"], frame["other_share"], strict=True)]
    return frame if all(kept) else frame[kept].reset_index(drop=True)


def _by_value(study: Study, walks: Walks, compare: str) -> tuple[pd.DataFrame, list[str]]:
    """The comparison of the two largest groups by a column or `attributes.<key>`, and their names."""
    codes, names = _by_customer(study, walks, compare)
    people = np.unique(walks.customer, return_index=True)[1]
    sizes = np.bincount(codes[people], minlength=len(names))
    sizes[0] = 0 if names[0] == NONE else sizes[0]
    order = np.argsort(-sizes, kind="stable")[:2]
    if len(order) < 2 or sizes[order[1]] == 0:
        raise too_few(compare)
    a, b = (int(x) for x in order)
    return comparison_frame(walks, codes == a, codes == b), [names[a], names[b]]


def _by_customer(study: Study, walks: Walks, compare: str) -> tuple[np.ndarray, list[str]]:
    events = events_of(study)
    if compare.startswith("attributes."):
        return events.attribute(compare.removeprefix("attributes."), walks.customer)
    first = events.log.take(np.asarray(events.log.first[:-1]))
    try:
        codes, names = events.values(compare, first)
    except BadInput as problem:
        raise not_compared(problem) from None
    return codes[walks.customer], names


def _sentences(walks: Walks | RemoteWalks, result: Result, goal: str | None, least: int) -> list[str]:
    """least: a way that fewer take is not written out: it says nothing of the others, and could be that of a known person."""
    who = "sessions" if result.facts["unit"] == "session" else "customers"
    variants, told = int(result.facts["variants"]), int(result.facts["told"])
    several = f"{words.count(told)} {who} take {words.count(variants)} different paths"
    if not walks.order_told:
        return [f"{words.count(walks.units)} {who} were followed; no most common path is named, since of too many visits of one instant no export says which came first."]
    top = result["variants"].iloc[0]
    if variants == 1:
        out = [f"{words.count(told)} {who} take one and the same path, {top['path']}.", f"That is {words.estimate(Estimate.of(top))}."]
    elif top["n"] < least:
        out = [f"{several}, none of them that of {least} or more; fewer nodes{'' if who == 'sessions' else ', or sessions as paths,'} show what they share."]
    else:
        out = [f"{many_of(top)} {who} take the most common path, {top['path']}.", f"{several}; the most common is that of {words.estimate(Estimate.of(top))}."]
    loops = result["loops"]
    if len(loops) and loops.iloc[0]["n"]:
        r = loops.iloc[0]
        out.append(f"{words.estimate(Estimate.of(r))} of the {who} that visit {r['node']} come back to it after something else, most often from {r['via']}.")
    if goal and "deviations" in result.frames:
        same = result["deviations"].iloc[0]
        out.append(f"No way to {goal} is that of {least} or more of the {words.count(same['base'])} who get there." if same["n"] < least else
                   f"The most common way to {goal} is {in_words(result.facts['happy_path'])}; "
                   f"{words.estimate(Estimate.of(same))} of those who get there take exactly this way.")
    if "comparison" in result.frames:
        sure = result["comparison"]
        sure = sure[sure["p_adjusted"] < 0.05]
        a, b = result.facts["compared"]
        if len(result["comparison"]):
            out.append(f"{a} and {b} differ in {len(sure)} of {len(result['comparison'])} compared visits and moves (p adjusted after Holm).")
    return out


def _loop_findings(study: Study, walks: Walks | RemoteWalks, by: str, unit: str, repeats: bool, ignore: Sequence[str], timeout: float | None,
                   result: Result) -> list[Finding]:
    """Where customers turn back, for touchpoints and stages, whose place on the map is known."""
    if by not in ("touchpoint", "stage") or unit != "customer" or repeats or ignore:
        return []
    out, did = [], did_sql(study, walks.events if isinstance(walks, RemoteWalks) else events_of(study))
    for r in result["loops"].head(3).to_dict("records"):
        if not r["n"]:
            continue
        e = Estimate.of(r)
        node = str(r["node"])
        sql = f"""SELECT customer_id AS id, count(*) FILTER (begins) > 1 AS counted FROM (SELECT *, "{by}" = {literal(node)} AND
            ("{by}" IS DISTINCT FROM lag("{by}") OVER (PARTITION BY customer_id ORDER BY {IN_ORDER})) AS begins
            FROM interactions WHERE "{by}" IS NOT NULL AND {did}) WHERE "{by}" = {literal(node)} GROUP BY customer_id"""
        stage = node if by == "stage" else study.touchpoint_stage.get(node)
        definition = f"customers with a visit of {node}; counted: a second visit after another {by}"
        out.append(Finding(f"paths:loop:{by}:{node}", f"{words.estimate(e)} of the customers at {node} come back to it after something else, "
                           f"most often from {r['via']}", "metric", e, stage=stage, touchpoint=node if by == "touchpoint" else None,
                           evidence=(log_evidence(study, definition, sql, e.base),), subject=Loop(by, node)))
    return out


