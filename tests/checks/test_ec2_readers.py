"""Answers that no sandbox gives: pages of instances, images that are gone, templates and strategies as on AWS."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from labs.packs.aws_ecs.checks import (
    _autoscaling,
    _ec2,
    _leftovers_ec2,
    ecs_agent_config,
    ecs_instance_registration,
)
from labs.sdk import Account, CannotTell, Failed, Leftover, Outcome, Passed, userdata
from tests.checks.canned import Answer, answering, parameters

NAMES = {"cluster": "labs", "instance": "host", "a": "host", "tag": "labs:cause"}
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def instance(number: int, name: str = "host", **tags: str) -> dict[str, Any]:
    return {
        "InstanceId": f"i-{number}",
        "LaunchTime": NOON + timedelta(minutes=number),
        "Tags": [{"Key": "Name", "Value": name}, *({"Key": k, "Value": v} for k, v in tags.items())],
    }


def page(*instances: dict[str, Any], more: bool = False) -> Answer:
    answer: dict[str, Any] = {"Reservations": [{"Instances": [each]} for each in instances]}
    return "describe_instances", {**answer, "NextToken": "more"} if more else answer


def test_instances_come_from_every_page_the_oldest_first() -> None:
    account = answering(ec2=[page(instance(2), more=True), page(instance(1))])
    assert [each["InstanceId"] for each in _ec2.named(account, "host")] == ["i-1", "i-2"]


def test_a_name_is_compared_whole_though_the_filter_knows_wildcards() -> None:
    account = answering(ec2=[page(instance(1, "host-1"), instance(2, "host*"))])
    assert [each["InstanceId"] for each in _ec2.named(account, "host*")] == ["i-2"]


def test_every_state_but_that_of_a_terminated_instance_is_standing() -> None:
    """As EC2's own model lists the states."""
    account = answering(ec2=[page(instance(1))])
    with parameters(account.ec2) as asked:
        _ec2.named(account, "host", _ec2.STANDING)
    states: Any = account.ec2.meta.service_model.shape_for("InstanceStateName")
    [name, state] = asked[0]["Filters"]
    assert name == {"Name": "tag:Name", "Values": ["host"]}
    assert state["Name"] == "instance-state-name"
    assert set(state["Values"]) == set(states.enum) - {"shutting-down", "terminated"}


def test_a_security_group_name_is_compared_literally() -> None:
    groups = [{"GroupId": "sg-1", "GroupName": "web-1"}, {"GroupId": "sg-2", "GroupName": "web*"}]
    account = answering(ec2=[("describe_security_groups", {"SecurityGroups": groups})])
    assert [each["GroupId"] for each in _ec2.groups_named(account, "web*")] == ["sg-2"]


def test_an_image_without_a_name_is_none_of_ecs_s() -> None:
    image: Any = {"ImageId": "ami-1", "OwnerId": "591542846629", "ImageOwnerAlias": "amazon"}
    assert not _ec2.is_ecs_optimized(image)


def test_only_running_instances_count_behind_container_instances() -> None:
    """One that was stopped and then terminated is ACTIVE to ECS and, an hour later, unknown to EC2."""
    account = answering(ec2=[page(instance(1))])
    asked: list[dict[str, Any]] = []
    account.ec2.meta.events.register("provide-client-params.ec2", lambda params, **_: asked.append(params))
    assert [each["InstanceId"] for each in _ec2.running(account, ["i-9", "i-1"])] == ["i-1"]
    assert asked[0]["Filters"] == [
        {"Name": "instance-id", "Values": ["i-1", "i-9"]},
        {"Name": "instance-state-name", "Values": ["running"]},
    ]
    assert _ec2.running(answering(), []) == []


def test_an_instance_that_ec2_no_longer_describes_is_no_leftover() -> None:
    """Its id is still in the results of the checks, and ECS may still list it as a container instance."""
    assert list(_leftovers_ec2.instance(answering(ec2=[page()]), Leftover("instance", "i-9"))) == []


