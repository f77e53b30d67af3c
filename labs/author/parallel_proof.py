"""Proves labs in several sandboxes concurrently."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from queue import Empty, SimpleQueue
from tempfile import TemporaryDirectory
from threading import Thread

from labs.author.played_states import PlayedStates
from labs.author.policy_proof import policy_proof
from labs.author.proof import Prover, Selection
from labs.author.proof_step import ProofStep
from labs.content.lab import Lab
from labs.content.pack import Catalog
from labs.errors import ContentError
from labs.sandbox import control


def prove_all(
    catalog: Catalog,
    labs: Iterable[Lab],
    jobs: int,
    folder: Path | None = None,
    selection: Selection | None = None,
    *,
    realistic: bool = False,
    warn: Callable[[str], None] = lambda _: None,
) -> Iterator[ProofStep]:
    """Yields each step of every lab when it is done; the steps of one lab are in order.

    The folder stores the states of the labs; without it, they are deleted at the end. `warn` is called with what is
    wrong with the sandboxes, for example an extension of a pack that cannot be used.
    """
    from labs.sandbox.commands import aws_cli

    waiting: SimpleQueue[Lab] = SimpleQueue()
    labs = list(labs)
    for lab in labs:
        waiting.put(lab)
    done: SimpleQueue[ProofStep | BaseException | None] = SimpleQueue()
    with ExitStack() as stack:
        cli = stack.enter_context(aws_cli())
        workers = min(jobs, len(labs))
        folder = folder or Path(stack.enter_context(TemporaryDirectory(prefix="labs-states-")))
        sandboxes = [stack.enter_context(control.throw_away(realistic=realistic)) for _ in range(workers)]
        for error in (
            each for box in sandboxes[:1] if (now := control.status(box.home)) for each in now.errors
        ):
            warn(error)
        # All provers are made before one starts: the guard of running checks must not apply to their clients.
        wanted = not realistic and (selection or Selection()).takes("policy", "")
        policies = stack.enter_context(policy_proof()) if wanted else None
        provers = [
            Prover(catalog, PlayedStates(each, cli, folder), selection, policies) for each in sandboxes
        ]
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


def _work(
    prover: Prover, waiting: SimpleQueue[Lab], done: SimpleQueue[ProofStep | BaseException | None]
) -> None:
    try:
        while (lab := _next(waiting)) is not None:
            try:
                for step in prover.prove(lab):
                    done.put(step)
            except ContentError as error:
                done.put(ProofStep(lab.id, "reads", "", str(error), 0.0))
    except BaseException as error:  # noqa: BLE001 - raised again by the thread that waits for the steps
        done.put(error)
    done.put(None)


def _next(waiting: SimpleQueue[Lab]) -> Lab | None:
    try:
        return waiting.get_nowait()
    except Empty:
        return None
