"""How what a lab left behind is removed: the calls are AWS's own, whatever fails stops nothing."""

from __future__ import annotations

import shlex
from typing import Any

import pytest

from labs.sdk import Leftover
from labs.verify.cleanup import kinds, prices, shell
from labs.verify.cleanup.removal import PAUSE, Remover

CLUSTER = Leftover("cluster", "mine")
ALARM = Leftover("alarm", "busy")
GROUP = Leftover("security group", "sg-01234567", "visitors", shared=True)


def error(code: str) -> Exception:
    from botocore.exceptions import ClientError

    return ClientError({"Error": {"Code": code, "Message": "no"}}, "Any")


class Aws:
    """Clients that note what they are asked, and refuse what a test wants refused, so many times."""

    def __init__(self, **refusals: list[str]) -> None:
        self.asked: list[str] = []
        self.refusals = refusals

    def __call__(self, _: str) -> Any:
        return self

    def __getattr__(self, method: str) -> Any:
        def ask(**_: Any) -> None:
            self.asked.append(method)
            if codes := self.refusals.get(method):
                raise error(codes.pop(0))

        return ask

    def remove(self, *rounds: list[Leftover]) -> tuple[list[str], list[str]]:
        """The removed resources and the leftovers, where each search finds the next of these rounds."""
        found = iter([*rounds, *([[]] * 9)])
        self.pauses: list[float] = []
        outcome = Remover(self, self.pauses.append).remove(lambda: next(found))
        return [each.id for each in outcome.removed], [each.id for each in outcome.left]


@pytest.mark.parametrize("kind", kinds.KINDS)
def test_every_call_is_one_of_aws_s(kind: str) -> None:
    """By botocore's models: the operation is there, and takes these parameters."""
    from botocore.session import Session
    from botocore.validate import ParamValidator

    session = Session()
    for call in kinds.calls(
        Leftover(kind, "an-id-of-36-letters-at-least-for-uuid", within="arn:aws:iam::123456789012:policy/p")
    ):
        client = session.create_client(
            call.service, region_name="eu-west-1", aws_access_key_id="a", aws_secret_access_key="b"
        )
        if call.waiter:
            assert call.method in client.waiter_names
        else:
            shape = client.meta.service_model.operation_model(
                client.meta.method_to_api_mapping[call.method]
            ).input_shape
            assert not ParamValidator().validate(call.given, shape).has_errors()


def test_targets_of_a_rule_are_removed_before_the_rule() -> None:
    """EventBridge deletes no rule that has targets."""
    aws = Aws()
    rule, target = Leftover("event rule", "r"), Leftover("event rule target", "t", within="r")
    assert aws.remove([rule, target]) == (["r", "t"], [])
    assert aws.asked == ["remove_targets", "delete_rule"]


def test_kind_that_labs_does_not_know_is_left_with_a_place_to_look() -> None:
    unknown = Leftover("state machine", "s")
    outcome = Remover(Aws(), [].append).remove(lambda: [unknown])
    assert "the reference of labs.sdk lists the kinds" in outcome.left[unknown]


def test_what_is_gone_is_removed() -> None:
    aws = Aws(delete_cluster=["ClusterNotFoundException"])
    assert aws.remove([CLUSTER]) == (["mine"], [])


def test_a_revision_that_a_stack_has_deregistered_is_removed() -> None:
    """Deleting a stack makes its task definitions INACTIVE, and AWS refuses to do so again."""
    inactive = "ClientException: The specified task definition is inactive."
    aws = Aws(deregister_task_definition=[inactive])
    assert aws.remove([Leftover("task definition", "mine:1")]) == (["mine:1"], [])


def test_a_refusal_that_passes_is_waited_for() -> None:
    aws = Aws(delete_cluster=["ClusterContainsTasksException"] * 2)
    assert aws.remove([CLUSTER]) == (["mine"], [])
    assert aws.pauses == [PAUSE, PAUSE]


def test_what_cannot_be_removed_is_left_and_stops_nothing() -> None:
    aws = Aws(delete_cluster=["AccessDeniedException"] * 9)
    assert aws.remove([CLUSTER, ALARM]) == (["busy"], ["mine"])


def test_what_appears_meanwhile_is_removed_too() -> None:
    assert Aws().remove([CLUSTER], [ALARM]) == (["mine", "busy"], [])


def test_what_is_found_again_at_the_end_is_left() -> None:
    assert Aws().remove(*[[CLUSTER]] * 9) == ([], ["mine"])


def test_a_kind_that_nobody_knows_is_left() -> None:
    assert Aws().remove([Leftover("castle", "c")]) == ([], ["c"])


def test_users_go_before_what_they_use() -> None:
    service = Leftover("service", "web", within="mine")
    assert kinds.in_order([GROUP, CLUSTER, service]) == [service, CLUSTER, GROUP]


def test_commands_do_the_same_and_warn_of_what_others_may_use() -> None:
    text = shell.commands([GROUP, CLUSTER, ALARM])
    own, _, shared = text.partition("\n# The lab uses these")
    assert "aws ecs delete-cluster --cluster mine" in own
    assert "aws cloudwatch delete-alarms --alarm-names busy" in own
    assert "aws ec2 delete-security-group --group-id sg-01234567" in shared
    assert shlex.split(own, comments=True)


def test_what_costs_by_the_hour_has_a_price() -> None:
    assert prices.per_hour(Leftover("load balancer", "arn")) > 0.02
    assert prices.per_hour(CLUSTER) == 0


def test_a_load_balancer_without_a_target_group_is_found(moto: None) -> None:
    """An attempt that ended half-way: the answer about its target groups is an error."""
    import boto3

    from labs.packs.aws_ecs.checks import _leftovers_ec2
    from labs.sdk import Account

    def client(service: str, region: str = "eu-west-1") -> Any:
        return boto3.client(service, region)

    subnets = [each["SubnetId"] for each in client("ec2").describe_subnets()["Subnets"]]
    made = client("elbv2").create_load_balancer(Name="mine", Subnets=subnets[:2])["LoadBalancers"][0]
    account = Account(lambda: "123456789012", "eu-west-1", client)
    found = list(_leftovers_ec2.load_balancer(account, Leftover("load balancer", made["LoadBalancerArn"])))
    assert ("load balancer", made["LoadBalancerArn"]) in [(each.kind, each.id) for each in found]
