"""Load balancers of the embedded AWS, and the tasks behind them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.slow

Client = Callable[..., Any]
Refused = Callable[..., str]
AMI = "resolve:ssm:/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id"


@pytest.fixture
def elb(aws: None, client: Client) -> Any:
    return client("elbv2")


def subnets(client: Client) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client("ec2").describe_subnets()["Subnets"]
    return found


def balancer(client: Client, **options: Any) -> str:
    ids = [subnet["SubnetId"] for subnet in subnets(client)]
    answer = client("elbv2").create_load_balancer(**{"Name": "labs", "Subnets": ids, **options})
    return str(answer["LoadBalancers"][0]["LoadBalancerArn"])


def group(client: Client, kind: str = "instance", *, used: bool = True) -> str:
    """A target group on port 80; a listener forwards to it, where it is used."""
    elb = client("elbv2")
    vpc = subnets(client)[0]["VpcId"]
    answer = elb.create_target_group(
        Name=f"labs-{kind}", Protocol="HTTP", Port=80, VpcId=vpc, TargetType=kind
    )
    arn = str(answer["TargetGroups"][0]["TargetGroupArn"])
    if used:
        listen(client, balancer(client), arn)
    return arn


def listen(client: Client, load_balancer: str, target_group: str) -> None:
    action = {"Type": "forward", "TargetGroupArn": target_group}
    client("elbv2").create_listener(
        LoadBalancerArn=load_balancer, Protocol="HTTP", Port=80, DefaultActions=[action]
    )


def instance(client: Client) -> str:
    answer = client("ec2").run_instances(ImageId=AMI, InstanceType="t3.large", MinCount=1, MaxCount=1)
    return str(answer["Instances"][0]["InstanceId"])


def targets(elb: Any, arn: str) -> list[tuple[str, int, str]]:
    found = elb.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]
    return [(one["Target"]["Id"], one["Target"]["Port"], one["TargetHealth"]["State"]) for one in found]


def test_each_port_of_an_instance_is_a_target_of_its_own(elb: Any, client: Client) -> None:
    arn, host = group(client), instance(client)
    both = [{"Id": host, "Port": 32768}, {"Id": host, "Port": 32769}]
    elb.register_targets(TargetGroupArn=arn, Targets=both)
    assert targets(elb, arn) == [(host, 32768, "healthy"), (host, 32769, "healthy")]
    elb.deregister_targets(TargetGroupArn=arn, Targets=both[:1])
    assert targets(elb, arn) == [(host, 32769, "healthy")]


def test_stock_moto_keeps_one_target_for_an_instance(stock: None, client: Client) -> None:
    answer = client("ec2").run_instances(ImageId="ami-1", MinCount=1, MaxCount=1)
    host, arn = answer["Instances"][0]["InstanceId"], group(client)
    both = [{"Id": host, "Port": 32768}, {"Id": host, "Port": 32769}]
    client("elbv2").register_targets(TargetGroupArn=arn, Targets=both)
    assert len(targets(client("elbv2"), arn)) == 1, "moto keeps both: drop this extension"


def test_a_target_without_a_port_is_on_the_groups(elb: Any, client: Client) -> None:
    arn, host = group(client), instance(client)
    elb.register_targets(TargetGroupArn=arn, Targets=[{"Id": host}])
    assert targets(elb, arn) == [(host, 80, "healthy")]
    elb.deregister_targets(TargetGroupArn=arn, Targets=[{"Id": host}])
    assert targets(elb, arn) == []


def test_the_health_of_one_target_can_be_asked(elb: Any, client: Client) -> None:
    arn, host = group(client), instance(client)
    elb.register_targets(
        TargetGroupArn=arn, Targets=[{"Id": host, "Port": 32768}, {"Id": host, "Port": 32769}]
    )
    asked = [{"Id": host, "Port": 32769}, {"Id": host, "Port": 1}]
    answer = elb.describe_target_health(TargetGroupArn=arn, Targets=asked)["TargetHealthDescriptions"]
    assert [(one["Target"]["Port"], one["TargetHealth"]["State"]) for one in answer] == [
        (32769, "healthy"),
        (1, "unused"),
    ]


def test_targets_of_a_group_that_nobody_forwards_to_are_unused(elb: Any, client: Client) -> None:
    arn, host = group(client, used=False), instance(client)
    elb.register_targets(TargetGroupArn=arn, Targets=[{"Id": host}])
    [found] = elb.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]
    assert (found["TargetHealth"]["State"], found["TargetHealth"]["Reason"]) == ("unused", "Target.NotInUse")


@pytest.mark.parametrize(
    ("kind", "target", "code"),
    [
        ("instance", "i-0123456789abcdef0", "ValidationError"),
        ("instance", "10.0.0.1", "ValidationError"),
        ("ip", "i-0123456789abcdef0", "ValidationError"),
    ],
)
def test_what_is_no_target_of_the_groups_type_is_refused(
    elb: Any, client: Client, refused: Refused, kind: str, target: str, code: str
) -> None:
    arn = group(client, kind)
    assert refused(elb.register_targets, TargetGroupArn=arn, Targets=[{"Id": target}]).startswith(code)
    assert targets(elb, arn) == []


def test_a_stopped_instance_cannot_be_registered_and_a_terminated_one_goes(
    elb: Any, client: Client, refused: Refused
) -> None:
    ec2, arn, host, other = client("ec2"), group(client), instance(client), instance(client)
    elb.register_targets(TargetGroupArn=arn, Targets=[{"Id": host, "Port": 1}, {"Id": host, "Port": 2}])
    ec2.terminate_instances(InstanceIds=[host])
    assert targets(elb, arn) == []
    ec2.stop_instances(InstanceIds=[other])
    assert refused(elb.register_targets, TargetGroupArn=arn, Targets=[{"Id": other}]).startswith(
        "InvalidTarget"
    )


def test_a_target_that_is_not_registered_cannot_be_deregistered(
    elb: Any, client: Client, refused: Refused
) -> None:
    arn, host = group(client), instance(client)
    assert refused(elb.deregister_targets, TargetGroupArn=arn, Targets=[{"Id": host}]).startswith(
        "InvalidTarget"
    )


def test_an_application_load_balancer_stands_in_two_zones(elb: Any, client: Client, refused: Refused) -> None:
    one = [subnets(client)[0]["SubnetId"]]
    assert refused(balancer, client, Subnets=one).startswith("ValidationError: At least two subnets")
    assert balancer(client, Subnets=one, Type="network")


def test_a_load_balancer_has_groups_that_exist_or_the_default_one(
    elb: Any, client: Client, refused: Refused
) -> None:
    unknown = ["sg-0123456789abcdef0"]
    assert refused(balancer, client, SecurityGroups=unknown).startswith("InvalidSecurityGroup")
    balancer(client)
    [found] = elb.describe_load_balancers()["LoadBalancers"]
    [default] = client("ec2").describe_security_groups(GroupNames=["default"])["SecurityGroups"]
    assert found["SecurityGroups"] == [default["GroupId"]]


def test_a_port_has_one_listener(elb: Any, client: Client, refused: Refused) -> None:
    arn, load_balancer = group(client, used=False), balancer(client)
    listen(client, load_balancer, arn)
    assert refused(listen, client, load_balancer, arn).startswith("DuplicateListener")


@pytest.mark.parametrize("missing", ["group", "balancer"])
def test_a_listener_needs_a_load_balancer_and_a_group_that_exist(
    elb: Any, client: Client, refused: Refused, missing: str
) -> None:
    arn, load_balancer = group(client, used=False), balancer(client)
    arguments = (
        (load_balancer, arn[:-4] + "0000") if missing == "group" else (load_balancer[:-4] + "0000", arn)
    )
    assert "NotFound" in refused(listen, client, *arguments)


def test_stock_moto_takes_a_second_listener_and_one_zone(stock: None, client: Client) -> None:
    arn = group(client, used=False)
    load_balancer = balancer(client, Subnets=[subnets(client)[0]["SubnetId"]])  # refused: drop this extension
    listen(client, load_balancer, arn)
    listen(client, load_balancer, arn)  # refused: drop this extension


def join(host: str, cluster: str) -> None:
    """Registers an instance as its agent would."""
    from labs.sandbox.ecs.api.instances import register
    from labs.sandbox.ecs.model.regions import of

    register(
        of("123456789012", "eu-west-1"),
        cluster=cluster,
        instance_id=host,
        cpu=2048,
        memory=7000,
        zone="eu-west-1a",
        instance_type="t3.large",
        ami="ami-1",
        attributes={},
    )


def service(client: Client, arn: str, *, kind: str, **definition: Any) -> Any:
    """A service of three tasks behind the group."""
    ecs = client("ecs")
    ecs.create_cluster(clusterName="labs")
    container = {"name": "web", "image": "nginx", "memory": 128, "portMappings": [{"containerPort": 80}]}
    ecs.register_task_definition(family="web", containerDefinitions=[container], **definition)
    public = "DISABLED" if kind == "EC2" else "ENABLED"
    names = [subnet["SubnetId"] for subnet in subnets(client)]
    network = {"awsvpcConfiguration": {"subnets": names, "assignPublicIp": public}}
    if kind == "EC2":
        join(instance(client), "labs")
    ecs.create_service(
        cluster="labs",
        serviceName="web",
        taskDefinition="web",
        desiredCount=3,
        launchType=kind,
        loadBalancers=[{"targetGroupArn": arn, "containerName": "web", "containerPort": 80}],
        **({"networkConfiguration": network} if kind == "FARGATE" else {}),
    )
    return ecs


def tasks(ecs: Any) -> list[dict[str, Any]]:
    arns = ecs.list_tasks(cluster="labs")["taskArns"]
    found: list[dict[str, Any]] = ecs.describe_tasks(cluster="labs", tasks=arns)["tasks"]
    return found


def test_tasks_in_bridge_mode_are_targets_on_their_own_host_ports(elb: Any, client: Client) -> None:
    arn = group(client)
    ecs = service(client, arn, kind="EC2")
    ports = {
        binding["hostPort"] for task in tasks(ecs) for binding in task["containers"][0]["networkBindings"]
    }
    assert len(ports) == 3
    found = targets(elb, arn)
    assert {port for _, port, _ in found} == ports
    assert len({host for host, _, _ in found}) == 1
    assert {state for _, _, state in found} == {"healthy"}


def test_tasks_that_stop_are_no_targets_any_more(elb: Any, client: Client) -> None:
    arn = group(client)
    ecs = service(client, arn, kind="EC2")
    ecs.update_service(cluster="labs", service="web", desiredCount=1)
    assert len(targets(elb, arn)) == 1
    ecs.delete_service(cluster="labs", service="web", force=True)
    assert targets(elb, arn) == []


def test_a_service_is_scaled_to_nothing_after_its_listener_has_gone(elb: Any, client: Client) -> None:
    """Terraform deletes both at once, and drains the service by UpdateService first."""
    arn = group(client)
    ecs = service(client, arn, kind="EC2")
    elb.delete_load_balancer(
        LoadBalancerArn=elb.describe_load_balancers()["LoadBalancers"][0]["LoadBalancerArn"]
    )
    assert ecs.update_service(cluster="labs", service="web", desiredCount=0)["service"]["desiredCount"] == 0
    assert ecs.list_tasks(cluster="labs")["taskArns"] == [] == targets(elb, arn)
    with pytest.raises(
        ecs.exceptions.InvalidParameterException, match="does not have an associated load balancer"
    ):
        ecs.update_service(cluster="labs", service="web", taskDefinition="web")


def test_events_count_the_targets_that_come_and_go(elb: Any, client: Client) -> None:
    """Words and order as answers of AWS that others published have them."""
    arn = group(client)
    ecs = service(client, arn, kind="EC2")
    first = ecs.describe_services(cluster="labs", services=["web"])["services"][0]["deployments"][0]["id"]
    ecs.update_service(cluster="labs", service="web", forceNewDeployment=True)
    found = ecs.describe_services(cluster="labs", services=["web"])["services"][0]
    told = [re.sub(r"\(task \w+\) ?", "", each["message"]) for each in reversed(found["events"])]
    second = found["deployments"][0]["id"]
    assert told == [
        "(service web) has started 3 tasks: .",
        f"(service web) registered 3 targets in (target-group {arn})",
        f"(service web) (deployment {first}) deployment completed.",
        "(service web) has reached a steady state.",
        "(service web) has started 3 tasks: .",
        f"(service web) registered 3 targets in (target-group {arn})",
        "(service web) has stopped 3 running tasks: .",
        f"(service web) deregistered 3 targets in (target-group {arn})",
        f"(service web, taskSet {first}) has begun draining connections on 3 tasks.",
        f"(service web) (deployment {second}) deployment completed.",
        "(service web) has reached a steady state.",
    ]
    assert len({each["id"] for each in found["events"]}) == len(told)


def test_tasks_with_their_own_address_are_targets_by_it(elb: Any, client: Client) -> None:
    arn = group(client, "ip")
    ecs = service(
        client,
        arn,
        kind="FARGATE",
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
        cpu="256",
        memory="512",
    )
    addresses = {
        one["privateIpv4Address"] for task in tasks(ecs) for one in task["containers"][0]["networkInterfaces"]
    }
    assert {(host, port) for host, port, _ in targets(elb, arn)} == {(address, 80) for address in addresses}
    assert len(addresses) == 3


def test_what_was_registered_by_hand_stays(elb: Any, client: Client) -> None:
    arn, host = group(client), instance(client)
    elb.register_targets(TargetGroupArn=arn, Targets=[{"Id": host, "Port": 8080}])
    ecs = service(client, arn, kind="EC2")
    ecs.delete_service(cluster="labs", service="web", force=True)
    assert targets(elb, arn) == [(host, 8080, "healthy")]


def test_a_listener_that_is_modified_gives_its_load_balancer_to_the_group(client: Client, elb: Any) -> None:
    """The group that a listener forwards to belongs to the listener's load balancer, whenever it was told so."""
    name = balancer(client)
    answer = elb.create_listener(
        LoadBalancerArn=name,
        Protocol="HTTP",
        Port=80,
        DefaultActions=[{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "503"}}],
    )
    unused = group(client, used=False)
    elb.modify_listener(
        ListenerArn=answer["Listeners"][0]["ListenerArn"],
        DefaultActions=[{"Type": "forward", "ForwardConfig": {"TargetGroups": [{"TargetGroupArn": unused}]}}],
    )
    found = elb.describe_target_groups(TargetGroupArns=[unused])["TargetGroups"][0]
    assert found["LoadBalancerArns"] == [name]


def test_a_load_balancer_is_internet_facing_unless_it_is_told_otherwise(client: Client, elb: Any) -> None:
    """AWS names the scheme of each load balancer, also where nobody gave one."""
    balancer(client)
    balancer(client, Name="inner", Scheme="internal")
    schemes = [one["Scheme"] for one in elb.describe_load_balancers()["LoadBalancers"]]
    assert schemes == ["internet-facing", "internal"]


def test_stock_moto_has_no_default_scheme(stock: None, client: Client) -> None:
    """AWS has: when this fails, drop this extension."""
    balancer(client)
    assert "Scheme" not in client("elbv2").describe_load_balancers()["LoadBalancers"][0]
