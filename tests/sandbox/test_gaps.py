"""Each extension has a test on stock moto that fails when moto closes the gap: then drop this extension."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from labs.sandbox import extend
from tests.builders import shared_session

Client = Callable[..., Any]

_TAKES_ALL = "test_stock_moto_takes_policies_and_schedules_for_nothing"

TESTS = {
    "settle": "test_agents::test_stock_moto_registers_nobody",
    "iam:managed-policies": "test_simulation::test_stock_moto_still_lacks_managed_policies",
    "iam:CreateRole": "test_trust_policies::test_stock_moto_still_takes_any_trust_policy",
    "iam:UpdateAssumeRolePolicy": "test_gaps::test_stock_moto_takes_a_trust_policy_for_nobody",
    "iam:service-linked roles": "test_gaps::test_stock_moto_names_a_services_role_by_its_domain",
    "iam:policy-version": "test_stock_stacks::test_stock_moto_refuses_older_versions",
    "iam:CreateServiceLinkedRole": "test_gaps::test_stock_moto_says_other_words_of_a_second_service_linked_role",
    "iam:boundary type": "test_simulation::test_stock_moto_says_other_words",
    "iam:missing role": "test_simulation::test_stock_moto_says_other_words",
    "iam:SimulatePrincipalPolicy": "test_simulation::test_stock_moto_still_lacks_simulation",
    "iam:SimulateCustomPolicy": "test_simulation::test_stock_moto_still_lacks_simulation",
    "sts:AssumeRole": "test_sts::test_stock_moto_lets_anybody_assume_anything",
    "sts:identity": "test_sts::test_stock_moto_lets_anybody_assume_anything",
    "sts:accounts": "test_sts::test_stock_moto_lets_anybody_assume_anything",
    "ecr:PutImage": "test_ecr::test_stock_moto_invents_the_digest",
    "ecr:UploadLayerPart": "test_gaps::test_stock_moto_keeps_layers_unseen",
    "ecr:CompleteLayerUpload": "test_gaps::test_stock_moto_keeps_layers_unseen",
    "ecr:GetDownloadUrlForLayer": "test_ecr::test_stock_moto_has_no_download_url",
    "ecr:GetAuthorizationToken": "test_ecr::test_stock_motos_token_has_expired",
    "ecr:image-size": "test_stock_registry::test_stock_moto_takes_the_config_for_the_image",
    "ecr:BatchDeleteImage": "test_stock_registry::test_stock_moto_deletes_what_an_index_names",
    "ecr:repository-uri": "test_stock_registry::test_stock_moto_leads_docker_to_aws",
    **dict.fromkeys(
        (
            "ecr:PutAccountSetting",
            "ecr:GetAccountSetting",
            "ecr:CreateRepositoryCreationTemplate",
            "ecr:UpdateRepositoryCreationTemplate",
            "ecr:DescribeRepositoryCreationTemplates",
            "ecr:DeleteRepositoryCreationTemplate",
            "ecr:ListImageReferrers",
        ),
        "test_stock_registry::test_stock_moto_lacks_settings_and_templates",
    ),
    "events:wildcards": "test_app_services::test_stock_moto_ends_a_wildcard_at_the_end_of_a_line",
    "sqs:ListQueues": "test_app_services::test_stock_moto_takes_a_prefix_for_an_expression",
    "sqs:long polling": "test_app_services::test_stock_moto_waits_inside_of_the_request",
    "ecr:lifecycle": "test_ecr_policies::test_stock_moto_takes_a_unit_with_a_count",
    "ecr:PutLifecyclePolicy": "test_ecr_texts::test_stock_moto_keeps_a_lifecycle_policy_as_typed",
    "ecr:GetLifecyclePolicy": "test_ecr_texts::test_stock_moto_keeps_a_lifecycle_policy_as_typed",
    **dict.fromkeys(
        ("ecr:StartImageScan", "ecr:DescribeImageScanFindings"),
        "test_ecr_texts::test_stock_moto_scans_nothing_that_is_pushed_and_invents_findings",
    ),
    "ecr:scan-filters": "test_gaps::test_stock_moto_finds_a_repository_by_the_middle_of_a_filter",
    "ecr:PutRegistryScanningConfiguration": "test_gaps::test_stock_moto_takes_any_scan_frequency",
    "ecr:BatchGetRepositoryScanningConfiguration": "test_ecr_policies::test_stock_moto_says_that_nothing_is_scanned",
    "ecr:PutRegistryPolicy": "test_gaps::test_stock_moto_takes_a_registry_policy_of_two_actions",
    "ecr:SetRepositoryPolicy": "test_gaps::test_stock_moto_takes_a_repository_policy_for_nobody",
    "ecr:PutImageTagMutability": "test_gaps::test_stock_moto_answers_without_the_exclusions",
    "ssm:ecs-optimized": "test_ssm::test_stock_moto_answers_no_json",
    "ssm:other systems": "test_agents_of_other_systems::test_stock_moto_has_no_images_of_bottlerocket",
    "ec2:GetConsoleOutput": "test_debugging::test_stock_motos_console_is_of_a_xen_host",
    "ssm:StartSession": "test_debugging::test_stock_moto_says_that_commands_succeed",
    "ssm:SendCommand": "test_debugging::test_stock_moto_says_that_commands_succeed",
    "elbv2:plain listeners": "test_gaps::test_stock_moto_gives_every_listener_a_policy",
    **dict.fromkeys(
        (
            "ec2:CreateSecurityGroup",
            "ec2:CreateNetworkInterface",
            "ec2:CreateRoute",
            "ec2:AttachInternetGateway",
        ),
        "test_unknown_ids::test_stock_moto_accepts_them_all",
    ),
    "ec2:fleet": "test_launched_inside::test_stock_motos_fleet",
    "ec2:CreateLaunchTemplate": "test_launched_inside::test_stock_motos_fleet",
    "ec2:default-vpc": "test_way_out::test_stock_motos_default_vpc_has_no_way_out",
    "cloudwatch:ECS metrics": "test_ecs_metrics::test_stock_moto_has_no_metrics_of_ecs",
    "ec2:IPv6 blocks": "test_ec2::test_stock_moto_gives_a_vpc_one_ipv6_block",
    "ec2:images": "test_gaps::test_stock_moto_has_too_many_images",
    "ec2:own images": "test_ec2::test_stock_moto_s_own_images_have_a_root_device_of_no_known_kind",
    "ec2:launch": "test_ec2::test_stock_moto_gives_a_templates_profile_to_nobody",
    "ec2:RunInstances": "test_ec2::test_stock_moto_launches_too_few_without_a_security_group",
    "ec2:AssociateIamInstanceProfile": "test_gaps::test_stock_moto_says_other_words_of_an_unknown_profile",
    "ec2:ModifyInstanceAttribute": "test_gaps::test_stock_moto_replaces_the_user_data_of_a_running_instance",
    "ec2:CreateLaunchTemplateVersion": "test_gaps::test_stock_moto_forgets_the_source_of_a_version",
    "ec2:replace-profile": "test_ec2::test_stock_moto_does_not_show_a_replaced_profile",
    "ec2:filters": "test_gaps::test_stock_moto_cannot_find_instances_by_profile",
    "s3:bucket policies": "test_bucket_policies::test_stock_moto_denies_in_spite_of_the_condition",
    "ec2:network ACL of a VPC": "test_leftovers::test_stock_moto_keeps_both",
    "ec2:interface of a NAT gateway": "test_leftovers::test_stock_moto_keeps_both",
    "ec2:default-group": "test_default_groups::test_stock_moto_still_leaves_both_out_else_drop_this_extension",
    "ec2:instance-groups": "test_interface_groups::test_stock_moto_changes_only_one_of_them_else_drop_this_extension",
    "ec2:interface-groups": "test_interface_groups::test_stock_moto_changes_only_one_of_them_else_drop_this_extension",
    "ec2:rule-ports": "test_group_rules::test_stock_moto_breaks_on_a_protocol_without_ports",
    "efs:mount-target-group": "test_default_groups::test_stock_moto_still_leaves_both_out_else_drop_this_extension",
    "efs:answers": "test_gaps::test_stock_moto_shows_nulls_of_a_file_system",
    "autoscaling:CreateLaunchConfiguration": "test_auto_scaling_groups::test_stock_moto_refuses_addresses_by_default",
    "autoscaling:launch": "test_auto_scaling_groups::test_stock_moto_puts_a_group_into_one_subnet",
    "autoscaling:DeleteAutoScalingGroup": "test_scaling_groups::test_stock_moto_leaves_protected_instances_running",
    "autoscaling:launched by": "test_scaling_groups::test_stock_moto_shows_a_template_beside_a_policy",
    "autoscaling:update": "test_group_updates::test_stock_moto_drops_the_policy",
    "autoscaling:order": "test_gaps::test_stock_moto_shuffles_groups",
    "autoscaling:shares": "test_group_updates::test_stock_moto_launches_one_too_few",
    "autoscaling:SetInstanceProtection": "test_scaling_groups::test_stock_moto_keeps_what_is_no_longer_protected",
    "ecs state": "test_ecs_gaps::test_stock_moto_still_has_the_gap",
    "ec2:addresses": "test_ec2::test_stock_moto_breaks_down_at_an_address_outside_of_the_subnet",
    "elbv2:targets": "test_balancer::test_stock_moto_keeps_one_target_for_an_instance",
    "elbv2:CreateLoadBalancer": "test_balancer::test_stock_moto_takes_a_second_listener_and_one_zone",
    "elbv2:CreateListener": "test_balancer::test_stock_moto_takes_a_second_listener_and_one_zone",
    "elbv2:ModifyListener": "test_gaps::test_stock_moto_forgets_whom_a_modified_listener_serves",
    "elbv2:ModifyRule": "test_gaps::test_stock_moto_forgets_whom_a_modified_listener_serves",
    "cloudwatch:PutMetricData": "test_service_scaling::test_stock_moto_neither_evaluates_nor_scales",
    "cloudwatch:PutMetricAlarm": "test_service_scaling::test_stock_moto_neither_evaluates_nor_scales",
    "cloudwatch:SetAlarmState": "test_service_scaling::test_stock_moto_neither_evaluates_nor_scales",
    "cloudwatch:extended statistics": "test_alarm_statistics::test_stock_moto_takes_percentiles_only",
    "cloudwatch:new alarms": "test_service_scaling::test_stock_moto_neither_evaluates_nor_scales",
    **{
        f"application-autoscaling:{name}": f"test_service_scaling::{_TAKES_ALL}"
        for name in (
            *("DescribeScalingActivities", "DeregisterScalableTarget", "DescribeScalingPolicies"),
            *("TagResource", "UntagResource", "ListTagsForResource"),
            *("PutScalingPolicy", "DeleteScalingPolicy", "PutScheduledAction", "DeleteScheduledAction"),
        )
    },
    **dict.fromkeys(
        (
            "s3:bucket defaults",
            "s3:default encryption",
            "s3:public policies",
            "s3:disabled ACLs",
            "s3:lifecycle days",
            "sqs:attributes",
            "sqs:redrive policies",
            "sns:queue policies",
            "sns:filter policies",
            "dynamodb:attribute definitions",
            "dynamodb:time to live of no table",
            "kms:PutKeyPolicy",
            "kms:CreateKey",
            "lambda:invocations",
            "lambda:event sources",
            "lambda:concurrency",
            "lambda:limits",
        ),
        "test_app_services::test_stock_moto_lacks_it",
    ),
    "application-autoscaling:alarms": "test_gaps::test_stock_motos_tracking_has_no_target_value",
    "application-autoscaling:RegisterScalableTarget": "test_gaps::test_stock_moto_takes_a_range_upside_down",
}
"""The extension, and the test that moto makes fail when it needs the extension no more."""


def test_every_extension_has_a_test_on_stock_moto() -> None:
    """Operations of ECS and CloudFormation are answered from the sandbox's own state: they go with it."""
    names = {
        each.name for each in extend.extensions() if not each.name.startswith(("ecs:", "cloudformation:"))
    }
    assert names == set(TESTS)


