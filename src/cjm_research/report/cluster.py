"""Fan-out of a batch to an existing Dask cluster (extra `dask`): one task a client, same results.

Every worker must see the workspace's folder under the same path (a shared file system) and have the same versions
of this package and its dependencies; both are checked before anything is sent.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ..errors import BadInput
from ..params import Workspace
from .one_client import ClientOutcome, report_client
from .progress import Display
from .record.environment import environment_sha256

CONNECT_S = 30


def run_on_dask(address: str, clients: Sequence[str], workspace: Workspace, options: dict[str, Any], build: bool,
                done: Callable[[ClientOutcome], None]) -> None:
    """Report clients on the workers of a Dask scheduler; calls `done` for each as it ends.

    address: of the scheduler, e.g. tcp://10.0.0.5:8786. Raises `BadInput` where it does not answer, has no worker, or
    where workers do not see the workspace or have other versions.
    """
    try:
        from distributed import Client, as_completed
    except ImportError:
        raise BadInput("--cluster", "the package distributed is not installed", "the package with its extra dask, or a run without --cluster", "pip install 'cjm-research[dask]'") from None
    try:
        cluster = Client(address, timeout=CONNECT_S)
    except (OSError, ValueError, TimeoutError) as error:
        raise BadInput(f"--cluster {address}", f"no scheduler answers: {error}", "the address of a Dask scheduler, e.g. tcp://host:8786", "start one (dask scheduler), or leave --cluster out") from None
    with cluster:
        _check(cluster, address, workspace)
        futures = {cluster.submit(_report, c, workspace, options, build, pure=False, key=f"cjm-{c}", retries=0): c for c in clients}
        try:
            for future in as_completed(futures):
                done(_outcome(futures[future], future))
        except BaseException:
            cluster.cancel(list(futures), force=True)
            raise


def _outcome(client: str, future: Any) -> ClientOutcome:
    try:
        return future.result()  # type: ignore[no-any-return]
    except Exception as error:  # the worker died
        return ClientOutcome(client, error=f"{client}: {type(error).__name__}: {error}", exit_code=1)


def _check(cluster: Any, address: str, workspace: Workspace) -> None:
    found: dict[str, tuple[bool, str]] = cluster.run(_see, str(workspace.params))
    where = f"--cluster {address}"
    if not found:
        raise BadInput(where, "the scheduler has no worker", "at least one worker", "start workers: dask worker ADDRESS")
    for worker, (sees, versions) in found.items():
        if not sees:
            raise BadInput(where, f"worker {worker} does not see {workspace.params}", "a workspace on a folder that all machines share", "move the workspace there, or leave --cluster out")
        if versions != environment_sha256():
            raise BadInput(where, f"worker {worker} has other versions than this machine", "the same locked requirements everywhere", "install requirements.lock.txt on the workers, too")


def _see(params: str) -> tuple[bool, str]:
    return Path(params).is_dir(), environment_sha256()


def _report(client: str, workspace: Workspace, options: dict[str, Any], build: bool) -> ClientOutcome:
    """On a worker: one client, its chapters one after the other."""
    return report_client(client, workspace, options, build, None, Display([client, ""], stream=_Nowhere()), surprise=False)


class _Nowhere:
    """A stream that keeps nothing: the scheduler's side shows the progress."""

    def write(self, text: str) -> int:
        return len(text)

    def flush(self) -> None:
        pass
