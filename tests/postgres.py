"""A PostgreSQL of its own for tests: a cluster in a temporary folder, started as an unprivileged user on a free port, gone afterwards."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PASSWORD = "Canary-pw-7f3e"  # appears in no message, receipt or file


@dataclass(frozen=True)
class Server:
    """A running server; its user may do everything."""

    host: str
    port: int

    def url(self, database: str = "postgres", user: str = "owner", password: str = PASSWORD, host: str = "", port: int = 0) -> str:
        return f"postgresql://{user}:{password}@{host or self.host}:{port or self.port}/{database}"

    def run(self, *statements: str) -> None:
        from adbc_driver_postgresql import dbapi

        with dbapi.connect(self.url(), autocommit=True) as connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    def rows(self, query: str) -> list[Any]:
        from adbc_driver_postgresql import dbapi

        with dbapi.connect(self.url(), autocommit=True) as connection, connection.cursor() as cursor:
            cursor.execute(query)
            return list(cursor.fetchall())

    def load(self, script: str, database: str) -> None:
        """Run a script by psql in a new database."""
        self.run(f"CREATE DATABASE {database}")
        subprocess.run(["psql", "-q", "-v", "ON_ERROR_STOP=1", self.url(database)], input=script.encode(), check=True, capture_output=True)


def programs() -> Path | None:
    """The folder of PostgreSQL's own programs: Debian keeps them off the path."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[-3]) if p.parts[-3].isdigit() else 0)
    beside = shutil.which("initdb")
    return found[-1].parent if found else Path(beside).resolve().parent if beside else None


@contextmanager
def running() -> Iterator[Server]:
    """A server for as long as the block takes. The server refuses to run as root, so nobody runs it then."""
    bin_ = programs()
    assert bin_ is not None
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    as_user: list[str] = []
    if os.geteuid() == 0:
        as_user = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]
        shutil.chown(folder, "nobody", "nogroup")
    word = folder / "word"
    word.write_text(PASSWORD)
    word.chmod(0o644)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    data, quiet = folder / "data", {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": "/"}
    try:
        subprocess.run([*as_user, str(bin_ / "initdb"), "-D", str(data), "-U", "owner", "--auth=scram-sha-256", f"--pwfile={word}", "-E", "UTF8", "--locale=C", "-N"], check=True, **quiet)  # type: ignore[call-overload]
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off"
        subprocess.run([*as_user, str(bin_ / "pg_ctl"), "-D", str(data), "-w", "-t", "120", "-o", options, "-l", str(folder / "log"), "start"], check=True, **quiet)  # type: ignore[call-overload]
        try:
            yield Server("127.0.0.1", port)
        finally:
            subprocess.run([*as_user, str(bin_ / "pg_ctl"), "-D", str(data), "-m", "immediate", "-w", "stop"], check=False, **quiet)  # type: ignore[call-overload]
    finally:
        shutil.rmtree(folder, ignore_errors=True)
