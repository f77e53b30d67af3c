"""The environment of a shell that talks to the sandbox instead of AWS."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from labs.errors import UsageError
from labs.sandbox.client.aws_wrapper import write_wrapper
from labs.sandbox.client.connection import ACCOUNT, KEY_OF_ACCOUNT, Sandbox, folder


def in_account(sandbox: Sandbox, account: str | None) -> Sandbox:
    """The same sandbox with another default account. Raises UsageError for an invalid account ID.

    Accounts need not be created: every ID is an account that is empty at first.
    """
    if account is None:
        return sandbox
    if not re.fullmatch(r"\d{12}", account):
        raise UsageError(f"Invalid account ID {account!r}: it must have 12 digits.")
    return replace(sandbox, account=account)


def environment(sandbox: Sandbox) -> dict[str, str]:
    """The variables that point the AWS CLI, the SDKs and `labs` to the sandbox; the key id selects the account."""
    return {
        "AWS_ENDPOINT_URL": sandbox.url,
        "LABS_REGISTRY": f"localhost:{sandbox.port}",
        "AWS_ACCESS_KEY_ID": "sandbox" if sandbox.account == ACCOUNT else KEY_OF_ACCOUNT + sandbox.account,
        "AWS_SECRET_ACCESS_KEY": "sandbox",
        "AWS_DEFAULT_REGION": sandbox.region,
        "AWS_REGION": sandbox.region,
        "AWS_PAGER": "",
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def without_own(given: Mapping[str, str]) -> dict[str, str]:
    """The environment without variables that would point the AWS CLI or the SDKs to a real account or a proxy."""
    own = {name: value for name, value in given.items() if not name.startswith("AWS_")}
    return {**own, **_past_proxies(given)}


def _past_proxies(given: Mapping[str, str]) -> dict[str, str]:
    """The variables that keep requests to this machine off an HTTP proxy; empty if the environment names none."""
    if not any(given.get(name) for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY")):
        return {}
    before = given.get("no_proxy") or given.get("NO_PROXY") or ""
    hosts = filter(None, map(str.strip, before.split(",")))
    direct = ",".join(dict.fromkeys([*hosts, "127.0.0.1", "localhost"]))
    return {"NO_PROXY": direct, "no_proxy": direct}


def exports(sandbox: Sandbox) -> str:
    """The environment as `export` lines for a POSIX shell."""
    lines = [f"export {name}='{value}'" for name, value in environment(sandbox).items()]
    lines += [f"export {name}={shlex.quote(value)}" for name, value in _past_proxies(os.environ).items()]
    wrapper = write_wrapper(_wrapper_folder(sandbox))
    if wrapper is not None:
        lines.append(f'export PATH={shlex.quote(str(wrapper))}:"$PATH"')
    elsewhere = re.compile("AWS_ENDPOINT_URL_.*|AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")
    others = sorted(filter(elsewhere.fullmatch, os.environ))
    unset = " ".join(["unset AWS_PROFILE AWS_DEFAULT_PROFILE AWS_SESSION_TOKEN", *others])
    return "\n".join([*lines, unset, ""])


def _wrapper_folder(sandbox: Sandbox) -> Path:
    return folder(sandbox.home).absolute() / "bin"


def shell(sandbox: Sandbox) -> None:
    """Replaces this process by the user's shell with the environment of the sandbox, and a prompt that shows it.

    Raises UsageError if the shell cannot be started.
    """
    program = os.environ.get("SHELL") or "/bin/sh"
    env = {**without_own(os.environ), **environment(sandbox), "PS1": "(sandbox) $ "}
    wrapper = write_wrapper(_wrapper_folder(sandbox))
    if wrapper is not None:
        env["PATH"] = f"{wrapper}{os.pathsep}{env.get('PATH', os.defpath)}"
    arguments = [program]
    if Path(program).name == "bash":
        prompt = sandbox.log.with_name("bashrc")
        first = f'export PATH={shlex.quote(str(wrapper))}:"$PATH"\n' if wrapper else ""
        started = '[ -f ~/.bashrc ] && . ~/.bashrc\nPS1="(sandbox) $PS1"\n'
        prompt.write_text(started + first, encoding="utf-8")
        arguments += ["--rcfile", str(prompt)]
    try:
        os.execvpe(program, arguments, env)  # noqa: S606 - the user's own shell
    except OSError as error:
        raise UsageError(
            f"Cannot start your shell {program}: {error.strerror}. Name another one: SHELL=/bin/sh labs sandbox shell"
        ) from error


_PLACE = {
    "ACCOUNT": "$(aws sts get-caller-identity --query Account --output text)",
    "REGION": "${AWS_REGION:-${AWS_DEFAULT_REGION:-$(aws configure get region)}}",
}


def place(script: str) -> list[str]:
    """The lines that set `$ACCOUNT` and `$REGION`, for a lab's script that uses them and does not set them itself."""
    return [
        f"{name}={value}"
        for name, value in _PLACE.items()
        if re.search(rf"\${{?{name}\b", script)
        and not re.search(rf"^\s*(?:export )?{name}=", script, re.MULTILINE)
    ]