@pytest.mark.parametrize("test", sorted(set(TESTS.values())))
def test_each_gap_is_tested_on_stock_moto(test: str) -> None:
    file, name = test.split("::")
    tree = ast.parse(next(Path(__file__).parent.rglob(f"{file}.py")).read_text(encoding="utf-8"))
    [found] = [each for each in ast.walk(tree) if isinstance(each, ast.FunctionDef) and each.name == name]
    assert {each.arg for each in found.args.args} & {"stock", "plain"}


def test_stock_moto_takes_a_trust_policy_for_nobody(stock: None, client: Client) -> None:
    iam = client("iam")
    start, end = (
        '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", ',
        '"Action": "sts:AssumeRole"}]}',
    )
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=f'{start}"Principal": {{"AWS": "*"}}, {end}')
    iam.update_assume_role_policy(RoleName="r", PolicyDocument=start + end)


def test_stock_moto_names_a_services_role_by_its_domain(stock: None, client: Client) -> None:
    made = client("iam").create_service_linked_role(AWSServiceName="ecs.amazonaws.com")
    assert made["Role"]["RoleName"] == "AWSServiceRoleForecs"


def test_stock_moto_says_other_words_of_a_second_service_linked_role(
    stock: None, client: Client, refused: Callable[..., str]
) -> None:
    make = partial(client("iam").create_service_linked_role, AWSServiceName="ecs.amazonaws.com")
    make()
    assert refused(make).startswith("EntityAlreadyExists")


