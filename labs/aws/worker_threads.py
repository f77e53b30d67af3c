"""Threads for one run, abandoned on Ctrl-C and when its time is over, so that none delays the end of a command."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

from labs.aws.limits import RunLimits
from labs.system.process_exit import CHECK_THREADS

Result = TypeVar("Result")


@contextmanager
def worker_threads(number: int, limits: RunLimits) -> Iterator[Executor]:
    """A thread pool; the end of the block waits for it, unless the run was interrupted or its time is over."""
    pool = ThreadPoolExecutor(number, thread_name_prefix=CHECK_THREADS)
    interrupted = False
    try:
        yield pool
    except KeyboardInterrupt:
        interrupted = True
        raise
    finally:
        abandoned = interrupted or limits.left() <= 0
        pool.shutdown(wait=not abandoned, cancel_futures=abandoned)


def result_in_time(future: Future[Result], limits: RunLimits) -> Result:
    """The result of a future. Raises LimitReached when the run's time is over."""
    try:
        return future.result(limits.patience())
    except TimeoutError:
        if future.done():
            raise
        raise limits.out_of_time() from None


def in_time(limits: RunLimits, call: Callable[[], Result]) -> Result:
    """The result of a call in a worker thread. Raises LimitReached when the run's time is over."""
    with worker_threads(1, limits) as pool:
        return result_in_time(pool.submit(call), limits)
