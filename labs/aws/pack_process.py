"""Runs the checks of one pack in a process of their own, which holds no credentials.

That process asks this one for every answer of AWS. This one calls AWS as for any other check: behind the read-only
guard, in the context of the objective, within the limits of the run. `pack_child` confines the process.
"""

from __future__ import annotations

import math
import os
import queue
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import msgspec

from labs.aws import pack_channel as say
from labs.aws.key_tracking import TrackingClients
from labs.aws.request_scope import current_context
from labs.content.lab import Lab
from labs.content.pack import check_file
from labs.content.verifier import Verifier, fitting
from labs.errors import CannotTell, ChannelClosed, ContentError, Fault, ReadRefused
from labs.sdk import Account, Failed, Leftover, Leftovers, Names, Objective, Outcome, Pack, Passed

LOAD_SECONDS = 30.0
"""Limit for importing the check of a lab."""
EXITED = "the process of the pack's checks has ended"
_START = """
import sys
sys.path.append(sys.argv.pop(1))
from labs.aws.pack_child import main
main(*sys.argv[1:])
"""
"""The folder of this package comes last on the path: it is needed only if the package is not installed."""
MAX_WAITING = 100
"""Maximum number of unread messages of one call."""

_Received = say.Described | say.Broken | say.Ask | say.Judged | say.Found | say.Raised
_Inbox = queue.Queue[_Received | None]


class PackProcess:
    """The process of one pack. It starts on first use, and again after it has ended."""

    def __init__(self, pack: Pack) -> None:
        self._pack = pack
        self._running: _Running | None = None
        self._lock = threading.Lock()

    def verifier(self, lab: Lab) -> Verifier:
        """The check of a lab, whose functions run in the process. Raises ContentError."""
        file = check_file(self._pack, lab.id)
        try:
            message = self._call(partial(say.Load, lab=lab.id), say.Described | say.Broken)
        except Exception as error:  # importing runs the pack's own code
            raise ContentError(
                Fault(str(file), f"cannot be imported: {type(error).__name__}: {error}")
            ) from error
        if isinstance(message, say.Broken):
            raise ContentError(*(Fault(*each) for each in message.faults))
        objectives = (
            Objective(name, partial(self._judge, lab.id, name), needs, effect)
            for name, needs, effect in message.objectives
        )
        finders = (
            Leftovers(partial(self._find, lab.id, number), reads)
            for number, reads in enumerate(message.finders)
        )
        return fitting(Verifier(message.reads, tuple(objectives), tuple(finders), file), lab, str(file))

    def _judge(self, lab: str, objective: str, account: Account, names: Names) -> Outcome:
        notes = account.clients if isinstance(account.clients, TrackingClients) else None
        # Keys are tracked in the pack's process: here, copying an answer would look up all of them.
        if notes is not None:
            account = msgspec.structs.replace(account, clients=notes.plain)
        judge = partial(
            say.Judge,
            lab=lab,
            objective=objective,
            region=account.region,
            neighbours=account.neighbours,
            at=account.at,
            names=dict(names),
            notes_keys=notes is not None,
        )
        message = self._call(judge, say.Judged, account)
        if notes is not None:
            notes.seen.update(message.keys)
        try:
            return _outcome_of(message)
        except msgspec.ValidationError as error:
            raise TypeError(f"its outcome is not Passed or Failed: {error}") from error

    def _find(
        self, lab: str, finder: int, account: Account, names: Mapping[str, str], seen: Sequence[str]
    ) -> Sequence[Leftover]:
        find = partial(
            say.Find,
            lab=lab,
            finder=finder,
            region=account.region,
            neighbours=account.neighbours,
            at=account.at,
            names=dict(names),
            seen=tuple(seen),
        )
        message: say.Found = self._call(find, say.Found, account)
        return message.left

    def _call(
        self, request: Callable[[int], say.Message], expected: Any, account: Account | None = None
    ) -> Any:
        """Makes a call in the process, answers its calls to AWS meanwhile, and returns the final message."""
        running = self._started()
        with _Call(running, account) as call:
            call.send(request(call.number))
            while isinstance(reply := call.next(), say.Ask):
                call.answer(reply)
        if isinstance(reply, say.Raised):
            raise call.error(reply)
        if not isinstance(reply, expected):
            raise CannotTell("the process of the pack's checks sent an unexpected message")
        return reply

    def _started(self) -> _Running:
        with self._lock:
            if self._running is None or self._running.exited():
                self._running = _Running(self._pack)
            return self._running


class _Running:
    """The running process."""

    def __init__(self, pack: Pack) -> None:
        self.inboxes: dict[int, _Inbox] = {}
        self.numbers = count(1)
        started: Future[tuple[subprocess.Popen[bytes], say.Channel]] = Future()
        threading.Thread(target=_serve, args=(pack, self.inboxes, started), daemon=True).start()
        self._process, channel = started.result()
        self.send = channel.send
        self.end = weakref.finalize(self, _end, self._process)

    def exited(self) -> bool:
        """Whether the process has ended, or is to end."""
        return not self.end.alive or self._process.poll() is not None


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        assert pipe is not None
        try:
            pipe.close()
        except OSError:
            continue  # unsent messages no longer matter


