"""Probes of EC2, Auto Scaling groups, load balancers, EFS and logs."""

from __future__ import annotations

import base64

from labs.sandbox.fidelity.probes import OPTIMIZED, Bench, Probe, keys


def _user_data(bench: Bench) -> bool:
    host, ec2 = bench.boot(), bench.client("ec2")
    answer = ec2.describe_instance_attribute(InstanceId=host, Attribute="userData")
    [found] = ec2.describe_instances(InstanceIds=[host])["Reservations"][0]["Instances"]
    text = base64.b64decode(answer["UserData"]["Value"]).decode()
    return bool(f"ECS_CLUSTER={bench.cluster}" in text and found["IamInstanceProfile"])


def _default_group(bench: Bench) -> bool:
    host, ec2 = bench.boot(), bench.client("ec2")
    [found] = ec2.describe_instances(InstanceIds=[host])["Reservations"][0]["Instances"]
    return [group["GroupName"] for group in found["SecurityGroups"]] == ["default"]


def _optimized_image(bench: Bench) -> bool:
    image_id = bench.client("ssm").get_parameter(Name=OPTIMIZED)["Parameter"]["Value"]
    [found] = bench.client("ec2").describe_images(ImageIds=[image_id])["Images"]
    return "ecs" in str(found["Name"])


def _unknown_image(bench: Bench) -> bool:
    image = "ami-00000000000000000"
    return bench.refuses(bench.client("ec2").run_instances, ImageId=image, MinCount=1, MaxCount=1)


def _rules(bench: Bench) -> bool:
    ec2 = bench.client("ec2")
    ec2.authorize_security_group_ingress(
        GroupId=bench.group, IpProtocol="tcp", FromPort=80, ToPort=80, CidrIp="0.0.0.0/0"
    )
    [group] = ec2.describe_security_groups(GroupIds=[bench.group])["SecurityGroups"]
    return bool(group["IpPermissions"][0]["FromPort"] == 80 and group["IpPermissionsEgress"])


def _prefix_lists(bench: Bench) -> bool:
    ec2 = bench.client("ec2")
    entries = [{"Cidr": "10.0.0.0/8", "Description": "office"}]
    made = ec2.create_managed_prefix_list(
        PrefixListName=bench.name, MaxEntries=1, AddressFamily="IPv4", Entries=entries
    )
    found = ec2.get_managed_prefix_list_entries(PrefixListId=made["PrefixList"]["PrefixListId"])["Entries"]
    return [each["Cidr"] for each in found] == ["10.0.0.0/8"]


def _subnets(bench: Bench) -> bool:
    found = bench.client("ec2").describe_subnets(SubnetIds=bench.subnets)["Subnets"]
    return len({each["AvailabilityZone"] for each in found}) == len(found) > 1


def _template(bench: Bench) -> bool:
    bench.scaling_group(IamInstanceProfile={"Name": bench.name})
    ec2 = bench.client("ec2")
    [version] = ec2.describe_launch_template_versions(LaunchTemplateName=bench.name)["LaunchTemplateVersions"]
    return bool(version["LaunchTemplateData"]["IamInstanceProfile"] == {"Name": bench.name})


def _template_profile(bench: Bench) -> bool:
    bench.client("iam").create_instance_profile(InstanceProfileName=bench.name)
    bench.scaling_group(desired=1, IamInstanceProfile={"Name": bench.name})
    [member] = bench.groups()[0]["Instances"]
    answer = bench.client("ec2").describe_instances(InstanceIds=[member["InstanceId"]])
    [found] = answer["Reservations"][0]["Instances"]
    return str(found["IamInstanceProfile"]["Arn"]).endswith(f"/{bench.name}")


def _launch_configuration(bench: Bench) -> bool:
    autoscaling = bench.client("autoscaling")
    image_id = bench.client("ssm").get_parameter(Name=OPTIMIZED)["Parameter"]["Value"]
    autoscaling.create_launch_configuration(
        LaunchConfigurationName=bench.name, ImageId=image_id, InstanceType="t3.small", UserData="#!/bin/sh"
    )
    [found] = autoscaling.describe_launch_configurations(LaunchConfigurationNames=[bench.name])[
        "LaunchConfigurations"
    ]
    return bool(found["InstanceType"] == "t3.small")


def _balancer(bench: Bench) -> bool:
    elb, group = bench.client("elbv2"), bench.target_group()
    [found] = elb.describe_target_groups(TargetGroupArns=[group])["TargetGroups"]
    [balancer] = elb.describe_load_balancers(LoadBalancerArns=found["LoadBalancerArns"])["LoadBalancers"]
    [listener] = elb.describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"]
    [rule] = elb.describe_rules(ListenerArn=listener["ListenerArn"])["Rules"]
    return bool(rule["IsDefault"] and rule["Actions"][0]["TargetGroupArn"] == group)


