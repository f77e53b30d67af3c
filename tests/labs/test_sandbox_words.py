"""The sandbox answers in AWS's words: its keys and enumerated values are those of recorded answers."""

from __future__ import annotations

from typing import Any

import pytest

from tests.labs.recording import changed
from tests.labs.states import LabStates, lab_ids
from tests.recordings.comparing import Seen, always_but_never, other_words
from tests.recordings.playing import shape_of
from tests.recordings.recorded import by_read, own, recordings

pytestmark = [pytest.mark.xdist_group("sandbox words"), pytest.mark.slow, pytest.mark.process]

RARE = {
    "autoscaling:DescribeLaunchConfigurations",
    "ec2:GetManagedPrefixListEntries",
    "ecr:GetRegistryScanningConfiguration",
    "ecs:ListClusters",
    "ecs:ListServices",
    "ecs:ListTaskDefinitionFamilies",
    "iam:ListRoles",
}
"""Operations that checks ask only where something is wrong, or of other solutions than the reference."""

LACKING = {
    "ec2:DescribeImages Images[].ImageLocation": "moto leaves it out",
    "ec2:DescribeImages Images[].BlockDeviceMappings[].Ebs.Encrypted": "moto leaves it out",
    "ec2:DescribeInstances Reservations[].Instances[].HibernationOptions.Configured": "moto leaves it out",
    "elbv2:DescribeRules Rules[].Actions[].Order": "moto leaves it out",
    "iam:GetPolicy Policy.Description": "only where one was given",
}
"""Keys that AWS always sent where it was recorded and the sandbox never does, and why; no check reads one."""

MORE = {
    "cloudwatch:DescribeAlarms MetricAlarms[].Metrics": "moto sends an empty list",
    "ec2:DescribeImages Images[].ProductCodes": "moto sends an empty list",
    "ec2:DescribeInstances Reservations[].Instances[].SriovNetSupport": "moto sends it of every instance",
    "ec2:DescribeLaunchTemplateVersions LaunchTemplateVersions[].LaunchTemplateData.IamInstanceProfile": "lab's own",
    "ecs:DescribeServices services[].currentServiceDeployment": "newer than most recordings",
    "ecs:DescribeTaskDefinition taskDefinition.volumes[].efsVolumeConfiguration.transitEncryption": "lab's own",
    "elbv2:DescribeListeners Listeners[].AlpnPolicy": "moto sends an empty one",
    "elbv2:DescribeListeners Listeners[].SslPolicy": "moto sends an empty one",
    "elbv2:DescribeTargetGroups TargetGroups[].ProtocolVersion": "newer than the recordings",
    "logs:DescribeLogGroups logGroups[].logGroupArn": "newer than the recordings",
}
"""Keys that the sandbox always sends and AWS never sent where it was recorded, and why."""


@pytest.fixture(scope="module")
def sandbox(lab_states: LabStates) -> dict[str, Seen]:
    """The sandbox's answers to the solved labs, by operation."""
    seen: dict[str, Seen] = {}

    def see(read: str, answer: dict[str, Any], shape: Any) -> dict[str, Any]:
        if shape is not None:
            seen.setdefault(read, Seen()).add(answer, shape)
        return answer

    states = [lab_states.state(lab, "right") for lab in lab_ids()]
    with changed(see):
        for state in states:
            state.run()
    assert seen.keys() >= by_read(own()).keys() - RARE
    return seen


def aws(answers: Any) -> dict[str, Seen]:
    """AWS's answers, by operation."""
    found: dict[str, Seen] = {}
    for read, recorded in by_read(answers).items():
        for each in recorded:
            if each.ok:
                found.setdefault(read, Seen()).add(each.data, shape_of(read))
    return found


def differences(one: dict[str, Seen], other: dict[str, Seen]) -> set[str]:
    """The keys that one always sends and the other never, of the operations that both answer."""
    both = one.keys() & other.keys()
    return {f"{read} {key}" for read in both for key in always_but_never(one[read], other[read])}


NOT_ENOUGH = "what AWS always or never sends, a few hand-made answers cannot tell"


@pytest.mark.skipif(not recordings(), reason=NOT_ENOUGH)
def test_the_sandbox_sends_what_aws_always_sends(sandbox: dict[str, Seen]) -> None:
    """No key that is in every recorded answer is in none of the sandbox's, but for those that are listed."""
    assert differences(aws(recordings()), sandbox) - LACKING.keys() == set()


@pytest.mark.skipif(not recordings(), reason=NOT_ENOUGH)
def test_the_sandbox_sends_nothing_that_aws_never_sends(sandbox: dict[str, Seen]) -> None:
    """No key that is in each of the sandbox's answers is in none of AWS's, but for those that are listed."""
    real = aws((*own(), *recordings()))
    recorded = {read: real[read] for read in by_read(recordings()) if read in real}
    assert differences(sandbox, recorded) - MORE.keys() == set()


def test_the_sandbox_says_the_words_of_aws(sandbox: dict[str, Seen]) -> None:
    """Where AWS says other words than botocore's model lists, so does the sandbox; else one of the model's."""
    real = aws((*own(), *recordings()))
    unknown = {read: other_words(real.get(read, Seen()), seen) for read, seen in sandbox.items()}
    assert {read: words for read, words in unknown.items() if words} == {}