def _environment() -> dict[str, str]:
    """The environment of the process: only Python's search path, and no AWS configuration."""
    none = dict.fromkeys(("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "BOTO_CONFIG"), os.devnull)
    return {
        **none,
        "HOME": os.devnull,
        "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUTF8": "1",
    }


def _serve(pack: Pack, inboxes: dict[int, _Inbox], started: Future[Any]) -> None:
    """Starts the process and distributes its messages: Linux ends it together with the thread that started it."""
    ours = str(Path(say.__file__).parents[2])
    try:
        process = subprocess.Popen(  # noqa: S603 - this program itself
            [sys.executable, "-P", "-c", _START, ours, str(pack.tasks), str(pack.checks), pack.module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(),
            cwd="/",
            start_new_session=True,
        )
    except OSError as error:
        started.set_exception(error)
        return
    assert process.stdin is not None
    assert process.stdout is not None
    channel = say.Channel(process.stdout, process.stdin, _Received, say.MAX_PACK_BYTES)
    started.set_result((process, channel))
    _distribute(channel, inboxes, process)


def _distribute(channel: say.Channel, inboxes: dict[int, _Inbox], process: subprocess.Popen[bytes]) -> None:
    """Puts each message into the inbox of its call, until the process ends or sends an invalid message."""
    try:
        while True:
            message = channel.receive()
            if inbox := inboxes.get(message.call):
                inbox.put_nowait(message)
    except (ChannelClosed, queue.Full):
        process.kill()
    for inbox in list(inboxes.values()):
        inbox.queue.clear()
        inbox.put(None)


class _Call:
    """One call of the pack's code, and the errors of its calls to AWS."""

    def __init__(self, running: _Running, account: Account | None) -> None:
        self.number = next(running.numbers)
        self._running = running
        self._account = account
        self._inbox: _Inbox = queue.Queue(MAX_WAITING)
        self._errors: dict[int, Exception] = {}

    def __enter__(self) -> _Call:
        self._running.inboxes[self.number] = self._inbox
        return self

    def __exit__(self, *_: object) -> None:
        del self._running.inboxes[self.number]

    def next(self) -> _Received:
        """The next message of the call. Ends the process and raises CannotTell or LimitReached if none is in time."""
        who = current_context()
        seconds = LOAD_SECONDS if who is None else max(0.0, who.left())
        try:
            message = self._inbox.get(timeout=None if seconds == math.inf else seconds)
        except queue.Empty:
            self._running.end()
            if who is not None:
                who.refuse_late()
            raise CannotTell(f"the pack's process took longer than {seconds:g} s") from None
        if message is None:
            self._running.end()
            raise CannotTell(EXITED)
        return message

    def send(self, message: say.Message) -> None:
        """Sends a message. Raises CannotTell if the process has ended."""
        try:
            self._running.send(message)
        except ChannelClosed as error:
            raise CannotTell(EXITED) from error

    def answer(self, asked: say.Ask) -> None:
        """Calls AWS, and sends the answer or the error to the process."""
        number, ask = self.number, asked.ask
        try:
            self.send(say.Answer(number, ask, say.plain(self._asked(asked))))
        except Exception as error:  # noqa: BLE001 - raised again where the pack's code does not catch it
            self._errors[ask] = error
            response = getattr(error, "response", None)
            if isinstance(response, dict):
                self.send(say.Refusal(number, ask, say.plain(response)))
            else:
                self.send(say.NoAnswer(number, ask, type(error).__name__, str(error)))

    def _asked(self, asked: say.Ask) -> Any:
        assert self._account is not None
        if not asked.service:
            return self._account.id
        name = f"{asked.service}:{asked.operation}"
        who = current_context()
        if who is None or name not in who.allowed:
            if who is not None:
                who.refused.append(name)
            raise ReadRefused(f"{name} was refused: it is not among the reads that this lab lists")
        client = self._account.clients(asked.service, asked.region)
        methods = {operation: method for method, operation in client.meta.method_to_api_mapping.items()}
        return getattr(client, methods[asked.operation])(**asked.arguments)

    def error(self, raised: say.Raised) -> Exception:
        """The exception of the pack's code for the judge: the original one if it came from a call to AWS."""
        if raised.ask in self._errors:
            return self._errors[raised.ask]
        if raised.kind in {"CannotTell", "KeyError"}:
            return {"CannotTell": CannotTell, "KeyError": KeyError}[raised.kind](raised.text)
        unknown: type[Exception] = type(raised.kind, (Exception,), {})
        return unknown(raised.text)


def _outcome_of(message: say.Judged) -> Outcome:
    if message.passed:
        return msgspec.convert(message.outcome, Passed)
    return msgspec.convert(message.outcome, Failed)
