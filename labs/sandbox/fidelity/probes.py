"""The tools of the fidelity probes: clients of an endpoint, and resources to create there.

A probe writes something, reads it back and returns whether that is as on AWS. Its names are unique, so that many probes
share a world. An error means that the emulator does not provide it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

OPTIMIZED = "/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id"
CONTAINER = {"name": "web", "image": "public.ecr.aws/nginx/nginx:latest", "memory": 64}
FARGATE: dict[str, Any] = {
    "requiresCompatibilities": ["FARGATE"],
    "networkMode": "awsvpc",
    "cpu": "256",
    "memory": "512",
}
TASKS, HOST, ECS = "ecs-tasks.amazonaws.com", "ec2.amazonaws.com", "ecs.amazonaws.com"

Doc = dict[str, Any]


@dataclass(slots=True)
class Probe:
    """One field or behaviour: its name, a description, and the function that tests it.

    `shows` names the operations, or keys of their responses, that depend on it (`ecs:ListTasks taskArns`).
    """

    name: str
    says: str
    run: Callable[[Bench], bool]
    shows: tuple[str, ...] = ()


@dataclass
class Bench:
    """The environment of one probe: clients of an endpoint, and a unique name."""

    client: Callable[[str], Any]
    name: str
    made: dict[str, str] = field(default_factory=dict)

    @cached_property
    def cluster(self) -> str:
        """A cluster."""
        self.client("ecs").create_cluster(clusterName=self.name)
        return self.name

    def define(self, container: Doc | None = None, **more: Any) -> str:
        """A task definition with one container; its family and revision."""
        containers = [{**CONTAINER, **(container or {})}]
        answer = self.client("ecs").register_task_definition(
            family=self.name, containerDefinitions=containers, **more
        )["taskDefinition"]
        return f"{answer['family']}:{answer['revision']}"

    @cached_property
    def subnets(self) -> list[str]:
        """Subnets of the default VPC in different zones."""
        found = self.client("ec2").describe_subnets(Filters=[{"Name": "default-for-az", "Values": ["true"]}])
        return sorted(each["SubnetId"] for each in found["Subnets"])

    @cached_property
    def vpc(self) -> str:
        """The VPC of these subnets."""
        found = self.client("ec2").describe_subnets(SubnetIds=self.subnets[:1])
        return str(found["Subnets"][0]["VpcId"])

    @cached_property
    def group(self) -> str:
        """A security group."""
        made = self.client("ec2").create_security_group(
            GroupName=self.name, Description=self.name, VpcId=self.vpc
        )
        return str(made["GroupId"])

    @property
    def network(self) -> Doc:
        """An awsvpc configuration."""
        own = {"subnets": self.subnets[:1], "securityGroups": [self.group], "assignPublicIp": "ENABLED"}
        return {"awsvpcConfiguration": own}

    def serve(self, count: int = 1, **more: Any) -> Doc:
        """A new service in the cluster, as described after its creation."""
        request = {"taskDefinition": self.name, "desiredCount": count, **more}
        self.client("ecs").create_service(cluster=self.cluster, serviceName=self.name, **request)
        return self.service()

    def serve_on_fargate(self, count: int = 1, **more: Any) -> Doc:
        """A service on Fargate, with a task definition for it."""
        if "taskDefinition" not in more:
            self.define(**FARGATE)
        return self.serve(count, launchType="FARGATE", networkConfiguration=self.network, **more)

    def service(self) -> Doc:
        """The service as DescribeServices returns it."""
        answer = self.client("ecs").describe_services(cluster=self.cluster, services=[self.name])
        found: Doc = answer["services"][0]
        return found

    def tasks(self, status: str = "RUNNING", **which: Any) -> list[Doc]:
        """The cluster's tasks as DescribeTasks returns them."""
        ecs = self.client("ecs")
        arns = ecs.list_tasks(cluster=self.cluster, desiredStatus=status, **which)["taskArns"]
        return list(ecs.describe_tasks(cluster=self.cluster, tasks=arns)["tasks"]) if arns else []

    def role(self, trusted: str, *statements: Doc, name: str = "") -> str:
        """Creates a role that a service can assume, with a policy of these statements. Returns its ARN."""
        iam, name = self.client("iam"), name or self.name
        trust = {"Effect": "Allow", "Principal": {"Service": trusted}, "Action": "sts:AssumeRole"}
        made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(trust))["Role"]["Arn"]
        if statements:
            iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=document(*statements))
        return str(made)

    def boot(self, *, image: str = OPTIMIZED, kind: str = "t3.small") -> str:
        """Launches an instance with the cluster in its user data and a role to register. Returns its id."""
        iam, ec2, cluster = self.client("iam"), self.client("ec2"), self.cluster
        self.role(HOST, allow("ecs:*"), name=f"{self.name}-host")
        iam.create_instance_profile(InstanceProfileName=self.name)
        iam.add_role_to_instance_profile(InstanceProfileName=self.name, RoleName=f"{self.name}-host")
        image_id = self.client("ssm").get_parameter(Name=image)["Parameter"]["Value"]
        answer = ec2.run_instances(
            ImageId=image_id,
            InstanceType=kind,
            MinCount=1,
            MaxCount=1,
            IamInstanceProfile={"Name": self.name},
            UserData=f"#!/bin/bash\necho ECS_CLUSTER={cluster} >> /etc/ecs/ecs.config\n",
        )
        return str(answer["Instances"][0]["InstanceId"])

    def instances(self) -> list[Doc]:
        """The container instances of the cluster."""
        ecs = self.client("ecs")
        arns = ecs.list_container_instances(cluster=self.cluster)["containerInstanceArns"]
        if not arns:
            return []
        answer = ecs.describe_container_instances(cluster=self.cluster, containerInstances=arns)
        return list(answer["containerInstances"])

    def target_group(self, kind: str = "instance") -> str:
        """Creates a target group behind a load balancer's listener. Returns its ARN."""
        elb = self.client("elbv2")
        name = self.name[-32:].strip("-")
        group = elb.create_target_group(Name=name, Protocol="HTTP", Port=80, VpcId=self.vpc, TargetType=kind)[
            "TargetGroups"
        ][0]["TargetGroupArn"]
        balancer = elb.create_load_balancer(Name=name, Subnets=self.subnets[:2], SecurityGroups=[self.group])
        elb.create_listener(
            LoadBalancerArn=balancer["LoadBalancers"][0]["LoadBalancerArn"],
            Protocol="HTTP",
            Port=80,
            DefaultActions=[{"Type": "forward", "TargetGroupArn": group}],
        )
        return str(group)

    def scaling_group(self, *, desired: int = 0, **template: Any) -> str:
        """Creates an Auto Scaling group of at most three instances. Returns its ARN."""
        data = {"ImageId": self.client("ssm").get_parameter(Name=OPTIMIZED)["Parameter"]["Value"], **template}
        self.client("ec2").create_launch_template(
            LaunchTemplateName=self.name, LaunchTemplateData={"InstanceType": "t3.small", **data}
        )
        autoscaling = self.client("autoscaling")
        autoscaling.create_auto_scaling_group(
            AutoScalingGroupName=self.name,
            LaunchTemplate={"LaunchTemplateName": self.name, "Version": "1"},
            MinSize=0,
            MaxSize=3,
            DesiredCapacity=desired,
            VPCZoneIdentifier=",".join(self.subnets[:2]),
            NewInstancesProtectedFromScaleIn=True,
        )
        return str(self.groups()[0]["AutoScalingGroupARN"])

    def groups(self) -> list[Doc]:
        """The Auto Scaling group with the bench's name, as described."""
        found = self.client("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=[self.name])
        return list(found["AutoScalingGroups"])

    def refuses(self, call: Callable[..., Any], **request: Any) -> bool:
        """Whether a call is refused as a client error, not because the operation is missing."""
        from botocore.exceptions import ClientError

        try:
            call(**request)
        except ClientError as error:
            status = error.response["ResponseMetadata"]["HTTPStatusCode"]
            return bool(400 <= status < 500)
        return False


def keys(operation: str, *names: str) -> tuple[str, ...]:
    """Response keys of an operation, in the form of `Probe.shows`."""
    return tuple(f"{operation} {name}" for name in names)


def allow(*actions: str, resource: str = "*") -> Doc:
    """An Allow statement."""
    return {"Effect": "Allow", "Action": list(actions), "Resource": resource}


def document(*statements: Doc) -> str:
    """A policy document as text."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
