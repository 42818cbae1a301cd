"""A session of the Spark that the params name; this process has at most one."""

from __future__ import annotations

import atexit
import io
import os
import sys
import warnings
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from ...errors import BadInput
from ...files import Scratch

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

DEFAULTS = {
    "spark.sql.session.timeZone": "UTC",  # times are compared as UTC whatever the cluster's zone
    "spark.sql.execution.arrow.maxRecordsPerBatch": "200000",
    "spark.sql.caseSensitive": "false",
}
_LOCAL = {"spark.ui.enabled": "false", "spark.ui.showConsoleProgress": "false", "spark.driver.host": "127.0.0.1",
          "spark.driver.bindAddress": "127.0.0.1", "spark.sql.shuffle.partitions": "8"}
_shipped: set[str] = set()


class Settings(Protocol):
    """What `Engine` of the params says about Spark."""

    @property
    def master(self) -> str | None: ...
    @property
    def options(self) -> Mapping[str, str]: ...


def session(settings: Settings) -> SparkSession:
    """The session: the one this process has already (as on a managed cluster), else one at `master`.

    Raises `BadInput` where pyspark or Java is missing, or the master cannot be reached.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about versions of pandas that are not used here
            from pyspark.sql import SparkSession
    except ImportError:
        raise BadInput("engine: spark", "pyspark is not installed", "the package with its extra spark, or engine: duckdb", "pip install 'cjm-research[spark]'") from None
    warnings.filterwarnings("ignore", message="PySpark does not yet fully support pandas")
    found = SparkSession.getActiveSession()
    master = settings.master or "local[2]"
    if found is None:
        found = _started(SparkSession.builder, master, settings.options)
    _ship(found)
    return found


def _started(builder: Any, master: str, options: Mapping[str, str]) -> SparkSession:
    connect = master.startswith("sc://")  # a server that runs already, with settings of its own
    builder = builder.remote(master) if connect else builder.master(master).appName("cjm_research")
    near = not connect and (master.startswith("local") or "//127.0.0.1" in master or "//localhost" in master)
    for name, value in ({**_LOCAL, **options} if near else options).items():
        builder = builder.config(name, value)
    if near:
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
        os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    try:
        started: SparkSession = builder.getOrCreate()
    except Exception as error:
        text = " ".join(str(error).split())[:300]
        hint = "install Java 17 or newer" if "JAVA" in text.upper() and "GATEWAY" in text.upper() else "check engine.master and that the cluster runs"
        raise BadInput("engine.master", f"Spark at {master!r} does not start ({type(error).__name__}: {text})", "a master that answers", hint) from None
    if connect:
        atexit.register(started.stop)
    else:
        started.sparkContext.setLogLevel("ERROR")
    return started


def over_connect(session: SparkSession) -> bool:
    """Whether a session speaks to a Spark Connect server; it has no context then, and must be stopped before the interpreter
    ends, where gRPC would wait for threads that are gone."""
    return getattr(session, "_sc", None) is None


def _ship(session: SparkSession) -> None:
    """Give the kernel to the workers, so that a cluster needs numpy and pyarrow but not this package."""
    context = None if over_connect(session) else session.sparkContext
    key = str(getattr(context, "applicationId", None) or id(session))
    if key in _shipped:
        return
    _shipped.add(key)
    scratch = Scratch("spark")
    atexit.register(scratch.cleanup)
    path = scratch.path / "cjm_kernel.zip"
    path.write_bytes(kernel_zip())
    if context is not None:
        context.addPyFile(str(path))
    else:  # Spark Connect
        session.addArtifacts(str(path), pyfile=True)


def kernel_zip() -> bytes:
    """The modules that run in tasks, as a zip that Python imports from: the kernel, attribution and the errors, nothing else."""
    package = Path(__file__).resolve().parents[2]
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("cjm_research/__init__.py", "cjm_research/engine/__init__.py"):
            archive.writestr(name, "")
        archive.write(package / "errors.py", "cjm_research/errors.py")
        for part in ("sequence", "attribution"):
            for module in sorted((package / "engine" / part).glob("*.py")):
                archive.write(module, f"cjm_research/engine/{part}/{module.name}")
    return out.getvalue()