def test_stock_moto_says_other_words_of_an_unknown_profile(
    stock: None, client: Client, refused: Callable[..., str]
) -> None:
    associate = partial(client("ec2").associate_iam_instance_profile, IamInstanceProfile={"Name": "none"})
    assert refused(associate, InstanceId="i-0123456789abcdef0").startswith("NoSuchEntity")


def test_stock_moto_keeps_layers_unseen(stock: None, client: Client) -> None:
    ecr, where = client("ecr"), {"repositoryName": "labs"}
    ecr.create_repository(**where)
    upload = {**where, "uploadId": ecr.initiate_layer_upload(**where)["uploadId"]}
    ecr.upload_layer_part(**upload, partFirstByte=0, partLastByte=99, layerPartBlob=b"short")
    ecr.complete_layer_upload(**upload, layerDigests=["sha256:" + "0" * 64])


def test_stock_moto_finds_a_repository_by_the_middle_of_a_filter(stock: None, client: Client) -> None:
    ecr = client("ecr")
    ecr.create_repository(repositoryName="production")
    filters = [{"filter": "prod", "filterType": "WILDCARD"}]
    rule = {"scanFrequency": "SCAN_ON_PUSH", "repositoryFilters": filters}
    ecr.put_registry_scanning_configuration(scanType="BASIC", rules=[rule])
    [found] = ecr.batch_get_repository_scanning_configuration(repositoryNames=["production"])[
        "scanningConfigurations"
    ]
    # AWS: a filter without a wildcard covers every name that contains it; one with, the whole name.
    wild = [{"filter": "*duct", "filterType": "WILDCARD"}]
    ecr.put_registry_scanning_configuration(
        scanType="BASIC", rules=[{"scanFrequency": "SCAN_ON_PUSH", "repositoryFilters": wild}]
    )
    [other] = ecr.batch_get_repository_scanning_configuration(repositoryNames=["production"])[
        "scanningConfigurations"
    ]
    assert other["appliedScanFilters"], "moto anchors at both ends now: drop this extension"
    assert found["scanFrequency"]


