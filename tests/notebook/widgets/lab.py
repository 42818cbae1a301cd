"""A real JupyterLab on a small workspace of built tables."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd

from cjm_research.tables import TABLES

_PANDAS = {"text": "str", "integer": "Int64", "number": "Float64", "boolean": "boolean", "json": "str",
           "time": "datetime64[us, UTC]"}


def turns_of(document_id: str, text: str) -> list[dict[str, Any]]:
    """Turns of a text with one `Name: words` a line."""
    rows = []
    for number, match in enumerate(re.finditer(r"^([^:\n]{1,30}): (.+)$", text, re.MULTILINE), 1):
        rows.append({"document_id": document_id, "turn": number, "start": match.start(2), "end": match.end(2),
                     "speaker": match[1], "is_interviewer": match[1] in ("Dan", "Interviewer"),
                     "start_s": 7.0 * number, "end_s": None})
    return rows


def write_workspace(root: Path, client: str, texts: dict[str, str], codes: list[dict[str, Any]],
                    codings: list[dict[str, Any]] | None = None, responses: list[dict[str, Any]] | None = None) -> None:
    """Built tables of a client with these transcripts, and a notebook that opens the widget and counts."""
    folder = root / "data" / "tables" / client
    folder.mkdir(parents=True)
    (root / "params").mkdir(exist_ok=True)
    (root / "params" / f"{client}.yaml").write_text(f"client: {client}\ntitle: {client}\n")
    (root / "params" / "_defaults.yaml").write_text("timezone: UTC\n")
    rows = {
        "documents": [{"document_id": d, "kind": "interview", "participant_id": d, "text": t,
                       "text_sha256": hashlib.sha256(t.encode()).hexdigest()} for d, t in texts.items()],
        "turns": [turn for d, t in texts.items() for turn in turns_of(d, t)],
        "codebook": codes,
        "codings": codings or [],
        **({"responses": responses} if responses else {}),
    }
    counts = {}
    for name, records in rows.items():
        frame = pd.DataFrame({c.name: pd.Series([r.get(c.name) for r in records], dtype=_PANDAS[c.type])
                              for c in TABLES[name].columns})
        frame.to_parquet(folder / f"{name}.parquet")
        counts[name] = {"rows": len(frame), "sha256": str(len(frame))}
    (folder / "build.json").write_text(json.dumps({"tables": counts}))


def write_notebook(path: Path, cells: list[str]) -> None:
    """A notebook of code cells."""
    path.write_text(json.dumps({
        "cells": [{"cell_type": "code", "id": f"c{i}", "metadata": {}, "source": source, "outputs": [],
                   "execution_count": None} for i, source in enumerate(cells)],
        "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
        "nbformat": 4, "nbformat_minor": 5}))


@contextmanager
def lab(root: Path, home: Path) -> Iterator[str]:
    """A JupyterLab server on a folder, with settings of its own; yields its address."""
    settings = home / "settings" / "@jupyterlab" / "apputils-extension"
    settings.mkdir(parents=True, exist_ok=True)
    (settings / "notification.jupyterlab-settings").write_text('{"fetchNews": "false", "checkForUpdates": false}')
    env = {**os.environ, "JUPYTER_CONFIG_DIR": str(home / "config"), "JUPYTER_DATA_DIR": str(home / "share"),
           "JUPYTER_RUNTIME_DIR": str(home / "runtime"), "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
           "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"), "IPYTHONDIR": str(home / "ipython"),
           "CJM_WORKSPACE": str(root), "CJM_CODER": "ana"}
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--ServerApp.ip=127.0.0.1", "--ServerApp.port=0",
               "--ServerApp.port_retries=0", "--IdentityProvider.token=", "--ServerApp.password=", "--allow-root",
               "--LabApp.extension_manager=readonly",
               "--LabApp.expose_app_in_browser=True", f"--ServerApp.root_dir={root}"]
    log = (home / "lab.log").open("wb")
    process = subprocess.Popen(command, env=env, stdout=log, stderr=log)
    try:
        yield _address(process, home)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        log.close()


def _address(process: subprocess.Popen[bytes], home: Path) -> str:
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline and process.poll() is None:
        for path in (home / "runtime").glob("jpserver-*.json") if (home / "runtime").is_dir() else ():
            try:
                return str(json.loads(path.read_text())["url"])
            except (ValueError, KeyError):
                pass  # being written
        time.sleep(0.1)
    raise RuntimeError("JupyterLab did not start:\n" + (home / "lab.log").read_text()[-2000:])