@pytest.mark.parametrize(
    "answer", [{"Images": []}, {"error": "InvalidAMIID.NotFound"}, {"error": "InvalidAMIID.Unavailable"}]
)
def test_what_a_deregistered_image_was_cannot_be_told(answer: dict[str, Any]) -> None:
    with pytest.raises(CannotTell, match="ami-1"):
        _ec2.image_of(answering(ec2=[("describe_images", answer)]), "ami-1")


@pytest.mark.parametrize(
    ("name", "owner", "alias", "right"),
    [
        ("al2023-ami-ecs-hvm-2023.0.20261101-kernel-6.1-x86_64", "591542846629", "amazon", True),
        ("amzn2-ami-ecs-gpu-hvm-2.0.20261101-x86_64-ebs", "591542846629", None, True),
        ("amzn-ami-2018.03.20230101-amazon-ecs-optimized", "591542846629", "amazon", True),
        ("bottlerocket-aws-ecs-2-x86_64-v1.20.0-fcf71a47", "092701018921", "amazon", True),
        ("Windows_Server-2022-English-Full-ECS_Optimized-2026.11.01", "801119661308", "amazon", True),
        ("al2023-ami-2023.6.20261101.0-kernel-6.1-x86_64", "137112412989", "amazon", False),
        ("al2023-ami-ecs-hvm-2023.0.20261101-kernel-6.1-x86_64", "210987654321", None, False),
        ("my-al2023-ami-ecs-hvm", "591542846629", "amazon", False),
    ],
)
def test_an_ecs_optimized_image_is_known_by_owner_and_name(
    name: str, owner: str, alias: str | None, right: bool
) -> None:
    image: Any = {"ImageId": "ami-1", "Name": name, "OwnerId": owner}
    if alias:
        image["ImageOwnerAlias"] = alias
    assert _ec2.is_ecs_optimized(image) is right


def user_data(text: str | None) -> Answer:
    value = {"Value": base64.b64encode(text.encode()).decode()} if text is not None else {}
    return "describe_instance_attribute", {"InstanceId": "i-1", "UserData": value}


def config(script: str | None, judge: _ec2.Judge) -> Outcome:
    host: Any = _ec2.Ec2Host(instance(1), NAMES)  # type: ignore[arg-type] # only what the judges read
    no_cluster: list[Answer] = [
        ("describe_clusters", {"clusters": []}),
        ("list_clusters", {"clusterArns": []}),
    ]
    return judge(answering(ec2=[user_data(script)], ecs=no_cluster), host)


@pytest.mark.parametrize("value", ["true", "True", "TRUE", "t", "T", "1", " true "])
def test_task_roles_are_on_with_whatever_the_agent_reads_as_true(value: str) -> None:
    script = f"#!/bin/sh\necho 'ECS_ENABLE_TASK_IAM_ROLE={value}' >> /etc/ecs/ecs.config\n"
    assert isinstance(config(script, ecs_agent_config.user_data_enables_task_roles), Passed)


@pytest.mark.parametrize("value", ["yes", "on", "tRUE", "'true'", "", "0", "false"])
def test_task_roles_are_off_with_anything_else(value: str) -> None:
    script = f'#!/bin/sh\necho "ECS_ENABLE_TASK_IAM_ROLE={value}" >> /etc/ecs/ecs.config\n'
    assert isinstance(config(script, ecs_agent_config.user_data_enables_task_roles), Failed)


def test_an_instance_without_user_data_names_no_cluster() -> None:
    outcome = config(None, ecs_agent_config.user_data_sets_the_cluster)
    assert isinstance(outcome, Failed)
    assert "is not set; the file has no settings" in outcome.found


def test_a_script_that_is_cleverer_than_we_are_is_nobody_s_failure() -> None:
    script = "#!/bin/sh\ncurl -s https://example.com/config | sed s/x/y/ > /etc/ecs/ecs.config\n"
    with pytest.raises(CannotTell):
        config(script, ecs_agent_config.user_data_sets_the_cluster)


