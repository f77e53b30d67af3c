"""Probes of IAM, STS and ECR."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from labs.sandbox.fidelity.probes import HOST, TASKS, Bench, Doc, Probe, allow, document, keys


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
    tags = [{"Key": "team", "Value": "web"}]
    _repository(
        bench, imageTagMutability="IMMUTABLE", imageScanningConfiguration={"scanOnPush": True}, tags=tags
    )
    [found] = ecr.describe_repositories(repositoryNames=[bench.name])["repositories"]
    text = document({"Effect": "Allow", "Principal": "*", "Action": "ecr:BatchGetImage"})
    ecr.set_repository_policy(repositoryName=bench.name, policyText=text)
    policy = json.loads(ecr.get_repository_policy(repositoryName=bench.name)["policyText"])
    return bool(
        found["imageTagMutability"] == "IMMUTABLE"
        and policy["Statement"][0]["Action"] == "ecr:BatchGetImage"
        and ecr.list_tags_for_resource(resourceArn=found["repositoryArn"])["tags"] == tags
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
    ecr = bench.client("ecr")
    _repository(bench, imageScanningConfiguration={"scanOnPush": True})
    registry = ecr.get_registry_scanning_configuration()["scanningConfiguration"]
    [own] = ecr.batch_get_repository_scanning_configuration(repositoryNames=[bench.name])[
        "scanningConfigurations"
    ]
    return bool(registry["scanType"] == "BASIC" and own["scanFrequency"] == "SCAN_ON_PUSH")


def _registry_policy(bench: Bench) -> bool:
    ecr = bench.client("ecr")
    principal = {"AWS": "arn:aws:iam::210987654321:root"}
    arn = f"arn:aws:ecr:{ecr.meta.region_name}:{bench.client('sts').get_caller_identity()['Account']}"
    one = {
        "Sid": "replicate",
        "Effect": "Allow",
        "Principal": principal,
        "Action": ["ecr:ReplicateImage"],
        "Resource": [f"{arn}:repository/*"],
    }
    ecr.put_registry_policy(policyText=document(one))
    kept = json.loads(ecr.get_registry_policy()["policyText"])["Statement"][0]["Sid"] == "replicate"
    ecr.delete_registry_policy()
    return bool(kept and ecr.get_account_setting(name="REGISTRY_POLICY_SCOPE")["value"])


def _sha256(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _image(bench: Bench, *, pushed: bool = True) -> Any:
    """Pushes an image with a config and one layer; without `pushed`, only the manifest."""
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
        "a repository keeps its settings, its tags and its policy",
        _repository_settings,
        (
            *keys("ecr:ListTagsForResource", "tags"),
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
        "it can be read how the registry and a repository scan images",
        _scanning,
        (
            *keys("ecr:GetRegistryScanningConfiguration", "scanningConfiguration"),
            *keys("ecr:BatchGetRepositoryScanningConfiguration", "scanFrequency"),
        ),
    ),
    Probe(
        "ecr.registry-policy",
        "the registry keeps its policy, and says which actions the policy covers",
        _registry_policy,
        (*keys("ecr:GetRegistryPolicy", "policyText"), *keys("ecr:GetAccountSetting", "value")),
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
)
"""Each is tried under names of its own."""
