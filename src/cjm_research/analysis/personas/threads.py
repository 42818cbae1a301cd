"""Hundreds of fits of a few milliseconds: one thread, and no check of data that was checked already."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def in_one_thread() -> Iterator[None]:
    """Fits inside run in one thread: threads would wait for each other longer than they compute (measured: 20 times).

    One thread also adds in one order, so that an answer is the same to the last digit on any number of cores.
    """
    # the limit reaches only libraries that are loaded: scikit-learn brings its own OpenMP, hence first
    import sklearn
    import sklearn.cluster
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1), sklearn.config_context(assume_finite=True, skip_parameter_validation=True):
        yield