def _ports_of_targets(bench: Bench) -> bool:
    elb, group, host = bench.client("elbv2"), bench.target_group(), bench.boot()
    targets = [{"Id": host, "Port": port} for port in (32768, 32769)]
    elb.register_targets(TargetGroupArn=group, Targets=targets)
    return len(elb.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]) == 2


def _mount_targets(bench: Bench) -> bool:
    efs = bench.client("efs")
    system = efs.create_file_system(CreationToken=bench.name, Encrypted=True)["FileSystemId"]
    made = efs.create_mount_target(
        FileSystemId=system, SubnetId=bench.subnets[0], SecurityGroups=[bench.group]
    )
    [found] = efs.describe_file_systems(FileSystemId=system)["FileSystems"]
    [target] = efs.describe_mount_targets(FileSystemId=system)["MountTargets"]
    groups = efs.describe_mount_target_security_groups(MountTargetId=made["MountTargetId"])["SecurityGroups"]
    return bool(found["Encrypted"] and target["SubnetId"] == bench.subnets[0] and groups == [bench.group])


def _log_groups(bench: Bench) -> bool:
    logs = bench.client("logs")
    logs.create_log_group(logGroupName=f"/ecs/{bench.name}")
    logs.put_retention_policy(logGroupName=f"/ecs/{bench.name}", retentionInDays=7)
    [found] = logs.describe_log_groups(logGroupNamePrefix=f"/ecs/{bench.name}")["logGroups"]
    return bool(found["retentionInDays"] == 7)


def _instance_types(bench: Bench) -> bool:
    [found] = bench.client("ec2").describe_instance_types(InstanceTypes=["t3.small"])["InstanceTypes"]
    return bool(found["ProcessorInfo"]["SupportedArchitectures"] == ["x86_64"])


PROBES = (
    Probe(
        "ec2.instance-types",
        "an instance type has its architectures",
        _instance_types,
        keys("ec2:DescribeInstanceTypes", "ProcessorInfo"),
    ),
    Probe(
        "ec2.user-data",
        "an instance keeps its user data and its profile",
        _user_data,
        (
            *keys("ec2:DescribeInstanceAttribute", "UserData"),
            *keys("ec2:DescribeInstances", "IamInstanceProfile"),
        ),
    ),
    Probe(
        "ec2.default-group",
        "an instance without a security group gets the VPC's default one",
        _default_group,
        keys("ec2:DescribeInstances", "SecurityGroups"),
    ),
    Probe(
        "ec2.optimized-image",
        "the ECS-optimized image has a name",
        _optimized_image,
        keys("ec2:DescribeImages", "Images"),
    ),
    Probe("ec2.unknown-image", "an image that does not exist is refused", _unknown_image),
    Probe(
        "ec2.rules",
        "a security group keeps its rules",
        _rules,
        keys("ec2:DescribeSecurityGroups", "IpPermissions", "IpPermissionsEgress"),
    ),
    Probe(
        "ec2.prefix-lists",
        "a prefix list keeps its entries",
        _prefix_lists,
        keys("ec2:GetManagedPrefixListEntries", "Entries"),
    ),
    Probe(
        "ec2.subnets",
        "the default VPC has a subnet in each zone",
        _subnets,
        keys("ec2:DescribeSubnets", "Subnets", "AvailabilityZone"),
    ),
    Probe(
        "ec2.launch-template",
        "a launch template keeps its data",
        _template,
        keys("ec2:DescribeLaunchTemplateVersions", "LaunchTemplateData"),
    ),
    Probe(
        "autoscaling.template",
        "a launch template's profile reaches the group's instances",
        _template_profile,
        keys("ec2:DescribeInstances", "IamInstanceProfile"),
    ),
    Probe(
        "autoscaling.configuration",
        "a launch configuration is kept",
        _launch_configuration,
        keys("autoscaling:DescribeLaunchConfigurations", "LaunchConfigurations"),
    ),
    Probe(
        "elbv2.listener",
        "a listener forwards to its target group",
        _balancer,
        (
            *keys("elbv2:DescribeTargetGroups", "LoadBalancerArns"),
            "elbv2:DescribeLoadBalancers",
            "elbv2:DescribeListeners",
            "elbv2:DescribeRules",
        ),
    ),
    Probe(
        "elbv2.targets",
        "two ports of one instance are two targets",
        _ports_of_targets,
        keys("elbv2:DescribeTargetHealth", "TargetHealthDescriptions"),
    ),
    Probe(
        "efs.mount-targets",
        "a file system, its mount targets and their groups are kept",
        _mount_targets,
        (
            "efs:DescribeFileSystems",
            "efs:DescribeMountTargets",
            "efs:DescribeMountTargetSecurityGroups",
        ),
    ),
    Probe("logs.groups", "a log group is kept", _log_groups, keys("logs:DescribeLogGroups", "logGroups")),
)
"""Each is tried under names of its own."""
