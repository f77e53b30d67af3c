"""User data that would take forever, or all memory, ends as unclear; none raises."""

from __future__ import annotations

import gzip
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from labs.userdata import read
from tests.userdata.scripts import F, bash

NINE = " ".join("abcdefghi")
MULTI = "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="


def nested(depth: int) -> str:
    return "".join(f"for v{i} in {NINE}; do " for i in range(depth)) + f"echo a=b >> {F}; " + "done; " * depth


HOSTILE: dict[str, str | bytes] = {
    "nested-loops": bash(nested(8)),
    "doubling-variable": bash("x=aa", *["x=$x$x"] * 60, f"echo $x >> {F}"),
    "doubling-file": bash("echo a > /a", *["cat /a /a > /b; cp /b /a"] * 60, f"cp /a {F}"),
    "unknown-path": bash("echo x > /" + "$(a)" * 40 + "Z"),
    "many-unknown-paths": bash(*["echo x > /" + "$(a)e" * 30 + "Z"] * 90),
    "doubling-functions": bash(
        "f0() { a; }", *(f"f{i}() {{ f{i - 1}; f{i - 1}; }}" for i in range(1, 40)), "f39"
    ),
    "branches-of-functions": bash(
        f"f0() {{ echo a=b >> {F}; }}",
        *(f"f{i}() {{ if a; then f{i - 1}; else f{i - 1}; fi; }}" for i in range(1, 40)),
        "f39",
    ),
    "chained-functions": bash(
        f"f0() {{ echo a=b >> {F}; }}", *(f"f{i}() {{ f{i - 1}; }}" for i in range(1, 500)), "f499"
    ),
    "prefixes": bash("sudo " * 3000 + f"tee {F}"),
    "negations": bash("! " * 5000 + f"grep -q a {F}"),
    "brackets": bash("(" * 5000 + f"echo a > {F}" + ")" * 5000),
    "substitutions": bash("echo " + "$(" * 3000 + "a" + ")" * 3000 + f" > {F}"),
    "defaults": bash("echo " + "${a:-" * 3000 + "b" + "}" * 3000 + f" > {F}"),
    "lists": bash(" && ".join(["a"] * 4000) + f" && echo a > {F}"),
    "unclosed": bash("$(" * 5000, F),
    "quotes": bash('"' * 8001, F),
    "scripts-in-scripts": bash("echo 'bash /a; bash /a' > /a", "bash /a", f"cat /a > {F}"),
    "eval-of-itself": bash(f'x=\'bash -c "$x"; bash -c "$x"; echo a > {F}\'; export x', 'bash -c "$x"'),
    "star-pattern": bash(f"echo {'a' * 5000} > {F}", f"grep -q '{'a*' * 30}b' {F} || echo a=b >> {F}"),
    "star-in-sed": bash(f"echo {'a' * 5000} > {F}", f"sed -i 's/{'.*a' * 30}b/c/' {F}"),
    "star-in-rm": bash(f"echo a > /{'a' * 5000}", f"rm /{'*a' * 2000}b", f"echo a=b > {F}"),
    "printf-without-a-place": bash(f"printf '% ' a b >> {F}"),
    "brace-of-a-pattern": bash(f"for i in {{1..99999999}}; do echo $i >> {F}; done"),
    "gzip-bomb": gzip.compress(bash("a" * 50_000_000).encode()),
    "dollars": gzip.compress(bash("echo " + "$a" * 4_000_000).encode()),
    "yaml-aliases": "#cloud-config\na0: &a0 [x, x]\n"
    + "".join(f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]\n" for i in range(1, 30))
    + "runcmd: *a29\n# ecs\n",
    "yaml-depth": "#cloud-config\nruncmd: " + "[" * 8000 + "# ecs",
    "yaml-lists": "#cloud-config\n# ecs\nruncmd:\n" + "- " * 8000,
    "yaml-questions": "#cloud-config\n# ecs\n" + "? " * 8000,
    "yaml-quotes": "#cloud-config\n# ecs\na: " + "'" * 16001,
    "yaml-number": "#cloud-config\n# ecs\nruncmd: [2026-99-99, 0xfff, .inf]\n",
    "write-files-as-a-table": "#cloud-config\nwrite_files:\n  path: /etc/ecs/ecs.config\n",
    "write-files-of-text": "#cloud-config\nwrite_files: [ecs]\n",
    "write-files-broken-gzip": f"#cloud-config\nwrite_files: [{{path: {F}, encoding: gzip, content: a}}]\n",
    "runcmd-as-a-number": "#cloud-config\nruncmd: 3\n# ecs\n",
    "toml-depth": "settings = " + "[" * 8000,
    "nested-parts": "".join(f"{MULTI}b{i}\n\n--b{i}\n" for i in range(400)) + F,
}
HARMLESS = {
    "unknown-path",
    "many-unknown-paths",
    "printf-without-a-place",
    "star-in-rm",
    "toml-depth",
    "nested-parts",
}
"""Those that end soon, and may have known settings."""


MAX_CALLS = 10_000_000
"""Calls and returns of the interpreter; the costliest of these texts takes a quarter of them."""


@contextmanager
def few_calls() -> Iterator[None]:
    """Fails as soon as the block has made more than MAX_CALLS."""
    made = 0

    def count(*_: object) -> None:
        nonlocal made
        made += 1
        if made > MAX_CALLS:
            pytest.fail(f"more than {MAX_CALLS} calls")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        yield
    finally:
        sys.setprofile(before)


@pytest.mark.slow
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_user_data_is_unclear_soon(name: str) -> None:
    with few_calls():
        boot = read(HOSTILE[name])
    if name not in HARMLESS:
        assert boot.config is None
        assert boot.unclear
