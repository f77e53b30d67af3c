"""Runs the checks of one pack in a process of their own, which holds no credentials.

That process asks this one for each answer of AWS; this one asks AWS as it does for any check: behind the read-only
guard, in the name of the objective, with the limits of its run. See `pack_child` for what the process may not do.
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
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import msgspec

from labs.aws import pack_channel as say
from labs.aws.key_tracking import NotingClients
from labs.aws.request_scope import current_context
from labs.aws.streams import Stream
from labs.content.lab import Lab
from labs.content.pack import check_file
from labs.content.verifier import Verifier, fitting
from labs.errors import CannotTell, ChannelClosed, ContentError, Fault, ReadRefused
from labs.sdk import Account, Failed, Leftover, Leftovers, Names, Objective, Outcome, Pack, Passed

LOAD_SECONDS = 30.0
"""For the import of a lab's check."""
EXITED = "the process of the pack's checks has ended"
_START = """
import sys
sys.path.append(sys.argv.pop(1))
from labs.aws.pack_child import main
main(*sys.argv[1:])
"""
"""The folder of this very package comes last: where it is installed, it is found without."""
MAX_WAITING = 1000
"""Messages of one call that wait to be read."""

_Received = say.Described | say.Broken | say.Ask | say.Judged | say.Found | say.Raised
_Inbox = queue.Queue[_Received | None]


class PackProcess:
    """The process of one pack. It starts when it is first needed, and again after it has been ended."""

    def __init__(self, pack: Pack) -> None:
        self._pack = pack
        self._running: _Running | None = None
        self._lock = threading.Lock()

    def verifier(self, lab: Lab) -> Verifier:
        """The check of a lab, each part of which runs in the process. Raises ContentError."""
        file = check_file(self._pack, lab.id)
        try:
            message = self._call(partial(say.Load, lab=lab.id), say.Described | say.Broken)
        except Exception as error:  # whatever a pack's own code raises while it is imported
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
        notes = account.clients if isinstance(account.clients, NotingClients) else None
        if notes is not None:  # the keys are noted in the pack's process: here all of an answer is copied
            account = msgspec.structs.replace(account, clients=notes.plain)
        judge = partial(
            say.Judge,
            lab=lab,
            objective=objective,
            region=account.region,
            neighbours=account.neighbours,
            names=dict(names),
            notes_keys=notes is not None,
        )
        message = self._call(judge, say.Judged, account)
        if notes is not None:
            notes.seen.update(message.keys)
        try:
            return _outcome_of(message)
        except msgspec.ValidationError as error:
            raise TypeError(f"its outcome is none: {error}") from error

    def _find(
        self, lab: str, finder: int, account: Account, names: Mapping[str, str], seen: Sequence[str]
    ) -> Sequence[Leftover]:
        find = partial(
            say.Find,
            lab=lab,
            finder=finder,
            region=account.region,
            neighbours=account.neighbours,
            names=dict(names),
            seen=tuple(seen),
        )
        message: say.Found = self._call(find, say.Found, account)
        return message.left

    def _call(
        self, request: Callable[[int], say.Message], expected: Any, account: Account | None = None
    ) -> Any:
        """The pack's last message; until it comes, the pack's questions are answered."""
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
    """The process while it runs."""

    def __init__(self, pack: Pack) -> None:
        ours = str(Path(say.__file__).parents[2])
        self._process = subprocess.Popen(  # noqa: S603 - this program itself
            [sys.executable, "-P", "-c", _START, ours, str(pack.tasks), str(pack.checks), pack.module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(),
            cwd="/",
            start_new_session=True,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        channel = say.Channel(self._process.stdout, self._process.stdin, _Received)
        self.send = channel.send
        self.inboxes: dict[int, _Inbox] = {}
        self.numbers = count(1)
        self.end = weakref.finalize(self, _end, self._process)
        threading.Thread(target=_distribute, args=(channel, self.inboxes, self._process), daemon=True).start()

    def exited(self) -> bool:
        """Whether nothing more can be asked of it."""
        return not self.end.alive or self._process.poll() is not None


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        assert pipe is not None
        try:
            pipe.close()
        except OSError:
            continue  # what was not sent is wanted no more


def _environment() -> dict[str, str]:
    """Nothing of this process's environment but where Python finds its modules, and no configuration of AWS."""
    none = dict.fromkeys(("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "BOTO_CONFIG"), os.devnull)
    return {
        **none,
        "HOME": os.devnull,
        "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUTF8": "1",
    }


def _distribute(channel: say.Channel, inboxes: dict[int, _Inbox], process: subprocess.Popen[bytes]) -> None:
    """Hands each message to the call that it belongs to, until the process ends or says what it may not."""
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
    """One call of the pack's code, and what it has asked so far."""

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
        """The pack's next message. Ends its process where none comes in time."""
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
        """Says this to the process. Raises CannotTell if it has ended."""
        try:
            self._running.send(message)
        except ChannelClosed as error:
            raise CannotTell(EXITED) from error

    def answer(self, asked: say.Ask) -> None:
        """Asks AWS, and passes on what came of it."""
        number, ask = self.number, asked.ask
        try:
            self.send(say.Answer(number, ask, _plain(self._asked(asked))))
        except Exception as error:  # noqa: BLE001 - raised again where the pack's code does not catch it
            self._errors[ask] = error
            response = getattr(error, "response", None)
            if isinstance(response, dict):
                self.send(say.Refusal(number, ask, _plain(response)))
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
        """The error of the pack's code, as the judge is to see it."""
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


def _plain(value: Any) -> Any:
    """A copy of an answer, of the kinds that a message can carry."""
    match value:
        case dict():
            return {key: _plain(each) for key, each in value.items()}
        case list() | tuple():
            return [_plain(each) for each in value]
        case Stream():
            return value.getvalue()
        case _:
            return value
