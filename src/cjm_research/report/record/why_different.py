"""What two runs were made of, compared: data, settings, code, versions and chapters."""

from __future__ import annotations

from ...results import words
from .receipt import Receipt
from .settings import changed_settings


def reasons_to_differ(old: Receipt, new: Receipt) -> list[str]:
    """Why the numbers of run `new` may differ from those of run `old`, in words."""
    out = []
    for name in sorted(old.tables.keys() | new.tables.keys()):
        a, b = old.tables.get(name), new.tables.get(name)
        if (a.sha256 if a else None) != (b.sha256 if b else None):
            out.append(f"Data: {name} has {words.count(b.rows if b else 0)} rows (before {words.count(a.rows if a else 0)}).")
    if old.settings and new.settings:
        out += changed_settings(old.settings, new.settings)
    elif old.params_sha256 != new.params_sha256:
        out.append("The settings changed; a receipt of before does not tell which.")
    out += ["The code of cjm-research changed."] if old.code_sha256 != new.code_sha256 else []
    out += [f"{name} {new.versions.get(name, 'is gone')} (before {old.versions.get(name, 'none')})."
            for name in sorted(old.versions.keys() | new.versions.keys()) if old.versions.get(name) != new.versions.get(name)]
    return [*out, *_chapters(old, new)]


def _chapters(old: Receipt, new: Receipt) -> list[str]:
    before, after = {c.name: c for c in old.chapters}, {c.name: c for c in new.chapters}
    out = []
    for name in sorted(before.keys() | after.keys()):
        a, b = before.get(name), after.get(name)
        if a is None or b is None:
            out.append(f"Chapter {name} {'is new' if a is None else 'is gone'}.")
            continue
        if a.state != b.state:
            out.append(f"Chapter {name}: {b.state} (before {a.state}).")
        if a.notebook_sha256 != b.notebook_sha256:
            out.append(f"Chapter {name}: the notebook changed.")
        if a.values != b.values:
            out.append(f"Chapter {name}: other parameters.")
    return out