def test_stock_moto_takes_any_scan_frequency(stock: None, client: Client) -> None:
    filters = [{"filter": "*", "filterType": "WILDCARD"}]
    rule = {"scanFrequency": "CONTINUOUS_SCAN", "repositoryFilters": filters}
    client("ecr").put_registry_scanning_configuration(scanType="BASIC", rules=[rule])


def test_stock_moto_takes_a_repository_policy_for_nobody(stock: None, client: Client) -> None:
    ecr = client("ecr")
    ecr.create_repository(repositoryName="labs")
    text = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "ecr:BatchGetImage"}]}'
    ecr.set_repository_policy(repositoryName="labs", policyText=text)


def test_stock_moto_takes_a_registry_policy_of_two_actions(stock: None, client: Client) -> None:
    ecr = client("ecr")
    text = (
        '{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*", '
        '"Action": "ecr:BatchGetImage", "Resource": "*"}]}'
    )
    with pytest.raises(ecr.exceptions.InvalidParameterException):
        ecr.put_registry_policy(policyText=text)


def test_stock_moto_answers_without_the_exclusions(stock: None, client: Client) -> None:
    ecr = client("ecr")
    ecr.create_repository(repositoryName="labs")
    answer = ecr.put_image_tag_mutability(
        repositoryName="labs",
        imageTagMutability="IMMUTABLE_WITH_EXCLUSION",
        imageTagMutabilityExclusionFilters=[{"filterType": "WILDCARD", "filter": "latest"}],
    )
    assert "imageTagMutabilityExclusionFilters" not in answer


