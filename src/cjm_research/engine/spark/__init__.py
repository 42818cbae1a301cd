"""An existing Spark as engine, for logs that outgrow one machine: portable SQL and the kernel in its tasks (extra `spark`)."""

from .log import SparkLog

__all__ = ["SparkLog"]
