"""Rules of `labs test` for a check's source and its READS."""

from __future__ import annotations

from pathlib import Path

from labs.author.expectations import idle_reads
from labs.author.imports import foreign_imports
from labs.author.mutation.sources import CheckSources
from labs.sdk import iam_roles

SOURCE = """
import json, labs.aws.session
from labs import content, sdk
from labs.sdk import iam, iam_roles
from checks import _iam
from ._shared import names
"""


def test_a_pack_imports_the_sdk_and_nothing_else_of_labs() -> None:
    sources = CheckSources("mine.checks", "own", Path(), {"own": SOURCE, "_shared": "import boto3\n"})
    assert [each.partition(";")[0] for each in foreign_imports(sources)] == [
        "own.py:2 imports labs.aws.session",
        "own.py:3 imports labs.content",
        "own.py:5 imports checks",
    ]


def test_reads_that_nothing_asks_for_are_told() -> None:
    """But those by which `iam_roles.may` reads policies: it needs them only where these have conditions."""
    listed = {"sqs:ListQueues", "sqs:GetQueueUrl", *iam_roles.SIMULATION_READS}
    asked = {"sqs:GetQueueUrl", "iam:SimulatePrincipalPolicy"}
    assert idle_reads(listed, asked).endswith("in none of these steps: sqs:ListQueues")
    assert "iam:GetPolicy" in idle_reads(listed, {"sqs:GetQueueUrl"})
    assert not idle_reads({"sqs:GetQueueUrl"}, asked)
