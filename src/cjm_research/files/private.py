"""Folders and files with data of persons are for their owner only, whatever the umask; nobody else writes into ours."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

#: folders of `data/` that we make; `data/raw` is the client's
KINDS = ("tables", "vault", "cache", "codings", "lab", "pins", "locks", "logs", "erasures", "exports")


def keep_private(data: Path, reports: Path, client: str) -> None:
    """Close the folders and files of a client to everybody else; missing folders are made first. Others may read reports, not write there.

    What others own is left as it is. A process whose files everybody may write (umask 000) stops making such files.
    """
    _no_files_for_everybody()
    for kind in KINDS:
        for folder in (data / kind, data / kind / client):
            with contextlib.suppress(OSError):  # read-only, or somebody else's: whoever writes there says so
                if folder == data / kind:
                    folder.mkdir(parents=True, exist_ok=True)
                _close(folder, 0o077)
        for inside, folders, files in os.walk(data / kind / client):  # not `rglob`: it fails where another run removes its pin meanwhile
            for name in (*folders, *files):
                with contextlib.suppress(OSError):
                    _close(Path(inside) / name, 0o077)
    for folder in (data, reports, reports / client):
        with contextlib.suppress(OSError):
            _close(folder, 0o022 if folder == data else 0o002)


def _no_files_for_everybody() -> None:
    now = os.umask(0o077)
    os.umask(now if now & 0o002 else now | 0o022)


def _close(path: Path, bits: int) -> None:
    """Take these bits from its mode."""
    if path.is_symlink() or not path.exists():
        return
    found = path.stat()
    if found.st_mode & bits and (not hasattr(os, "getuid") or found.st_uid == os.getuid()):
        path.chmod(found.st_mode & 0o777 & ~bits)