def test_stock_moto_has_too_many_images(
    keys: None, monkeypatch: pytest.MonkeyPatch, stock: None, client: Client
) -> None:
    """Or none at all, where they are switched off, as they are here."""
    optimized = "/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id"
    found = client("ssm").get_parameter(Name=optimized)["Parameter"]["Value"]
    with pytest.raises(Exception, match="InvalidAMIID"):
        client("ec2").describe_images(ImageIds=[found])


def launched(client: Client, **more: Any) -> dict[str, Any]:
    answer = client("ec2").run_instances(ImageId="ami-1", MinCount=1, MaxCount=1, **more)
    made: dict[str, Any] = answer["Instances"][0]
    return made


def test_stock_moto_replaces_the_user_data_of_a_running_instance(stock: None, client: Client) -> None:
    instance = launched(client)["InstanceId"]
    client("ec2").modify_instance_attribute(InstanceId=instance, UserData={"Value": b"IyEvYmluL3NoCg=="})


def test_stock_moto_forgets_the_source_of_a_version(stock: None, client: Client) -> None:
    ec2 = client("ec2")
    ec2.create_launch_template(
        LaunchTemplateName="t", LaunchTemplateData={"ImageId": "ami-1", "InstanceType": "t3.small"}
    )
    try:
        made = ec2.create_launch_template_version(
            LaunchTemplateName="t", SourceVersion="1", LaunchTemplateData={"InstanceType": "t3.large"}
        )["LaunchTemplateVersion"]
    except Exception:  # noqa: BLE001 - moto breaks down at it, in whatever way
        return
    assert "ImageId" not in made["LaunchTemplateData"]


def test_stock_moto_cannot_find_instances_by_profile(stock: None, client: Client) -> None:
    launched(client)
    filters = [
        {"Name": "iam-instance-profile.arn", "Values": ["arn:aws:iam::123456789012:instance-profile/p"]}
    ]
    with pytest.raises(Exception, match=r"(?i)not been implemented|filter"):
        client("ec2").describe_instances(Filters=filters)


def test_stock_moto_shuffles_groups(stock: None) -> None:
    from moto.autoscaling.models import FakeAutoScalingGroup

    source = inspect.getsource(FakeAutoScalingGroup.set_desired_capacity)
    assert "set(" in source or "shuffle" in source, "moto keeps the order of a group: drop this extension"


