"""Folders with data of persons are for their owner only, whatever the umask."""

from __future__ import annotations

import contextlib
from pathlib import Path

#: folders of `data/` that we make; `data/raw` is the client's
KINDS = ("tables", "vault", "cache", "codings", "lab", "pins", "locks", "logs", "erasures", "exports")


def keep_private(data: Path, client: str) -> None:
    """Close the folders of a client to everybody else, and every file of its vault; missing ones are made first.

    What lies in a folder of ours that others own is left as it is.
    """
    for kind in KINDS:
        for folder in (data / kind, data / kind / client):
            with contextlib.suppress(OSError):  # read-only, or somebody else's: whoever writes there says so
                if folder == data / kind:
                    folder.mkdir(parents=True, exist_ok=True)
                _close(folder, 0o700)
    for path in (data / "vault" / client).rglob("*"):
        with contextlib.suppress(OSError):
            _close(path, 0o700 if path.is_dir() else 0o600)


def _close(path: Path, mode: int) -> None:
    if not path.is_symlink() and path.exists() and path.stat().st_mode & 0o777 != mode:
        path.chmod(mode)
