"""What the disk refuses (full, read-only, a file in the place of a folder), told in words by the one function that knows how."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import CjmError

_SPACE = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC), errno.EFBIG)
_RIGHTS = (errno.EACCES, errno.EPERM, errno.EROFS)
_PLACES = (errno.ENOTDIR, errno.EEXIST, errno.EISDIR)
_DISK = (errno.EIO, errno.EMFILE, errno.ENFILE, errno.ESTALE, errno.ENAMETOOLONG)
#: what DuckDB and Arrow say where the system refused; they do not hand on its number
_SAID = {"no space left": errno.ENOSPC, "could not write all bytes": errno.ENOSPC, "read-only file system": errno.EROFS,
         "permission denied": errno.EACCES, "not a directory": errno.ENOTDIR}


def refused(error: BaseException, where: str, root: Path, state: str) -> CjmError | None:
    """The message for what the disk refused; None for any other error.

    root: the workspace, which the message does not spell out. state: what is true now, in words ("nothing was changed").
    """
    error = _of_the_system(error)
    number = _number(error)
    if number is None:
        return None
    name = _name(error, root)
    file = _file_in_the_way(error, root) if number in _PLACES else ""
    if file:
        return CjmError(where, f"{file} is a file, not a folder; {state}", f"a folder {file}/, or none: it is made", f"move the file {file} away, then run again")
    said = os.strerror(number)
    what = f"{name} could not be written: {said}" if name else f"could not be written: {said}"
    if number in _SPACE:
        return CjmError(where, f"{what}; {state}", "a disk with space for another copy of the tables", "free disk space, then run again")
    if number in _RIGHTS:
        return CjmError(where, f"{what}; {state}", "folders data/, reports/ and params/ that can be written to, and exports that can be read",
                        f"check the permissions of {name or 'the workspace'}, then run again")
    if number == errno.ENAMETOOLONG:
        return CjmError(where, f"the name {name[-60:]!r} is too long for this disk; {state}", "up to 255 bytes a name", "write a shorter name, then run again")
    return CjmError(where, f"{what}; {state}", "a disk that reads and writes", "check the disk, then run again")


@contextmanager
def refusals(where: str, root: Path, state: str = "nothing was changed") -> Iterator[None]:
    """Raise what the disk refuses within the block as `CjmError`; other errors as they are."""
    try:
        yield
    except CjmError:
        raise
    except Exception as error:
        if problem := refused(error, where, root, state):
            raise problem from error
        raise


def check_folder(folder: Path, where: str, root: Path) -> None:
    """Raise `CjmError` where a link, or something that is no folder, stands in the place of a folder of ours.

    Folders above it may be links: whoever keeps all vaults on another disk links data/vault.
    """
    if folder.is_symlink():
        shown = folder.relative_to(root).as_posix()
        raise CjmError(where, f"{shown} is a link; what cjm writes there would lie elsewhere, where others may read it; nothing was changed",
                       f"a folder {shown}/, or none: it is made; {shown.rpartition('/')[0]} may be a link to a folder on another disk",
                       f"put the folder itself there, or move {shown} away, then run again")
    for path in (folder, *folder.parents):
        if path == root:
            return
        if os.path.lexists(path) and not path.is_dir():
            shown = path.relative_to(root).as_posix()
            what = "a link to nothing" if path.is_symlink() else "a file"
            raise CjmError(where, f"{shown} is {what}, not a folder; nothing was changed", f"a folder {shown}/, or none: it is made",
                           f"move {shown} away, then run again")


def _of_the_system(error: BaseException) -> BaseException:
    """What the system said, where a library put it into an error of its own (XlsxWriter does)."""
    for inner in (*error.args[:1], error.__cause__):
        if not isinstance(error, OSError) and isinstance(inner, OSError):
            return inner
    return error


def _number(error: BaseException) -> int | None:
    if isinstance(error, OSError) and error.errno is not None:
        return error.errno if error.errno in (*_SPACE, *_RIGHTS, *_PLACES, *_DISK) else None
    if isinstance(error, OSError) or type(error).__module__.partition(".")[0] in ("duckdb", "_duckdb", "pyarrow"):
        text = str(error).lower()
        return next((number for said, number in _SAID.items() if said in text), None)
    return None


def _name(error: BaseException, root: Path) -> str:
    """The file, by its path in the workspace: of scratch files the folder they lie in; empty where it is not known or elsewhere."""
    given = getattr(error, "filename2", None) or getattr(error, "filename", None)
    if not isinstance(given, (str, os.PathLike)):
        return ""
    path = Path(os.path.abspath(given))
    while path != path.parent and path.name.startswith(".") and path != root:
        path = path.parent
    if any(part.startswith(".cjm") for part in path.parts):
        path = Path(*path.parts[: next(i for i, part in enumerate(path.parts) if part.startswith(".cjm"))])
    if path.is_relative_to(root):
        return path.relative_to(root).as_posix() if path != root else ""
    return path.name


def _file_in_the_way(error: BaseException, root: Path) -> str:
    """The part of the path that is a file although a folder was needed there."""
    given = getattr(error, "filename", None)
    if not isinstance(given, (str, os.PathLike)):
        return ""
    path = Path(os.path.abspath(given))
    for folder in (*reversed(path.parents), path):
        if folder.is_file() and folder.is_relative_to(root):
            return folder.relative_to(root).as_posix()
    return ""