def test_stock_moto_forgets_whom_a_modified_listener_serves(stock: None, client: Client) -> None:
    elb, subnets = client("elbv2"), client("ec2").describe_subnets()["Subnets"]
    groups = [
        elb.create_target_group(Name=name, Protocol="HTTP", Port=80, VpcId=subnets[0]["VpcId"])[
            "TargetGroups"
        ][0]
        for name in ("old", "new", "ruled")
    ]
    old, new, ruled = ([{"Type": "forward", "TargetGroupArn": each["TargetGroupArn"]}] for each in groups)
    balancer = elb.create_load_balancer(Name="lb", Subnets=[each["SubnetId"] for each in subnets[:2]])
    place = {
        "LoadBalancerArn": balancer["LoadBalancers"][0]["LoadBalancerArn"],
        "Protocol": "HTTP",
        "Port": 80,
    }
    listener = elb.create_listener(**place, DefaultActions=old)["Listeners"][0]["ListenerArn"]
    path = [{"Field": "path-pattern", "Values": ["/a"]}]
    rule = elb.create_rule(ListenerArn=listener, Priority=1, Conditions=path, Actions=old)["Rules"][0][
        "RuleArn"
    ]
    elb.modify_listener(ListenerArn=listener, DefaultActions=new)
    elb.modify_rule(RuleArn=rule, Actions=ruled)
    found = elb.describe_target_groups(Names=["new", "ruled"])["TargetGroups"]
    assert [each["LoadBalancerArns"] for each in found] == [[], []], "moto tells them: drop this extension"


def test_stock_moto_gives_every_listener_a_policy(stock: None, client: Client) -> None:
    elb, subnets = client("elbv2"), client("ec2").describe_subnets()["Subnets"]
    balancer = elb.create_load_balancer(Name="lb", Subnets=[each["SubnetId"] for each in subnets[:2]])
    arn = balancer["LoadBalancers"][0]["LoadBalancerArn"]
    fixed = [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}]
    listener = elb.create_listener(LoadBalancerArn=arn, Protocol="HTTP", Port=80, DefaultActions=fixed)
    assert listener["Listeners"][0].keys() & {"SslPolicy", "AlpnPolicy"}


def test_stock_moto_shows_nulls_of_a_file_system(stock: None) -> None:
    bodies: list[bytes] = []
    efs: Any = shared_session().client("efs")
    efs.meta.events.register("before-parse", lambda response_dict, **_: bodies.append(response_dict["body"]))
    efs.create_file_system(CreationToken="a")
    assert b"null" in bodies[0], "moto leaves them out: drop this extension"


def scalable(client: Client) -> dict[str, str]:
    ecs = client("ecs")
    ecs.create_cluster(clusterName="prod")
    container = {"name": "web", "image": "nginx", "memory": 64}
    ecs.register_task_definition(family="web", containerDefinitions=[container])
    ecs.create_service(cluster="prod", serviceName="web", taskDefinition="web", desiredCount=1)
    return {
        "ServiceNamespace": "ecs",
        "ResourceId": "service/prod/web",
        "ScalableDimension": "ecs:service:DesiredCount",
    }


def test_stock_moto_takes_a_range_upside_down(stock: None, client: Client) -> None:
    scaling = client("application-autoscaling")
    scaling.register_scalable_target(**scalable(client), MinCapacity=5, MaxCapacity=1)


def test_stock_motos_tracking_has_no_target_value(stock: None, client: Client) -> None:
    metric = {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"}
    client("application-autoscaling").put_scaling_policy(
        PolicyName="p",
        **scalable(client),
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration={
            "TargetValue": 60.0,
            "PredefinedMetricSpecification": metric,
        },
    )
    thresholds = {each["Threshold"] for each in client("cloudwatch").describe_alarms()["MetricAlarms"]}
    assert 60 not in thresholds, "moto's alarms are at the target value: drop this extension"
