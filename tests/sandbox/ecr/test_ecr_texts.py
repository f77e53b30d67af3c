"""Scans at a push, and the texts of policies as ECR gives them back."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from clock_kit import clock_set_to
from test_ecr import pushed

WEB = {"repositoryName": "labs/hello"}
ANY = {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 3}
POLICY = {"rules": [{"rulePriority": 1, "selection": ANY, "action": {"type": "expire"}}]}
PULL = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"AWS": "arn:aws:iam::210987654321:root"},
            "Action": ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
        }
    ],
}
PRINTED = """{
  "Version" : "2012-10-17",
  "Statement" : [ {
    "Effect" : "Allow",
    "Principal" : {
      "AWS" : "arn:aws:iam::210987654321:root"
    },
    "Action" : [ "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer" ]
  } ]
}"""


@pytest.fixture
def ecr(aws: None, client: Callable[..., Any]) -> Any:
    ecr = client("ecr")
    ecr.create_repository(**WEB)
    return ecr


def scanned(ecr: Any, **image: str) -> dict[str, Any]:
    answer: dict[str, Any] = ecr.describe_image_scan_findings(**WEB, imageId=image)
    return answer


def test_a_push_is_scanned_where_the_repository_says_so(ecr: Any, refused: Callable[..., str]) -> None:
    pushed(ecr, b"before", imageTag="old")
    assert refused(scanned, ecr, imageTag="old").startswith("ScanNotFoundException")
    ecr.put_image_scanning_configuration(**WEB, imageScanningConfiguration={"scanOnPush": True})
    pushed(ecr, imageTag="new")
    found = scanned(ecr, imageTag="new")
    assert found["imageScanStatus"]["status"] == "COMPLETE"
    assert found["imageScanFindings"]["findings"] == []
    old, new = sorted(
        ecr.describe_images(**WEB)["imageDetails"], key=lambda image: image["imageTags"][0], reverse=True
    )
    assert "imageScanStatus" not in old
    assert new["imageScanStatus"]["status"] == "COMPLETE"
    assert new["imageScanFindingsSummary"]["findingSeverityCounts"] == {}


def test_a_rule_of_the_registry_decides(ecr: Any) -> None:
    rule = {
        "scanFrequency": "SCAN_ON_PUSH",
        "repositoryFilters": [{"filter": "labs/*", "filterType": "WILDCARD"}],
    }
    ecr.put_registry_scanning_configuration(scanType="BASIC", rules=[rule])
    pushed(ecr, imageTag="new")
    assert scanned(ecr, imageTag="new")["imageScanStatus"]["status"] == "COMPLETE"


def test_enhanced_scanning_makes_no_basic_scan(ecr: Any, refused: Callable[..., str]) -> None:
    ecr.put_registry_scanning_configuration(scanType="ENHANCED", rules=[])
    ecr.put_image_scanning_configuration(**WEB, imageScanningConfiguration={"scanOnPush": True})
    pushed(ecr, imageTag="new")
    assert refused(scanned, ecr, imageTag="new").startswith("ScanNotFoundException")


@pytest.mark.slow
def test_an_image_is_scanned_once_in_24_hours(ecr: Any, refused: Callable[..., str]) -> None:
    ecr.put_image_scanning_configuration(**WEB, imageScanningConfiguration={"scanOnPush": True})
    start = datetime(2026, 10, 1, 23, tzinfo=UTC)
    with clock_set_to(lambda: start):
        pushed(ecr, imageTag="new")
    with clock_set_to(lambda: start + timedelta(hours=2)):
        refusal = refused(ecr.start_image_scan, **WEB, imageId={"imageTag": "new"})
    assert refusal.startswith("LimitExceededException")
    with clock_set_to(lambda: start + timedelta(hours=25)):
        ecr.start_image_scan(**WEB, imageId={"imageTag": "new"})


def test_stock_moto_scans_nothing_that_is_pushed_and_invents_findings(
    stock: None, client: Callable[..., Any]
) -> None:
    """When this fails, drop the extensions of scans."""
    ecr = client("ecr")
    ecr.create_repository(**WEB)
    ecr.put_image(**WEB, imageManifest='{"mediaType": "a"}', imageTag="a")
    ecr.start_image_scan(**WEB, imageId={"imageTag": "a"})
    [image] = ecr.describe_images(**WEB)["imageDetails"]
    assert "imageScanStatus" not in image
    assert scanned(ecr, imageTag="a")["imageScanFindings"]["findings"]


def test_a_lifecycle_policy_is_compact_and_was_never_evaluated(ecr: Any) -> None:
    answer = ecr.put_lifecycle_policy(**WEB, lifecyclePolicyText=json.dumps(POLICY, indent=2))
    found = ecr.get_lifecycle_policy(**WEB)
    compact = json.dumps(POLICY, separators=(",", ":"))
    assert answer["lifecyclePolicyText"] == found["lifecyclePolicyText"] == compact
    assert found["lastEvaluatedAt"] == datetime.fromtimestamp(0, UTC)


def test_a_count_of_zero_is_refused_in_awss_words(ecr: Any, refused: Callable[..., str]) -> None:
    text = json.dumps(POLICY).replace('"countNumber": 3', '"countNumber": 0')
    refusal = refused(ecr.put_lifecycle_policy, **WEB, lifecyclePolicyText=text)
    assert "numeric instance is lower than the required minimum (minimum: 1, found: 0)\n'" in refusal


def test_stock_moto_keeps_a_lifecycle_policy_as_typed(stock: None, client: Callable[..., Any]) -> None:
    ecr = client("ecr")
    ecr.create_repository(**WEB)
    ecr.put_lifecycle_policy(**WEB, lifecyclePolicyText=json.dumps(POLICY))
    found = ecr.get_lifecycle_policy(**WEB)
    assert found["lifecyclePolicyText"] == json.dumps(POLICY)
    assert found["lastEvaluatedAt"] > datetime.fromtimestamp(0, UTC)


def test_a_repository_policy_is_printed_as_aws_does(ecr: Any) -> None:
    answer = ecr.set_repository_policy(**WEB, policyText=json.dumps(PULL))
    assert answer["policyText"] == ecr.get_repository_policy(**WEB)["policyText"] == PRINTED


def test_an_empty_manifest_is_no_json_to_ecr(ecr: Any, refused: Callable[..., str]) -> None:
    refusal = refused(ecr.put_image, **WEB, imageManifest="{}")
    assert "'ImageManifest' failed to satisfy constraint: 'Invalid JSON syntax'" in refusal
