"""Probes of the services around ECS: IAM, ECR, EC2, load balancers, groups, EFS, logs, STS."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

from labs.sandbox.fidelity.probes import HOST, OPTIMIZED, TASKS, Bench, Doc, Probe, allow, document, keys


def _simulates(bench: Bench) -> bool:
    arn = bench.role(TASKS, allow("ecr:*"), {"Effect": "Deny", "Action": "ecr:Put*", "Resource": "*"})
    answer = bench.client("iam").simulate_principal_policy(
        PolicySourceArn=arn, ActionNames=["ecr:GetAuthorizationToken", "ecr:PutImage", "s3:GetObject"]
    )
    decisions = [each["EvalDecision"] for each in answer["EvaluationResults"]]
    return decisions == ["allowed", "explicitDeny", "implicitDeny"]


def _managed_policies(bench: Bench) -> bool:
    iam = bench.client("iam")
    arn = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
    bench.role(TASKS)
    iam.attach_role_policy(RoleName=bench.name, PolicyArn=arn)
    [attached] = iam.list_attached_role_policies(RoleName=bench.name)["AttachedPolicies"]
    version = iam.get_policy(PolicyArn=attached["PolicyArn"])["Policy"]["DefaultVersionId"]
    found = iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]
    return "ecr:BatchGetImage" in json.dumps(found)


def _role_policies(bench: Bench) -> bool:
    iam, statement = bench.client("iam"), allow("logs:PutLogEvents")
    bench.role(HOST, statement)
    iam.create_instance_profile(InstanceProfileName=bench.name)
    iam.add_role_to_instance_profile(InstanceProfileName=bench.name, RoleName=bench.name)
    [role] = iam.get_instance_profile(InstanceProfileName=bench.name)["InstanceProfile"]["Roles"]
    [name] = iam.list_role_policies(RoleName=bench.name)["PolicyNames"]
    policy = iam.get_role_policy(RoleName=bench.name, PolicyName=name)["PolicyDocument"]
    trust = iam.get_role(RoleName=bench.name)["Role"]["AssumeRolePolicyDocument"]
    listed = any(each["RoleName"] == bench.name for each in iam.list_roles()["Roles"])
    return bool(policy["Statement"] == [statement] and HOST in json.dumps(trust) and listed and role)


def _trust_checked(bench: Bench) -> bool:
    return bench.refuses(
        bench.client("iam").create_role,
        RoleName=bench.name,
        AssumeRolePolicyDocument='{"Statement": "nonsense"}',
    )


def _trust_needed(bench: Bench) -> bool:
    arn = bench.role(TASKS)
    return bench.refuses(bench.client("sts").assume_role, RoleArn=arn, RoleSessionName="probe")


def _repository(bench: Bench, **more: Any) -> Doc:
    made: Doc = bench.client("ecr").create_repository(repositoryName=bench.name, **more)["repository"]
    return made


def _repository_settings(bench: Bench) -> bool:
    ecr = bench.client("ecr")
    _repository(bench, imageTagMutability="IMMUTABLE", imageScanningConfiguration={"scanOnPush": True})
    [found] = ecr.describe_repositories(repositoryNames=[bench.name])["repositories"]
    text = document({"Effect": "Allow", "Principal": "*", "Action": "ecr:BatchGetImage"})
    ecr.set_repository_policy(repositoryName=bench.name, policyText=text)
    policy = json.loads(ecr.get_repository_policy(repositoryName=bench.name)["policyText"])
    return bool(
        found["imageTagMutability"] == "IMMUTABLE" and policy["Statement"][0]["Action"] == "ecr:BatchGetImage"
    )


def _lifecycle(bench: Bench, unit: str | None = "days") -> bool:
    ecr = bench.client("ecr")
    _repository(bench)
    selection = {"tagStatus": "untagged", "countType": "sinceImagePushed", "countNumber": 7}
    selection |= {"countUnit": unit} if unit else {}
    rule = {"rulePriority": 1, "selection": selection, "action": {"type": "expire"}}
    text = json.dumps({"rules": [rule]})
    if not unit:
        return bench.refuses(ecr.put_lifecycle_policy, repositoryName=bench.name, lifecyclePolicyText=text)
    ecr.put_lifecycle_policy(repositoryName=bench.name, lifecyclePolicyText=text)
    return bool(
        json.loads(ecr.get_lifecycle_policy(repositoryName=bench.name)["lifecyclePolicyText"])["rules"]
    )


def _lifecycle_checked(bench: Bench) -> bool:
    return _lifecycle(bench, None)


def _scanning(bench: Bench) -> bool:
    answer = bench.client("ecr").get_registry_scanning_configuration()
    return bool(answer["scanningConfiguration"]["scanType"] == "BASIC")


def _sha256(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _image(bench: Bench, *, pushed: bool = True) -> Any:
    """Pushes an image of a configuration and one layer; without `pushed`, the manifest alone."""
    ecr, where = bench.client("ecr"), {"repositoryName": bench.name}
    _repository(bench)
    for blob in (b"{}", b"layer") if pushed else ():
        upload = {**where, "uploadId": ecr.initiate_layer_upload(**where)["uploadId"]}
        ecr.upload_layer_part(**upload, partFirstByte=0, partLastByte=len(blob) - 1, layerPartBlob=blob)
        ecr.complete_layer_upload(**upload, layerDigests=[_sha256(blob)])
    kind = "application/vnd.oci.image."
    manifest = json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": f"{kind}manifest.v1+json",
            "config": {"mediaType": f"{kind}config.v1+json", "digest": _sha256(b"{}"), "size": 2},
            "layers": [{"mediaType": f"{kind}layer.v1.tar", "digest": _sha256(b"layer"), "size": 5}],
        }
    )
    ecr.put_image(
        **where, imageTag="v1", imageManifest=manifest, imageManifestMediaType=f"{kind}manifest.v1+json"
    )
    return manifest


def _images(bench: Bench) -> bool:
    manifest, ecr, where = _image(bench), bench.client("ecr"), {"repositoryName": bench.name}
    [found] = ecr.describe_images(**where)["imageDetails"]
    [image] = ecr.batch_get_image(**where, imageIds=[{"imageTag": "v1"}])["images"]
    [layer] = ecr.batch_check_layer_availability(**where, layerDigests=[_sha256(b"layer")])["layers"]
    kept = found["imageTags"] == ["v1"] and image["imageManifest"] == manifest
    return bool(kept and layer["layerAvailability"] == "AVAILABLE")


def _digest(bench: Bench) -> bool:
    manifest = _image(bench)
    [found] = bench.client("ecr").describe_images(repositoryName=bench.name)["imageDetails"]
    return bool(found["imageDigest"] == _sha256(manifest.encode()))


def _layers_needed(bench: Bench) -> bool:
    return bench.refuses(lambda: _image(bench, pushed=False))


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


PROBES = (
    Probe(
        "iam.simulation",
        "a principal's permissions can be simulated",
        _simulates,
        ("iam:SimulatePrincipalPolicy", "iam:SimulateCustomPolicy"),
    ),
    Probe(
        "iam.managed-policies",
        "AWS's own policies are there",
        _managed_policies,
        (*keys("iam:ListAttachedRolePolicies", "AttachedPolicies"), "iam:GetPolicy", "iam:GetPolicyVersion"),
    ),
    Probe(
        "iam.roles",
        "roles, their policies and instance profiles are kept",
        _role_policies,
        (
            "iam:GetRole",
            "iam:ListRoles",
            "iam:ListRolePolicies",
            "iam:GetRolePolicy",
            "iam:GetInstanceProfile",
        ),
    ),
    Probe("iam.trust", "a trust policy that is none is refused", _trust_checked),
    Probe("sts.trust", "a role is assumed only by whom it trusts", _trust_needed),
    Probe(
        "ecr.repository",
        "a repository keeps its settings and its policy",
        _repository_settings,
        (
            *keys("ecr:DescribeRepositories", "imageTagMutability", "imageScanningConfiguration"),
            *keys("ecr:GetRepositoryPolicy", "policyText"),
        ),
    ),
    Probe(
        "ecr.lifecycle",
        "a lifecycle policy is kept",
        _lifecycle,
        keys("ecr:GetLifecyclePolicy", "lifecyclePolicyText"),
    ),
    Probe("ecr.lifecycle-rules", "a lifecycle policy that makes no sense is refused", _lifecycle_checked),
    Probe(
        "ecr.scanning",
        "the registry's scanning configuration can be read",
        _scanning,
        keys("ecr:GetRegistryScanningConfiguration", "scanningConfiguration"),
    ),
    Probe(
        "ecr.images",
        "an image is kept with its tag, its manifest and its layers",
        _images,
        (
            *keys("ecr:DescribeImages", "imageTags"),
            *keys("ecr:BatchGetImage", "imageManifest"),
            *keys("ecr:BatchCheckLayerAvailability", "layers"),
        ),
    ),
    Probe(
        "ecr.digest",
        "an image has the digest of its manifest",
        _digest,
        (*keys("ecr:DescribeImages", "imageDigest"), *keys("ecr:BatchGetImage", "imageDigest")),
    ),
    Probe("ecr.layers", "an image without its layers is refused", _layers_needed),
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
