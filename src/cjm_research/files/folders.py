"""Folders that we make: how they are named, replaced and removed. Nothing else is ever removed.

A folder that is being written has a name of ours with the machine and the process in it, so that two processes never
share one and what a killed process left can be told. A folder in its place is known by the file that we write into it.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import re
import secrets
import shutil
import stat
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from ..errors import BadInput
from ..owners import TAG, is_abandoned, own_tag

_NAME = re.compile(r"\.?cjm(?:-[a-z]+)?_" + TAG.pattern + r"\.[a-z0-9_]{6,12}(?:\.[a-z]+)?")


#: in a folder where everything is named after its owner (`data/pins/<client>`)
OWNED = re.compile(TAG.pattern + r"(?:\.\d+)?")


def scratch_name(what: str = "") -> str:
    """The beginning of a name of ours: what it is for, and whose it is (`owners`)."""
    return f"cjm{'-' + what if what else ''}_{own_tag()}."


def scratch_path(what: str, parent: Path) -> Path:
    """A hidden name of ours in `parent`, for who makes the folder only when it is needed."""
    return parent / f".{scratch_name(what)}{secrets.token_hex(4)}"


def scratch_folder(what: str, parent: Path, private: bool = True) -> Path:
    """A new hidden folder in `parent` (made where it is missing) to write into; private: for its owner only."""
    parent.mkdir(parents=True, exist_ok=True)
    made = scratch_path(what, parent)
    made.mkdir(mode=0o700 if private else 0o777)
    return made


class Scratch:
    """A folder of the system's temporary folder, gone afterwards; what killed processes left there goes first.

    short: in /tmp where there is one, since paths of sockets must be short.
    """

    def __init__(self, what: str = "", short: bool = False) -> None:
        base = Path("/tmp") if short and sys.platform != "win32" and Path("/tmp").is_dir() else Path(tempfile.gettempdir())  # noqa: S108
        remove_abandoned(base)
        self.path = Path(tempfile.mkdtemp(prefix=scratch_name(what), dir=base))

    def __enter__(self) -> Path:
        return self.path

    def __exit__(self, *_: object) -> None:
        self.cleanup()

    def cleanup(self) -> None:
        """Remove it."""
        remove_scratch(self.path)


def is_scratch(path: Path) -> bool:
    """Whether the name is one that we give to what is being written."""
    return _NAME.fullmatch(path.name) is not None


def remove_scratch(path: Path) -> None:
    """Remove a folder or file with a name of ours; nothing where it is gone. Raises `BadInput` for any other name."""
    if not is_scratch(path):
        raise _not_ours(path, "its name is not one that cjm gives")
    if path.is_symlink() or path.is_file():
        path.unlink(missing_ok=True)
    else:
        shutil.rmtree(path, ignore_errors=True)


def remove_owned(path: Path) -> None:
    """Remove a folder or file whose name, or that of a folder it lies in, says which process made it.

    Raises `BadInput` for any other name, `OSError` where the system refuses.
    """
    if not any(_NAME.fullmatch(p.name) or OWNED.fullmatch(p.name) for p in (path, *path.parents[:2])):
        raise _not_ours(path, "its name does not say which process made it")
    if path.is_symlink() or path.is_file():
        path.unlink(missing_ok=True)
    else:
        shutil.rmtree(path)


def remove_abandoned(folder: Path, names: re.Pattern[str] = _NAME) -> int:
    """Remove what processes that are gone left in a folder; returns how much. Never raises for what the system refuses.

    names: which names are ours there; default: those of scratch files and folders.
    """
    count = 0
    try:
        with os.scandir(folder) as entries:
            found = [folder / e.name for e in entries if names.fullmatch(e.name)]
    except OSError:
        return 0
    for path in found:
        if is_abandoned(path) and _own(path):
            with contextlib.suppress(OSError):  # being removed by another process
                remove_owned(path)
                count += 1
    return count


def _own(path: Path) -> bool:
    """Whether this user made it: the system's temporary folder is everybody's."""
    try:
        return not hasattr(os, "getuid") or path.lstat().st_uid == os.getuid()
    except OSError:
        return False


def remove_folder(folder: Path, holds: str) -> None:
    """Remove a folder that we made, known by the file `holds` in it; nothing where it is missing.

    It is renamed first, so that nobody sees half of it. Raises `BadInput` where it is a link, a file or not ours.
    """
    if not _check_ours(folder, holds):
        return
    old = scratch_folder("old", folder.parent)
    with contextlib.suppress(FileNotFoundError):  # another process was faster
        os.replace(folder, old)  # onto an empty folder
    remove_scratch(old)


def put_in_place(new: Path, folder: Path, holds: str) -> None:
    """Put a scratch folder in the place of `folder`, which is one of ours (see `remove_folder`) or missing; the old one is removed.

    Where the system can exchange two names there is no instant without a whole folder.
    """
    if not is_scratch(new):
        raise _not_ours(new, "its name is not one that cjm gives")
    folder.parent.mkdir(parents=True, exist_ok=True)
    if not _check_ours(folder, holds):
        os.rename(new, folder)
        return
    if _exchange(new, folder):
        remove_scratch(new)  # by now the old one
        return
    old = scratch_folder("old", folder.parent)
    os.replace(folder, old)
    os.replace(new, folder)
    remove_scratch(old)


def copy_whole(files: Mapping[Path, Path], beside: Path) -> None:
    """Copy files (source → target): none is in its place before all are copied, and none is there in part.

    They are copied to a folder in `beside`, which is of the same disk as the targets.
    """
    remove_abandoned(beside)
    partial = scratch_folder("copies", beside)
    try:
        for k, source in enumerate(files):
            shutil.copy2(source, partial / str(k))
        for k, target in enumerate(files.values()):
            target.parent.mkdir(parents=True, exist_ok=True)
            os.replace(partial / str(k), target)
    finally:
        remove_scratch(partial)


def _check_ours(folder: Path, holds: str) -> bool:
    """Whether there is such a folder, and it is ours. Raises `BadInput` where it is something else."""
    try:
        mode = folder.lstat().st_mode
        if not stat.S_ISDIR(mode):
            raise _not_ours(folder, "it is a link" if stat.S_ISLNK(mode) else "it is a file")
        if not (folder / holds).is_file() and os.listdir(folder):
            raise _not_ours(folder, f"there is no {holds} in it")
    except (FileNotFoundError, NotADirectoryError):  # also where another process removes it just now
        return False
    return True


def _not_ours(path: Path, why: str) -> BadInput:
    return BadInput(f"folder {'/'.join(path.parts[-3:])}", f"was not made by cjm and is left as it is: {why}", "a folder that cjm made, or none",
                    "move it elsewhere, then run again")


def _exchange(a: Path, b: Path) -> bool:
    """Exchange two names at one instant (Linux); False where the system cannot."""
    if sys.platform != "linux":
        return False
    try:
        rename = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError):
        return False
    at_here, exchange = -100, 2
    if rename(at_here, os.fsencode(a), at_here, os.fsencode(b), exchange) == 0:
        return True
    code = ctypes.get_errno()
    if code in (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP):
        return False
    raise OSError(code, os.strerror(code), str(b))
