"""The page's scripts and the writers of exports read what a finding is about from fields, never from its key or statement."""

from __future__ import annotations

import re
from pathlib import Path

SRC = Path(__file__).parents[2] / "src" / "cjm_research"
CUTS = "split|startsWith|endsWith|replace|replaceAll|slice|substring|substr|match|matchAll|indexOf|lastIndexOf|search|includes|trim|at|charAt"
#: `x.key.split(…)`, `statement?.slice(…)`, `/…/.test(x.statement)`; what the keyboard sends is a key too
CUT = re.compile(rf"(?:\.key|\bstatement)\??\.(?:{CUTS})\(|\.(?:test|exec)\([^()]*(?:\.key|\bstatement)\b")
KEYBOARD = re.compile(r"\b(?:e|event)\.key\b")
#: filters of Jinja that cut
FILTERED = re.compile(r"\{[{%][^}]*\b(?:key|statement)\s*(?:\|\s*(?:replace|truncate|trim|wordwrap)|\.(?:split|partition|startswith|endswith|replace|removeprefix)\(|\[[^\]]*:)")


def cuts(text: str, pattern: re.Pattern[str]) -> list[str]:
    return [m.group() for m in pattern.finditer(KEYBOARD.sub("", text))]


def test_no_script_takes_keys_or_statements_apart() -> None:
    scripts = [p for p in sorted(SRC.rglob("*.js")) if p.name != "coder.js"]  # coder.js is bundled with an editor and knows no findings
    assert len(scripts) >= 4 and {p.relative_to(SRC).as_posix(): c for p in scripts if (c := cuts(p.read_text(encoding="utf-8"), CUT))} == {}


def test_no_template_does() -> None:
    templates = sorted(SRC.rglob("*.j2"))
    assert templates and {p.relative_to(SRC).as_posix(): c for p in templates if (c := cuts(p.read_text(encoding="utf-8"), FILTERED))} == {}


def test_the_search_sees_each_way_of_doing_it() -> None:
    for way in ("f.key.split(':')", "statement.slice(0,3)", "o.statement?.replace(/ .*/,'')", "/^a/.test(f.key)"):
        assert cuts(way, CUT), way
    assert not cuts("e.key.startsWith('Arrow')", CUT) and not cuts("make('b',{textContent:statement})", CUT)
    for way in ("{{ f.statement | truncate(20) }}", "{% if f.key.startswith('a') %}", "{{ f.key[2:] }}"):
        assert cuts(way, FILTERED), way
    assert not cuts("{{ f.statement }}", FILTERED)
