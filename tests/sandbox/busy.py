"""A world in which much has happened, and all that can be seen of it: to compare before and after."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from functools import cache
from typing import Any

Clients = Callable[..., Any]

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}


def make_roles(clients: Clients) -> None:
    """A role, an instance profile, a user with keys, a customer's policy."""
    iam = clients("iam")
    iam.create_role(RoleName="task", AssumeRolePolicyDocument=json.dumps(TRUST))
    allow = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
    iam.create_policy(
        PolicyName="p", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    )
    iam.create_instance_profile(InstanceProfileName="profile")
    iam.create_user(UserName="ada")
    iam.create_access_key(UserName="ada")


def make_network(clients: Clients) -> None:
    """Instances, a security group with a rule, a load balancer with a target group and a listener."""
    ec2, elb = clients("ec2"), clients("elbv2")
    subnets = [subnet["SubnetId"] for subnet in ec2.describe_subnets()["Subnets"]]
    group = ec2.create_security_group(GroupName="web", Description="web")["GroupId"]
    ec2.authorize_security_group_ingress(
        GroupId=group, IpProtocol="tcp", FromPort=80, ToPort=80, CidrIp="0.0.0.0/0"
    )
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    ec2.run_instances(ImageId=image, MinCount=2, MaxCount=2, SubnetId=subnets[0], InstanceType="t3.medium")
    balancer = elb.create_load_balancer(Name="web", Subnets=subnets[:2])["LoadBalancers"][0][
        "LoadBalancerArn"
    ]
    vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    target = elb.create_target_group(Name="web", Protocol="HTTP", Port=80, VpcId=vpc)["TargetGroups"][0]
    elb.create_listener(
        LoadBalancerArn=balancer,
        Protocol="HTTP",
        Port=80,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": target["TargetGroupArn"]}],
    )


def make_services(clients: Clients) -> None:
    """A cluster, two revisions, a service on Fargate that is scaled."""
    ecs, ec2 = clients("ecs"), clients("ec2")
    ecs.create_cluster(clusterName="labs")
    for memory in ("512", "1024"):
        ecs.register_task_definition(
            family="web",
            requiresCompatibilities=["FARGATE"],
            networkMode="awsvpc",
            cpu="256",
            memory=memory,
            containerDefinitions=[
                {"name": "web", "image": "public.ecr.aws/nginx/nginx:latest", "essential": True}
            ],
        )
    subnet = ec2.describe_subnets()["Subnets"][0]["SubnetId"]
    group = ec2.describe_security_groups(Filters=[{"Name": "group-name", "Values": ["default"]}])[
        "SecurityGroups"
    ][0]
    ecs.create_service(
        cluster="labs",
        serviceName="web",
        taskDefinition="web",
        desiredCount=1,
        launchType="FARGATE",
        networkConfiguration={
            "awsvpcConfiguration": {
                "subnets": [subnet],
                "securityGroups": [group["GroupId"]],
                "assignPublicIp": "ENABLED",
            }
        },
    )
    ecs.update_service(cluster="labs", service="web", desiredCount=3)


