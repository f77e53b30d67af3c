"""A server process that has the AWS CLI imported, and forks for every `aws` call of a script.

    python -m labs.sandbox.client.aws_server --listen-fd N --parent-fd N

Each call is a connection to a Unix socket. The client (`AWS` below, on the script's PATH) sends its working
directory, arguments, environment, and the descriptors of its standard streams. A forked child adopts all of
them, runs the AWS CLI's own `main`, and sends back the exit code.

A script's `sleep` works in the same way. If CLOCK names a sandbox, `sleep` and `aws ... wait` take no time: the
sandbox advances the clock of its world instead.
"""

from __future__ import annotations

import argparse
import gc
import os
import select
import signal
import socket
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import Any

from labs.sandbox.client.connection import call_endpoint

WARM = (
    "ecs",
    "ec2",
    "ecr",
    "iam",
    "elbv2",
    "sts",
    "logs",
    "autoscaling",
    "application-autoscaling",
    "cloudwatch",
)
"""The services whose models are loaded before the first call; others are loaded on first use."""

CLOCK = "LABS_SANDBOX_CLOCK"
"""The variable that names the sandbox whose clock is advanced instead of waiting: `PORT:TOKEN`."""

AWS = """\
import posix, sys
from _socket import AF_UNIX, SCM_RIGHTS, SOCK_STREAM, SOL_SOCKET, socket
fields = [posix.getcwdb(), b"%d" % (len(sys.argv) - 2), *(a.encode("utf-8", "surrogateescape") for a in sys.argv[2:])]
fields += [name + b"=" + value for name, value in posix.environ.items()]
request = b"\\0".join(fields)
server = socket(AF_UNIX, SOCK_STREAM)
server.connect(sys.argv[1])
streams = b"".join(n.to_bytes(4, sys.byteorder) for n in (0, 1, 2))
server.sendmsg([b"%010d" % len(request)], [(SOL_SOCKET, SCM_RIGHTS, streams)])
server.sendall(request)
answer = server.recv(8)
if not answer:
    posix.write(2, b"aws: the process behind this command has ended\\n")
posix._exit(int(answer or 255))
"""
"""The client, a program for `python -I -S` with as few imports as possible, because it is started for every call."""


def main(argv: Sequence[str] | None = None) -> None:
    """Serves calls until the parent's end of the pipe is closed."""
    parser = argparse.ArgumentParser("labs.sandbox.client.aws_server")
    parser.add_argument("--listen-fd", type=int, required=True)
    parser.add_argument("--parent-fd", type=int, required=True)
    options = parser.parse_args(argv)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the system buries the children
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    driver = _warm_driver()
    with socket.socket(fileno=options.listen_fd) as listening:
        while options.parent_fd not in select.select([listening, options.parent_fd], [], [])[0]:
            caller, _ = listening.accept()
            with caller:
                _fork_for(caller, driver, listening, options.parent_fd)


def _fork_for(caller: socket.socket, driver: Any, listening: socket.socket, parent_fd: int) -> None:
    if os.fork():
        return
    try:
        listening.close()
        os.close(parent_fd)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        code = _flushed(_run(driver, *_adopt_caller(caller)))
        caller.sendall(b"%d" % code)
    finally:
        os._exit(0)  # whatever happened, this child must not go on to serve


def _flushed(code: int) -> int:
    """The exit code after the last flush: Python's 120 if nobody reads the output any more (`Py_FinalizeEx`)."""
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except BrokenPipeError:
        return 120
    return code


def _adopt_caller(caller: socket.socket) -> list[str]:
    """Adopts the caller's streams, directory and environment. Returns the arguments of the call."""
    length, streams, _flags, _address = socket.recv_fds(caller, 10, 3)
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    directory, count, *fields = _received(caller, int(length)).split(b"\0")
    os.chdir(directory)
    arguments, variables = fields[: int(count)], fields[int(count) :]
    data_path = os.environ["AWS_DATA_PATH"]  # where awscli, when it was imported, found its own models
    os.environ.clear()
    os.environb.update(variable.split(b"=", 1) for variable in variables)  # type: ignore[misc] # two parts each
    os.environ["AWS_DATA_PATH"] = data_path
    if clock := os.environ.pop(CLOCK, ""):
        port, token = clock.split(":")
        time.sleep = partial(_advance, int(port), token)
    threading.Thread(target=_end_with, args=(caller,), daemon=True).start()
    return [os.fsdecode(argument) for argument in arguments]


def _advance(port: int, token: str, seconds: float) -> None:
    call_endpoint(port, token, "POST", "advance", str(seconds).encode())


def _end_with(caller: socket.socket) -> None:
    """Ends this process when its caller is killed, as a real `aws` would be."""
    with suppress(OSError):
        caller.recv(1)
    os._exit(255)


def _received(caller: socket.socket, length: int) -> bytes:
    with caller.makefile("rb") as stream:
        return bytes(stream.read(length))


def _run(driver: Any, command: str, *arguments: str) -> int:
    if command == "sleep":
        time.sleep(float(arguments[0]))
        return 0
    try:
        code: int = driver.main([*endpoint_options(), *arguments])
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else int(leaving.code is not None)
    return code


def endpoint_options() -> list[str]:
    """The endpoint as an option: AWS CLI 1 applies it to every service, unlike the environment variable."""
    url = os.environ.get("AWS_ENDPOINT_URL", "")
    return ["--endpoint-url", url] if url else []


def _warm_driver() -> Any:
    """The AWS CLI with its command table built and the models of WARM loaded; a child calls its `main` once."""
    from awscli.clidriver import create_clidriver  # before botocore: it brings a botocore of its own

    from labs.sandbox.model_loader import share_model_loader

    share_model_loader()
    driver = create_clidriver()  # type: ignore[no-untyped-call] # awscli has no types
    session = driver.session
    commands = driver.create_help_command().command_table
    no_secret = {"aws_secret_access_key": "-"}
    for service in WARM:
        commands[service].create_help_command()
        session.get_paginator_model(service)
        session.create_client(service, region_name="eu-west-1", aws_access_key_id="-", **no_secret)
    vars(session).update(_config=None, _profile_map=None)  # a call reads the configuration that it finds
    gc.collect()
    gc.freeze()
    return driver


if __name__ == "__main__":
    main()
