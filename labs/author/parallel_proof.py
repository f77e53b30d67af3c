"""Proves many labs, several sandboxes at the same time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from queue import Empty, SimpleQueue
from threading import Thread

from labs.author.proof import Prover, Step
from labs.content.lab import Lab
from labs.content.pack import Catalog
from labs.sandbox import control


def try_all(catalog: Catalog, labs: Iterable[Lab], jobs: int) -> Iterator[Step]:
    """Every step of every lab, as each is done; a lab's own steps come in order."""
    from labs.sandbox.commands import aws_cli

    waiting: SimpleQueue[Lab] = SimpleQueue()
    labs = list(labs)
    for lab in labs:
        waiting.put(lab)
    done: SimpleQueue[Step | BaseException | None] = SimpleQueue()
    with ExitStack() as stack:
        cli = stack.enter_context(aws_cli())
        workers = min(jobs, len(labs))
        # All are made before one begins: their own clients must not come to stand behind the wall of another's checks.
        provers = [Prover(catalog, stack.enter_context(control.throw_away()), cli) for _ in range(workers)]
        for prover in provers:
            Thread(target=_work, args=(prover, waiting, done), daemon=True).start()
        while workers:
            step = done.get()
            if isinstance(step, BaseException):
                raise step
            if step is None:
                workers -= 1
            else:
                yield step


def _work(prover: Prover, waiting: SimpleQueue[Lab], done: SimpleQueue[Step | BaseException | None]) -> None:
    try:
        while (lab := _next(waiting)) is not None:
            for step in prover.prove(lab):
                done.put(step)
    except BaseException as error:  # noqa: BLE001 - raised again by the thread that waits for the steps
        done.put(error)
    done.put(None)


def _next(waiting: SimpleQueue[Lab]) -> Lab | None:
    try:
        return waiting.get_nowait()
    except Empty:
        return None