def make_others(clients: Clients) -> None:
    """A repository, a log group, a file system, a bucket with an object, an alarm, a queue."""
    clients("ecr").create_repository(repositoryName="labs/web")
    clients("logs").create_log_group(logGroupName="/ecs/web")
    clients("efs").create_file_system(CreationToken="shared")
    s3 = clients("s3")
    s3.create_bucket(Bucket="labs-bucket", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_object(Bucket="labs-bucket", Key="a b/ü?.txt", Body=b"\x00\xff", Metadata={"under_score": "kept"})
    clients("cloudwatch").put_metric_alarm(
        AlarmName="busy",
        MetricName="CPUUtilization",
        Namespace="AWS/ECS",
        Period=60,
        EvaluationPeriods=1,
        Threshold=70,
        ComparisonOperator="GreaterThanThreshold",
        Statistic="Average",
    )
    clients("autoscaling").create_launch_configuration(
        LaunchConfigurationName="lc", ImageId="ami-12c6146b", InstanceType="t3.micro"
    )


def make_mistakes(clients: Clients) -> None:
    """Requests that are refused, or that nobody can answer."""
    from botocore.exceptions import ClientError

    for service, operation, arguments in (
        ("ecs", "create_service", {"serviceName": "none", "taskDefinition": "none"}),
        ("ec2", "terminate_instances", {"InstanceIds": ["i-00000000000000000"]}),
        ("iam", "delete_role", {"RoleName": "none"}),
        ("ecs", "execute_command", {"command": "ls", "interactive": True, "task": "none"}),
    ):
        try:
            getattr(clients(service), operation)(**arguments)
        except ClientError:
            continue
        raise AssertionError(f"{operation} should have been refused")


MAKERS = (make_roles, make_network, make_services, make_others, make_mistakes)

READS: dict[str, tuple[str, ...]] = {
    "ec2": (
        "describe_instances",
        "describe_vpcs",
        "describe_subnets",
        "describe_security_groups",
        "describe_security_group_rules",
        "describe_network_interfaces",
        "describe_volumes",
        "describe_images",
        "describe_route_tables",
        "describe_network_acls",
        "describe_internet_gateways",
    ),
    "ecs": ("list_clusters", "list_task_definitions"),
    "elbv2": ("describe_load_balancers", "describe_target_groups"),
    "iam": ("list_roles", "list_users", "list_policies", "list_instance_profiles"),
    "ecr": ("describe_repositories",),
    "logs": ("describe_log_groups",),
    "efs": ("describe_file_systems",),
    "s3": ("list_buckets",),
    "cloudwatch": ("describe_alarms",),
    "autoscaling": ("describe_launch_configurations", "describe_auto_scaling_groups"),
    "sts": ("get_caller_identity",),
}


def seen(clients: Clients) -> dict[str, Any]:
    """The answers to many reads, without what is about the answer itself."""
    answers: dict[str, Any] = {}
    for service, operations in READS.items():
        for operation in operations:
            answers[f"{service}.{operation}"] = getattr(clients(service), operation)()
    ecs, iam, s3 = clients("ecs"), clients("iam"), clients("s3")
    if answers["ecs.list_clusters"]["clusterArns"]:
        answers["services"] = ecs.describe_services(cluster="labs", services=["web"])
        answers["clusters"] = ecs.describe_clusters(clusters=["labs"], include=["STATISTICS"])
        answers["definition"] = ecs.describe_task_definition(taskDefinition="web")
        tasks = ecs.list_tasks(cluster="labs")["taskArns"]
        answers["tasks"] = ecs.describe_tasks(cluster="labs", tasks=tasks) if tasks else tasks
    if answers["iam.list_users"]["Users"]:
        answers["keys"] = iam.list_access_keys(UserName="ada")
    if answers["s3.list_buckets"]["Buckets"]:
        found = s3.get_object(Bucket="labs-bucket", Key="a b/ü?.txt")
        answers["object"] = (found["Body"].read(), found["Metadata"], found["LastModified"], found["ETag"])
    for system in answers["efs.describe_file_systems"]["FileSystems"]:
        del system["SizeInBytes"]["Timestamp"]  # when it was asked
    for answer in answers.values():
        if isinstance(answer, dict):
            answer.pop("ResponseMetadata")
    return answers


def clients_of(url: str) -> Clients:
    """boto3 clients of a running sandbox; `given` are credentials, by default the sandbox's own account."""
    return _clients(lambda client: None, endpoint_url=url)


def clients_inside(application: Any) -> Clients:
    """boto3 clients of a sandbox in this process, without HTTP; made once, they follow to the latest one."""
    _newest[:] = [application]
    return _inside()


_newest: list[Any] = []


@cache
def _inside() -> Clients:
    def connect(client: Any) -> None:
        client.meta.events.register("before-send", lambda request, **_: _answered(_newest[0], request))

    return _clients(connect, endpoint_url="http://127.0.0.1:1")


def _clients(connect: Callable[[Any], None], **options: Any) -> Clients:
    import boto3
    from botocore.config import Config

    made: dict[Any, Any] = {}

    def clients(service: str, region: str = "eu-west-1", key: str = "sandbox") -> Any:
        if (service, region, key) not in made:
            client = boto3.client(
                service,
                region,
                aws_access_key_id=key,
                aws_secret_access_key="sandbox",
                config=Config(retries={"total_max_attempts": 1}),
                **options,
            )
            connect(client)
            made[service, region, key] = client
        return made[service, region, key]

    return clients


def _answered(application: Any, request: Any) -> Any:
    from botocore.awsrequest import AWSResponse

    answer = application.answer(as_request(request.method, request.url, dict(request.headers), request.body))

    class Raw(io.BytesIO):
        def stream(self, **_: Any) -> Any:
            yield self.read()

    return AWSResponse(request.url, answer.status, dict(answer.headers), Raw(answer.body))


def as_request(method: str, url: str, headers: dict[str, Any], body: Any) -> Any:
    """A request as the server would hand it to the application."""
    from urllib.parse import unquote, urlsplit

    from labs.sandbox.world.journal import RecordedRequest

    parts = urlsplit(url)
    text = {
        name: value.decode() if isinstance(value, bytes) else str(value) for name, value in headers.items()
    }
    environ = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in text.items()}
    environ["CONTENT_TYPE"] = environ.pop("HTTP_CONTENT_TYPE", "")
    data = body.read() if hasattr(body, "read") else body or b""
    return RecordedRequest(
        {
            **environ,
            "HTTP_HOST": parts.netloc,
            "REQUEST_METHOD": method,
            "PATH_INFO": unquote(parts.path or "/").encode().decode("latin1"),
            "QUERY_STRING": parts.query,
            "REQUEST_URI": url.partition(parts.netloc)[2],
        },
        data if isinstance(data, bytes) else data.encode(),
    )
