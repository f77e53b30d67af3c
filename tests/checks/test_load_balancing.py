"""Which registrations of a service count, which ports are theirs, and which of several is asked about."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from labs.packs.aws_ecs.checks import _load_balancing
from labs.packs.aws_ecs.checks._load_balancing import Registration
from labs.sdk import Account, CannotTell, Failed, Outcome, Passed
from tests.checks.canned import Answer, answering
from tests.checks.clusters import service

NAMES = {"cluster": "labs-dyn", "service": "web"}
GROUP = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup"


def registered(group: str) -> dict[str, Any]:
    """A service's entry for a target group of this name."""
    return {"targetGroupArn": f"{GROUP}/{group}/1", "containerName": "web", "containerPort": 80}


def described(group: str, kind: str = "instance") -> Answer:
    found = {"TargetGroupName": group, "TargetGroupArn": f"{GROUP}/{group}/1", "TargetType": kind}
    return "describe_target_groups", {"TargetGroups": [found]}


def registration(**group: Any) -> Registration:
    found: Any = {"TargetGroupName": "web", **group}
    own: Any = {}
    return Registration(NAMES, own, "web", 80, found)


def test_only_the_balanced_port_of_the_balanced_container_is_mapped() -> None:
    """A sidecar may take a fixed port of the host, and the container itself another one."""
    web = {"name": "web", "portMappings": [{"containerPort": 80}, {"containerPort": 443, "hostPort": 8443}]}
    sidecar = {"name": "metrics", "portMappings": [{"containerPort": 80, "hostPort": 9090}]}
    definition: Any = {"containerDefinitions": [sidecar, {"name": "log"}, web]}
    assert registration().mapped_ports(definition) == [0]


def test_host_ports_are_those_of_the_balanced_container_port() -> None:
    """A target on a sidecar's port, or on another port of the container, is not the task's."""
    web = [{"containerPort": 80, "hostPort": 32768}, {"containerPort": 443, "hostPort": 32769}]
    sidecar = [{"containerPort": 80, "hostPort": 32770}]
    containers = [{"name": "log"}, {"name": "metrics", "networkBindings": sidecar}]
    task: Any = {"containers": [*containers, {"name": "web", "networkBindings": web}]}
    assert registration().host_ports(task) == {32768}


def test_registrations_have_an_existing_group_of_the_type() -> None:
    """A classic load balancer has no target groups, and a service keeps the ARN of one that was deleted."""
    classic = {"loadBalancerName": "old", "containerName": "web", "containerPort": 80}
    own: Any = {"loadBalancers": [classic, *map(registered, ("gone", "addresses", "web"))]}
    gone: Answer = ("describe_target_groups", {"error": "TargetGroupNotFound"})
    looks = [gone, described("addresses", "ip"), described("web")]
    found = _load_balancing.registrations(answering(elbv2=looks), NAMES, own, "instance")
    assert [str(each) for each in found] == ["web:80 in web"]
    message = _load_balancing.registrations_text(answering(elbv2=looks), NAMES, own)
    assert message == "addresses, of type ip and web, of type instance"


def test_a_blue_green_deployment_has_two_groups_for_one_container() -> None:
    """After a deployment, production may be at either of them."""
    alternate = {"alternateTargetGroupArn": f"{GROUP}/green/1"}
    own: Any = {"loadBalancers": [{**registered("blue"), "advancedConfiguration": alternate}]}
    account = answering(elbv2=[described("blue"), described("green")])
    found = _load_balancing.registrations(account, NAMES, own, "instance")
    assert [str(each) for each in found] == ["web:80 in blue", "web:80 in green"]


def test_a_service_without_a_load_balancer_has_no_registration() -> None:
    own: Any = {"loadBalancers": []}
    assert _load_balancing.registrations(answering(), NAMES, own, "instance") == []
    assert _load_balancing.registrations_text(answering(), NAMES, own) == "no existing target group"


def registrations(*groups: str) -> Account:
    """An account whose service is registered with these groups of instances."""
    return answering(
        ecs=[service(loadBalancers=[registered(each) for each in groups])],
        elbv2=[described(each) for each in groups],
    )


def judging(**reached: bool) -> Callable[[Account, Registration], Outcome]:
    """A judge of registrations by the names of their groups."""

    def judge(account: Account, registration: Registration) -> Outcome:
        name = registration.group["TargetGroupName"]
        return Passed(name) if reached[name] else Failed(name, "", "")

    return judge


def test_of_several_registrations_the_one_that_gets_furthest_counts() -> None:
    """The first objective holds for `old` and `web` and not for `new`; the second one for `web` alone."""
    first, second = judging(new=False, old=True, web=True), judging(new=True, old=False, web=True)
    last = judging(new=True, old=True, web=False)
    account = registrations("new", "old", "web")
    assert _load_balancing.for_best_registration(last, [first, second, last])(account, NAMES) == Failed(
        "web", "", ""
    )


def test_of_registrations_that_get_as_far_the_first_counts() -> None:
    judge = judging(one=False, two=False)
    assert _load_balancing.for_best_registration(judge, [judge])(
        registrations("one", "two"), NAMES
    ) == Failed("one", "", "")


def test_a_single_registration_is_judged_without_comparison() -> None:
    """An answer that one objective could not read does not keep another from its verdict."""

    def unreadable(account: Account, registration: Registration) -> Outcome:
        raise CannotTell(f"{registration} in {account.region}")

    check = _load_balancing.for_best_registration(judging(web=True), [unreadable])
    assert check(registrations("web"), NAMES) == Passed("web")


def test_registrations_that_have_gone_are_no_failure() -> None:
    with pytest.raises(CannotTell, match="the target group of web was deleted"):
        _load_balancing.for_best_registration(judging(), [])(registrations(), NAMES)


def balancer(kind: str = "application", scheme: str = "internet-facing", state: str = "active") -> Answer:
    found = {"LoadBalancerName": kind, "Type": kind, "Scheme": scheme, "State": {"Code": state}}
    return "describe_load_balancers", {"LoadBalancers": [found]}


GONE: Answer = ("describe_load_balancers", {"error": "LoadBalancerNotFound"})


@pytest.mark.parametrize(
    ("balancers", "public"),
    [
        pytest.param([balancer()], True, id="active"),
        pytest.param([balancer(state="provisioning")], True, id="on its way"),
        pytest.param([balancer(state="active_impaired")], True, id="short of addresses"),
        pytest.param([balancer(state="failed")], False, id="never came up"),
        pytest.param([balancer(scheme="internal")], False, id="internal"),
        pytest.param([balancer("network")], False, id="a network load balancer"),
        pytest.param([balancer("network"), balancer()], True, id="the second of two"),
        pytest.param([GONE], False, id="deleted"),
        pytest.param([], False, id="none"),
    ],
)
def test_a_public_balancer_is_an_internet_facing_alb(balancers: list[Answer], *, public: bool) -> None:
    arns = [str(number) for number, _ in enumerate(balancers)]
    found = _load_balancing.public_balancer(answering(elbv2=balancers), registration(LoadBalancerArns=arns))
    assert (found is not None) is public


def test_a_group_of_no_load_balancer_has_no_public_one() -> None:
    assert _load_balancing.public_balancer(answering(), registration()) is None


def test_a_balancer_that_has_gone_is_no_failure() -> None:
    with pytest.raises(CannotTell, match="the load balancer of web:80 in web was deleted"):
        _load_balancing.the_balancer(answering(), registration())
