"""The process in which the checks of a pack run, without credentials, network, programs, or other files.

It may read Python's library and the pack's checks and tasks. It asks the command (`pack_process`) for every answer
of AWS: botocore's clients work as usual, but their one method that makes calls is replaced.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from contextvars import ContextVar
from itertools import count
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import msgspec
from botocore.exceptions import BotoCoreError
from botocore.session import Session

from labs.aws import pack_channel as say
from labs.aws.botocore_internals import answer_calls
from labs.aws.key_tracking import tracking
from labs.aws.streams import opened
from labs.content.pack import Catalog
from labs.content.verifier import Verifier
from labs.errors import ChannelClosed, ContentError
from labs.sdk import Account, Outcome, Pack, Passed
from labs.system.audit_hook import AuditHook, library_folders
from labs.system.kernel_limits import limit_process

MAX_CPU_SECONDS = 600
MAX_MEMORY = 4 << 30
"""Bytes of address space, including the stacks of threads."""
MAX_ERROR = 10_000
"""Characters of the text of an exception."""
_NATIVE_CALLERS = ("_cffi_backend", "_posixsubprocess")

_Received = say.Load | say.Judge | say.Find | say.Answer | say.Refusal | say.NoAnswer
_call: ContextVar[int] = ContextVar("call")
_region: ContextVar[str] = ContextVar("region")
"""The Region of the running check: IAM clients have `aws-global`, which emulators do not know."""


class NotAnswered(BotoCoreError):
    """The command got no answer from AWS."""

    fmt = "{kind}: {text}"


class PackCode:
    """The checks of one pack, and the calls to AWS that wait for an answer."""

    def __init__(self, pack: Pack, channel: say.Channel) -> None:
        self._pack = pack
        self._channel = channel
        self._asks = count(1)
        self._answers: dict[int, SimpleQueue[Any]] = {}
        self._verifiers: dict[str, Verifier] = {}
        self._session = Session()
        self._lock = threading.Lock()

    def serve(self) -> None:
        """Handles messages of the command until the connection closes."""
        while True:
            message = self._channel.receive()
            if isinstance(message, say.Answer | say.Refusal | say.NoAnswer):
                self._answers.pop(message.ask).put(message)
            else:
                threading.Thread(target=self._run, args=(message,), daemon=True).start()

    def ask(self, service: str, region: str, operation: str, arguments: dict[str, Any]) -> Any:
        """Sends a call to the command, and waits for its reply."""
        number = next(self._asks)
        answer = self._answers[number] = SimpleQueue()
        self._channel.send(say.Ask(_call.get(), number, service, region, operation, arguments))
        return answer.get()

    def _run(self, message: say.Load | say.Judge | say.Find) -> None:
        _call.set(message.call)
        try:
            match message:
                case say.Load():
                    self._channel.send(self._load(message))
                case say.Judge():
                    self._channel.send(self._judge(message))
                case say.Find():
                    self._channel.send(self._find(message))
        except BaseException as error:  # noqa: BLE001 - the command receives every error of the pack's code
            text = str(error.args[0]) if isinstance(error, KeyError) and error.args else str(error)
            text = text.encode(errors="replace").decode()[:MAX_ERROR]
            asked = getattr(error, "labs_ask", None)
            self._channel.send(say.Raised(message.call, type(error).__name__, text, asked))

    def _load(self, message: say.Load) -> say.Message:
        try:
            verifier = self._verifier(message.lab)
        except ContentError as error:
            return say.Broken(message.call, tuple((each.where, each.what) for each in error.faults))
        objectives = tuple((each.id, each.needs, each.effect) for each in verifier.objectives)
        finders = tuple(each.reads for each in verifier.leftovers)
        return say.Described(message.call, verifier.reads, objectives, finders)

    def _verifier(self, lab: str) -> Verifier:
        with self._lock:
            if lab not in self._verifiers:
                catalog = Catalog((self._pack,), {lab: self._pack})
                self._verifiers[lab] = catalog.verifier(catalog.lab(lab))
            return self._verifiers[lab]

    def _judge(self, message: say.Judge) -> say.Message:
        objectives = {each.id: each for each in self._verifier(message.lab).objectives}
        account, seen = self._account(message), set[str]()
        if message.notes_keys:
            account = msgspec.structs.replace(account, clients=tracking(account.clients, seen))
        outcome = objectives[message.objective].check(account, message.names)
        if not isinstance(outcome, Outcome):
            raise TypeError(f"it returned {outcome!r} where Passed or Failed was due")
        fields = msgspec.structs.asdict(outcome)
        return say.Judged(message.call, isinstance(outcome, Passed), fields, tuple(seen))

    def _find(self, message: say.Find) -> say.Message:
        find = self._verifier(message.lab).leftovers[message.finder].find
        return say.Found(message.call, tuple(find(self._account(message), message.names, message.seen)))

    def _account(self, message: say.Judge | say.Find) -> Account:
        _region.set(message.region)
        return Account(self._identify, message.region, self._client, message.neighbours, message.at)

    def _identify(self) -> str:
        message = self.ask("", "", "", {})
        if isinstance(message, say.Answer):
            return str(message.answer)
        raise _not_answered(message)

    def _client(self, service: str, region: str) -> Any:
        with self._lock:
            client = self._session.create_client(service, region)
            client.exceptions  # noqa: B018 - makes the classes of its errors, once for all threads
            return client


def answer_by(code: PackCode) -> Callable[..., Any]:
    """The replacement of `_make_api_call` for all clients of this process."""

    def make_api_call(client: Any, operation: str, arguments: dict[str, Any]) -> Any:
        service, region = client.meta.service_model.service_name, client.meta.region_name
        if region.endswith("-global"):
            region = _region.get()
        message = code.ask(service, region, operation, arguments)
        match message:
            case say.Answer():
                return opened(
                    message.answer, client.meta.service_model.operation_model(operation).output_shape
                )
            case say.Refusal():
                kind = client.exceptions.from_code(message.response.get("Error", {}).get("Code"))
                error = kind(message.response, operation)
                error.labs_ask = message.ask
                raise error
        raise _not_answered(message)

    return make_api_call


def _not_answered(message: Any) -> NotAnswered:
    error = NotAnswered(kind=message.kind, text=message.text)
    error.labs_ask = message.ask  # type: ignore[attr-defined]
    return error


def _refuse_native_calls() -> None:
    """Removes modules that make system calls without an audit event: `_posixsubprocess` and cffi."""

    def fork_exec(*_: object) -> None:
        _refuse("_posixsubprocess.fork_exec", "")

    def refuse_import(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "import" and arguments[0] in _NATIVE_CALLERS:
            _refuse(event, arguments[0])

    for name in _NATIVE_CALLERS:
        sys.modules[name] = None  # type: ignore[assignment] # not to be imported, even if it is built into Python
    subprocess._fork_exec = fork_exec  # type: ignore[attr-defined]
    sys.addaudithook(refuse_import)


def _refuse(event: str, what: object) -> None:
    raise PermissionError(f"the checks of a pack run by themselves: {event} {what}")


def main(tasks: str, checks: str, module: str) -> None:
    """Serves the command on standard input and output until they close."""
    reader, writer = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    with Path(os.devnull).open("r+b") as nothing:
        for number in (0, 1):
            os.dup2(nothing.fileno(), number)
    for limit, most in ((resource.RLIMIT_CPU, MAX_CPU_SECONDS), (resource.RLIMIT_AS, MAX_MEMORY)):
        with suppress(ValueError, OSError):  # macOS limits no addresses
            resource.setrlimit(limit, (most, most))
    code = PackCode(
        Pack("", Path(), Path(tasks), Path(checks), module), say.Channel(reader, writer, _Received)
    )
    answer_calls(answer_by(code))
    readable = [*library_folders(), tasks, checks]
    limit_process(readable)
    sys.addaudithook(AuditHook([], readable, _refuse))
    _refuse_native_calls()
    try:
        code.serve()
    except ChannelClosed:
        os._exit(0)
