"""The readers of `checks/_*.py` by the operation whose answers they read; each is called with what the answer names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from labs.packs.aws_ecs.checks import (
    _agent,
    _alarms,
    _autoscaling,
    _ec2,
    _ecr,
    _ecs,
    _efs,
    _elb,
    _execution,
    _fargate,
    _leftovers,
    _load_balancing,
    _logs,
    _net,
    _placement,
    _providers,
    _resources,
    _scaling,
    _volumes,
)
from labs.sdk import Account, Leftover, iam, iam_roles, log_groups, security_groups
from tests.recordings.recorded import own

Reader = Callable[[Account, Any], Any]
"""Reads the account, of which it knows the answer that it will get."""

LAB = {"cluster": "web", "service": "api", "family": "web", "instance": "web", "repository": "web"}
FILE_SYSTEM = "fs-01234567"
ROLE: Any = next(each.data["Role"] for each in own() if each.read == "iam:GetRole")
DEFINITION: Any = next(
    each.data["taskDefinition"] for each in own() if each.read == "ecs:DescribeTaskDefinition"
)


def named(key: str, things: Iterable[Any], default: str = "web") -> list[str]:
    """The names of things in an answer; a name all the same where there is none."""
    return [each[key] for each in things if key in each] or [default]


def left(account: Account, kind: str, name: str) -> Iterator[Any]:
    """The leftovers found by a search at a thing of this kind."""
    yield from _leftovers.FINDERS[kind].find(account, Leftover(kind, name))


def clusters(account: Account, data: Any) -> Iterator[Any]:
    for name in named("clusterName", data["clusters"]):
        yield _ecs.cluster_is_active(account, name)
        yield from left(account, "cluster", name)


def services(account: Account, data: Any) -> Iterator[Any]:
    for name in named("serviceName", data["services"]):
        yield _ecs.service_or_why(account, "web", name)
        yield _ecs.service_runs(account, "web", name, 1)
        yield _placement.tasks_or_why(account, "web", name, 1)
    for service in data["services"]:
        yield from _net.places_of(account, service)
        yield _load_balancing.registrations(account, LAB, service, "instance")
        yield _load_balancing.registrations_text(account, LAB, service)
        yield _placement.strategies_text(service.get("placementStrategy", []))
        yield _placement.expressions(service.get("placementConstraints", []))


def tasks(account: Account, data: Any) -> Iterator[Any]:
    found = _ecs.running_tasks(account, "web", "api")
    yield _ecs.service_runs(account, "web", "api", 1)
    yield _placement.hosts_of(account, "web", found)
    for registration in registrations(account):
        yield [registration.host_ports(task) for task in data["tasks"]]


def registrations(account: Account) -> list[_load_balancing.Registration]:
    service = _ecs.the_service(account, "web", "api")
    return _load_balancing.registrations(account, LAB, service, "instance")


def definitions(account: Account, data: Any) -> Iterator[Any]:
    yield _ecs.family_is_active(account, "web")
    yield from left(account, "task definition", "web:1")
    found = _ecs.definition(account, "web")
    yield _resources.size_of(found)
    yield _fargate.why_not_fargate(found)
    yield _volumes.volumes_text(found), _volumes.mounts_text(_volumes.mounts_of(found))
    yield _efs.file_systems_of(found), _efs.mounts_on(found, FILE_SYSTEM)
    yield _placement.expressions(found.get("placementConstraints", []))
    yield _logs.awslogs_of(found)
    yield _execution.why_no_pull(account, ROLE, found), _execution.why_no_logs(account, ROLE, found)


def container_instances(account: Account, data: Any) -> Iterator[Any]:
    found = _ecs.active_instances(account, "web")
    yield _placement.instances_text(found)
    yield from left(account, "cluster", LAB["cluster"])
    for instance in data["containerInstances"]:
        yield _placement.attribute(instance, _placement.ZONE), _placement.attribute(instance, _placement.TYPE)
        yield _resources.left_of(instance["remainingResources"]).fits(_resources.size_of(DEFINITION))
        yield _agent.is_registered(account, "web", {"InstanceId": instance["ec2InstanceId"]})


def instances(account: Account, data: Any) -> Iterator[Any]:
    found = [one for each in data["Reservations"] for one in each["Instances"]]
    tags = [each for one in found for each in one.get("Tags", []) if each["Key"] == "Name"]
    for name in named("Value", tags):
        yield _ec2.instance_runs(account, name)
        yield from left(account, "instances named", name)
    yield _ec2.by_id(account, named("InstanceId", found) if found else [])
    for one in found:
        yield _ec2.group_ids(one), _ec2.role_of(account, one), _agent.runs_optimized_image(account, one)


def images(account: Account, data: Any) -> Iterator[Any]:
    yield _agent.runs_optimized_image(account, {"ImageId": "ami-0abcdef1234567890", "InstanceId": "i-1"})
    for image in data["Images"]:
        yield _ec2.image_text(image), _ec2.is_ecs_optimized(image)


def attribute(account: Account, data: Any) -> Any:
    return _ec2.boot(account, "i-1") if "UserData" in data else None


def groups(account: Account, data: Any) -> Iterator[Any]:
    for name in named("GroupName", data["SecurityGroups"]):
        yield _ec2.groups_named(account, name)
        yield from left(account, "groups named", name)
    found = security_groups.groups_by_id(account, ["sg-1a2b3c4d"])
    if found:
        yield _net.default_group(account, "vpc-0a1b2c3d")
    rules = security_groups.inbound_rules(found)
    yield [str(rule) for rule in rules], security_groups.admits_all(rules, 80, 80, ["sg-1a2b3c4d"])
    yield security_groups.open_to_all(account, rules, 1, 65535)
    yield str(_net.sources(account, found, 80))


def prefix_list(account: Account, data: Any) -> Iterator[Any]:
    found = security_groups.groups_by_id(account, ["sg-1a2b3c4d"])
    yield security_groups.open_to_all(account, security_groups.inbound_rules(found), 80, 80)
    yield str(_net.sources(account, found, 80))


def subnets(account: Account, data: Any) -> Any:
    return [_net.zone_of(each) for each in _net.subnets(account, ["subnet-1a2b3c4d"])]


def scaling_groups(account: Account, data: Any) -> Iterator[Any]:
    for group in data["AutoScalingGroups"]:
        yield _autoscaling.group_or_none(account, group["AutoScalingGroupARN"])
        yield _autoscaling.launches_of(account, group)


def template_versions(account: Account, data: Any) -> Any:
    group: Any = {"LaunchTemplate": {"LaunchTemplateId": "lt-1", "Version": "1"}}
    return _autoscaling.launches_of(account, group)


def launch_configurations(account: Account, data: Any) -> Any:
    return _autoscaling.launches_of(account, {"LaunchConfigurationName": "web"})  # type: ignore[typeddict-item] # all that is read


def alarms(account: Account, data: Any) -> Iterator[Any]:
    yield _alarms.alarms_that_run(account, "arn:policy")
    for name in named("AlarmName", data["MetricAlarms"]):
        yield _alarms.alarm_or_none(account, name)
    yield [str(_alarms.metric_of(each)) for each in data["MetricAlarms"]]


def balancers(account: Account, data: Any) -> Iterator[Any]:
    yield [_load_balancing.public_balancer(account, each) for each in registrations(account)]
    yield from left(account, "balancers named", "web")


def target_groups(account: Account, data: Any) -> Iterator[Any]:
    yield [str(each) for each in registrations(account)]
    yield from left(account, "target group", "arn:group")


def listeners(account: Account, data: Any) -> Any:
    return [_elb.listeners(account, each) for each in _elb.load_balancers(account, ["arn:balancer"])]


def listener_rules(account: Account, data: Any) -> Any:
    return _elb.forwards(account, {"ListenerArn": "arn:listener"}, "arn:group")


def role(account: Account, data: Any) -> Iterator[Any]:
    found = iam_roles.role_or_none(account, data["Role"]["RoleName"])
    if found is None:
        return
    for service in (iam_roles.ECS_TASKS, "ecs.amazonaws.com", iam_roles.EC2):
        yield iam_roles.why_not_trusted(account, found, service)
    yield iam_roles.policies_of(account, found)


def profile(account: Account, data: Any) -> Any:
    return _ec2.role_in_profile(account, "labs-agent")


def simulation(account: Account, data: Any) -> Any:
    actions = [each["EvalActionName"] for each in data["EvaluationResults"]]
    return iam_roles.may(account, ROLE, actions)


def policies(account: Account, data: Any) -> Any:
    return iam_roles.policies_of(account, ROLE).beyond(iam.Scope(("*",)))


def file_systems(account: Account, data: Any) -> Iterator[Any]:
    yield _efs.file_system_or_none(account, FILE_SYSTEM)
    for name in named("CreationToken", data["FileSystems"]):
        yield from left(account, "file systems named", name)


def capacity_providers(account: Account, data: Any) -> Iterator[Any]:
    yield _providers.provider_names(account)
    yield from left(account, "capacity provider", "web")


def scaling_policies(account: Account, data: Any) -> Iterator[Any]:
    for policy in _scaling.policies(account, "service/web/api", "StepScaling"):
        yield _scaling.scale_out_steps(policy["StepScalingPolicyConfiguration"])


READERS: dict[str, Reader] = {
    "application-autoscaling:DescribeScalableTargets": lambda account, _: [
        *left(account, "scalable target", f"service/{LAB['cluster']}/{LAB['service']}")
    ],
    "application-autoscaling:DescribeScalingPolicies": scaling_policies,
    "application-autoscaling:DescribeScheduledActions": lambda account, _: [
        _scaling.read_cron(each["Schedule"])
        for each in _scaling.scheduled_actions(account, "service/web/api")
    ],
    "autoscaling:DescribeAutoScalingGroups": scaling_groups,
    "autoscaling:DescribeLaunchConfigurations": launch_configurations,
    "cloudwatch:DescribeAlarms": alarms,
    "ec2:DescribeImages": images,
    "ec2:DescribeInstanceAttribute": attribute,
    "ec2:DescribeInstances": instances,
    "ec2:DescribeLaunchTemplateVersions": template_versions,
    "ec2:DescribeSecurityGroups": groups,
    "ec2:DescribeSubnets": subnets,
    "ec2:GetManagedPrefixListEntries": prefix_list,
    "ecr:DescribeRepositories": lambda account, _: (
        _ecr.repository_exists(account, "web"),
        [*left(account, "repository", LAB["repository"])],
    ),
    "ecr:GetRepositoryPolicy": lambda account, _: _ecr.own_policy(account, "web"),
    "ecs:DescribeCapacityProviders": capacity_providers,
    "ecs:DescribeClusters": clusters,
    "ecs:DescribeContainerInstances": container_instances,
    "ecs:DescribeServices": services,
    "ecs:DescribeTaskDefinition": definitions,
    "ecs:DescribeTasks": tasks,
    "ecs:ListClusters": lambda account, _: _ecs.cluster_names(account),
    "ecs:ListContainerInstances": lambda account, _: (
        _ecs.active_instances(account, "web"),
        _placement.selected(account, "web", ["attribute:ecs.os-type == linux"]),
    ),
    "ecs:ListServices": lambda account, _: _ecs.service_names(account, "web"),
    "ecs:ListTaskDefinitionFamilies": lambda account, _: _ecs.family_names(account),
    "ecs:ListTasks": lambda account, _: _ecs.running_tasks(account, "web", "api"),
    "efs:DescribeFileSystems": file_systems,
    "efs:DescribeMountTargetSecurityGroups": lambda account, _: _efs.groups_of(
        account,
        {"MountTargetId": "fsmt-1a2b3c4d"},  # type: ignore[typeddict-item] # all that is read
    ),
    "efs:DescribeMountTargets": lambda account, _: _efs.mount_targets(account, FILE_SYSTEM),
    "elbv2:DescribeListeners": listeners,
    "elbv2:DescribeLoadBalancers": balancers,
    "elbv2:DescribeRules": listener_rules,
    "elbv2:DescribeTargetGroups": target_groups,
    "elbv2:DescribeTargetHealth": lambda account, _: _elb.targets(account, "arn:group"),
    "iam:GetInstanceProfile": profile,
    "iam:GetPolicy": policies,
    "iam:GetPolicyVersion": policies,
    "iam:GetRole": role,
    "iam:GetRolePolicy": policies,
    "iam:ListAttachedRolePolicies": policies,
    "iam:ListRolePolicies": policies,
    "iam:ListRoles": lambda account, _: iam_roles.near_roles(account, "labs-agent"),
    "iam:SimulatePrincipalPolicy": simulation,
    "logs:DescribeLogGroups": lambda account, _: log_groups.group_or_none(account, "/ecs/web"),
}
