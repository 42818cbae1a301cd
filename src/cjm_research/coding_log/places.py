"""Where codes and codings lie on the journey after the codebook was edited.

The same rules as when tables are built (`placing.place_codings`): what a code says itself, else the journey's
rules for its name and path; and, for codes that coders made or moved, else the place of the code above.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .codes import PATH_SEPARATOR, Code, Codes

if TYPE_CHECKING:
    from ..params.schema import Journey
    from .replay import Coding


@dataclass(frozen=True)
class Rules:
    """The journey's rules for codes, in the order of the journey: (name of touchpoint or stage, its codes)."""

    touchpoints: tuple[tuple[str, tuple[str, ...]], ...] = ()
    stages: tuple[tuple[str, tuple[str, ...]], ...] = ()
    stage_of: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, journey: Journey | None) -> Rules:
        """The rules of a client's journey; none without one."""
        stages = journey.stages if journey else []
        return cls(tuple((t.name, tuple(t.codes)) for s in stages for t in s.touchpoints),
                   tuple((s.name, tuple(s.codes)) for s in stages),
                   {t.name: s.name for s in stages for t in s.touchpoints})

    def place(self, name: str, path: str, itself: bool = False) -> tuple[str | None, str | None]:
        """Touchpoint and stage of a code by its name and path; `itself`: not by a rule for a code above it."""
        touchpoint = _first(self.touchpoints, name, path, itself)
        stage = self.stage_of.get(touchpoint) if touchpoint else None
        return touchpoint, stage or _first(self.stages, name, path, itself)


def _first(rules: tuple[tuple[str, tuple[str, ...]], ...], name: str, path: str, itself: bool) -> str | None:
    return next((where for where, listed in rules
                 if any(name == c or path == c or (path.startswith(c + PATH_SEPARATOR) and not itself)
                        for c in listed)), None)


@dataclass(frozen=True)
class Built:
    """Codes and codings as they were built, before any event: what was derived then is derived again."""

    codes: Mapping[str, tuple[str | None, str | None, tuple[str | None, str | None]]]
    codings: Mapping[str, tuple[str, str | None, str | None]]

    @classmethod
    def of(cls, codes: Codes, codings: Mapping[str, Coding], rules: Rules) -> Built:
        """Touchpoint and stage of every code, with what the rules said of it; code and place of every coding."""
        return cls({c.code_id: (c.touchpoint, c.stage, rules.place(c.name, codes.path(c.code_id)))
                    for c in codes.by_id.values()},
                   {c.coding_id: (c.code_id, c.touchpoint, c.stage) for c in codings.values()})


def settle_codes(codes: Codes, built: Built, rules: Rules) -> None:
    """Give every code that was made, renamed, moved or set, and all below it, its place, kind and valence."""
    by_hand: set[str] = set()  # codes whose place a coder chose, or that lie below one
    for code, _ in codes.tree():
        above = codes.by_id.get(code.parent_id) if code.parent_id is not None else None
        if code.code_id in codes.touched or (above and above.code_id in codes.touched):
            codes.touched.add(code.code_id)
            under = above is not None and above.code_id in by_hand
            if under or code.set_by_hand & {"stage", "touchpoint"}:
                by_hand.add(code.code_id)
            _settle(code, above, built, rules, codes, under)


def _settle(code: Code, above: Code | None, built: Built, rules: Rules, codes: Codes, under: bool) -> None:
    if code.code_id in built.codes:
        touchpoint, stage, (by_rule_touchpoint, by_rule_stage) = built.codes[code.code_id]
        if code.touchpoint == touchpoint == by_rule_touchpoint and "touchpoint" not in code.set_by_hand:
            code.touchpoint = None
        if code.stage == stage == by_rule_stage and "stage" not in code.set_by_hand:
            code.stage = None
    elif above:
        code.kind = code.kind or above.kind
        code.valence = above.valence if code.valence is None and code.kind == above.kind else code.valence
    # the nearest word counts: a place chosen for the code above is nearer than a rule for one further up
    touchpoint, stage = rules.place(code.name, codes.path(code.code_id), itself=under)
    code.touchpoint = code.touchpoint or touchpoint
    code.stage = code.stage or rules.stage_of.get(code.touchpoint or "") or stage
    if above and above.touchpoint and code.touchpoint is None and code.stage in (None, above.stage):
        code.touchpoint = above.touchpoint
    code.stage = code.stage or (above.stage if above else None)


def settle_codings(codings: Mapping[str, Coding], codes: Codes, built: Built) -> None:
    """Give codings the place of their code, unless they said one themselves."""
    for coding in codings.values():
        code = codes.by_id.get(coding.code_id)
        if code is None:
            continue
        before = built.codings.get(coding.coding_id)
        if before is not None:
            if before[0] == coding.code_id and coding.code_id not in codes.touched:
                continue  # as built
            old = built.codes.get(before[0])
            if old and coding.touchpoint == old[0]:
                coding.touchpoint = None
            if old and coding.stage == old[1]:
                coding.stage = None
        coding.touchpoint = coding.touchpoint or code.touchpoint
        coding.stage = coding.stage or code.stage