def test_of_several_hosts_the_one_that_passes_most_counts() -> None:
    """The first host cannot be judged at all, the third passes most."""

    def judge(account: Account, host: _ec2.Ec2Host) -> Outcome:
        if host.id == "i-1":
            raise CannotTell("no idea")
        return Passed(host.id) if host.id == "i-3" else Failed(host.id, "", "")

    account = answering(ec2=[page(instance(1), instance(2), instance(3))])
    assert _ec2.for_best_instance(judge, [judge])(account, NAMES) == Passed("i-3")


@pytest.mark.parametrize(
    ("instances", "right"),
    [
        ([instance(1, **{"labs:cause": "ami"})], True),
        ([instance(1, **{"labs:cause": " AMI "}), instance(2)], True),
        ([instance(1, **{"labs:cause": "ami"}), instance(2, **{"labs:cause": "iam"})], False),
        ([instance(1, **{"labs:cause": "amiable"})], False),
        ([instance(1, **{"Labs:Cause": "ami"})], False),
        ([instance(1)], False),
    ],
    ids=["right", "one untagged successor", "two opinions", "a longer word", "another key", "untagged"],
)
def test_a_cause_is_one_word_on_every_tagged_instance(instances: list[dict[str, Any]], right: bool) -> None:
    check = ecs_instance_registration.names_its_cause("a", "ami")
    assert isinstance(check(answering(ec2=[page(*instances)]), NAMES), Passed) is right


def test_overrides_of_a_mixed_group_replace_the_common_template() -> None:
    def versions(name: str) -> Answer:
        version = {"LaunchTemplateName": name, "VersionNumber": 1, "LaunchTemplateData": {"ImageId": "ami-1"}}
        return "describe_launch_template_versions", {"LaunchTemplateVersions": [version]}

    common, own = {"LaunchTemplateId": "lt-1"}, {"LaunchTemplateName": "arm", "Version": "$Latest"}
    template: Any = {
        "LaunchTemplateSpecification": common,
        "Overrides": [{"LaunchTemplateSpecification": own}],
    }
    group: Any = {"MixedInstancesPolicy": {"LaunchTemplate": template}}
    only_own = _autoscaling.launches_of(answering(ec2=[versions("arm")]), group)
    assert [each.name for each in only_own] == ["launch template arm, version 1"]
    template["Overrides"].append({"InstanceType": "t3.small"})
    both = _autoscaling.launches_of(answering(ec2=[versions("arm"), versions("hosts")]), group)
    assert [each.name for each in both] == [
        "launch template arm, version 1",
        "launch template hosts, version 1",
    ]


def test_a_template_that_is_gone_has_no_image() -> None:
    account = answering(
        ec2=[("describe_launch_template_versions", {"error": "InvalidLaunchTemplateId.NotFound"})]
    )
    [launch] = _autoscaling.launches_of(account, {"LaunchTemplate": {"LaunchTemplateId": "lt-1"}})  # type: ignore[typeddict-item] # only what is read
    assert (launch.image, launch.profile) == ("", "")


@pytest.mark.parametrize(
    ("parameter", "recommended"),
    [
        ("/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id", True),
        ("/aws/service/bottlerocket/aws-ecs-2/x86_64/latest/image_id", True),
        ("/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64", False),
        ("/aws/service/ecs/optimized-ami/amazon-linux-2/recommended/image_id:12", True),
        ("/aws/service/ecs/optimized-ami/amazon-linux-2/recommended", False),
        ("/ours/aws/service/ecs/optimized-ami/image_id", False),
    ],
)
def test_an_image_by_parameter_is_known_by_aws_s_own_paths(parameter: str, recommended: bool) -> None:
    launch = _autoscaling.LaunchSettings("", f"resolve:ssm:{parameter}", "", userdata.Boot())
    assert launch.by_ecs_parameter is recommended
