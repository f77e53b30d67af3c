"""`python -m tools.moto_tests TESTS [SERVICE...]`: runs moto's own tests with the sandbox's extensions.

TESTS is the unpacked source distribution of the installed version of moto:

    pip download --no-deps --no-binary :all: moto==VERSION

One of its files imports freezegun; a file that cannot be imported counts as a test that fails.

A test that fails with the extensions, and not without, must be in `moto_differences.toml` beside this module, which
gives a reason for each. The exit code is 1 if one fails that is not there, or if one is there that passes. Then
docs/moto-differences.md is written from that file.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

DIFFERENCES = Path(__file__).with_name("moto_differences.toml")
REPORT = Path("docs/moto-differences.md")
SERVICES = (
    *(
        "applicationautoscaling",
        "autoscaling",
        "cloudformation",
        "cloudwatch",
        "dynamodb",
        "ec2",
        "ecr",
        "ecs",
    ),
    *("efs", "elbv2", "events", "iam", "kms", "logs", "s3", "sns", "sqs", "ssm", "sts"),
)
"""The services that the sandbox extends, or that packs are about."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints what is new and what is no longer true, by service."""
    parser = argparse.ArgumentParser(
        prog="moto_tests", description="Run moto's own tests against the sandbox."
    )
    parser.add_argument("tests", type=Path, metavar="TESTS", help="folder of moto's source distribution")
    parser.add_argument("services", nargs="*", metavar="SERVICE", default=SERVICES)
    given = parser.parse_args(arguments)
    known = listed()
    wrong = False
    for service in given.services:
        here = f"tests/test_{service}/"
        ours = failed(given.tests, [here], extended=True)
        stock = failed(given.tests, sorted(ours), extended=False) if ours else set()
        different = ours - stock
        expected = {test for test in known if test.startswith(here)}
        sys.stdout.write(f"{service:<24} {len(different):4} differ, {len(stock):3} fail in moto too\n")
        sys.stdout.writelines(f"    not listed: {test}\n" for test in sorted(different - expected))
        sys.stdout.writelines(f"    passes: {test}\n" for test in sorted(expected - ours))
        sys.stdout.flush()
        wrong |= bool(different - expected or expected - ours)
    REPORT.write_text(report(), encoding="utf-8")
    return int(wrong)


def rows() -> list[dict[str, Any]]:
    """The differences: what moto does, what the sandbox does, the source, and moto's tests that therefore fail."""
    found: list[dict[str, Any]] = tomllib.loads(DIFFERENCES.read_text(encoding="utf-8"))["difference"]
    return found


def listed() -> set[str]:
    """The node ids of the tests that fail on purpose."""
    return {f"tests/test_{test}" for row in rows() for test in row["tests"]}


def report() -> str:
    """The differences as a page of the documentation."""
    lines = [f"| {each['moto']} | {each['sandbox']} | {each['source']} |" for each in rows()]
    return "\n".join([*_HEAD, *lines, ""])


_HEAD = (
    "# Where the sandbox differs from moto on purpose",
    "",
    "The sandbox extends moto, and moto's own tests are run against it. `tools/moto_differences.toml` lists each test",
    "that fails on purpose, with the reason. The table below contains these reasons. If you find a response of the",
    "sandbox that differs from that of AWS, please report it.",
    "",
    "| moto | the sandbox, as AWS | source |",
    "|---|---|---|",
)


def failed(folder: Path, tests: Sequence[str], *, extended: bool) -> set[str]:
    """The node ids of the tests that fail, of those under these paths of the folder."""
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch, "failed")
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "x",
            "AWS_SECRET_ACCESS_KEY": "x",
            "MOTO_EC2_LOAD_DEFAULT_AMIS": "false",
            "LABS_MOTO_FAILED": str(file),
            "LABS_MOTO_EXTENDED": "1" if extended else "",
            "PYTHONPATH": os.pathsep.join(
                [str(DIFFERENCES.parents[1]), *filter(None, [os.environ.get("PYTHONPATH")])]
            ),
        }
        plugins = ["-p", "tools.moto_plugin", "-p", "no:randomly", "-p", "no:cacheprovider", "-p", "no:xdist"]
        subprocess.run(  # noqa: S603 - our own arguments
            [sys.executable, "-m", "pytest", *_OPTIONS, *plugins, *tests],
            cwd=folder,
            env=environment,
            stdout=subprocess.DEVNULL,
            check=False,
        )
        return set(file.read_text(encoding="utf-8").split("\n")) - {""}


_OPTIONS = ("-q", "--tb=no", "-o", "addopts=", "--continue-on-collection-errors")


if __name__ == "__main__":
    raise SystemExit(main())
