"""Basic scans of ECR: on push or on demand, once in 24 hours; the sandbox's scanner finds nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from moto.core.responses import ActionResult
from moto.ecr.exceptions import LimitExceededException
from moto.ecr.models import Image, Repository, ecr_backends

from labs.sandbox.ecr.scanning import frequency_of
from labs.sandbox.extend import Stock, operation
from labs.sandbox.world import clock

SCAN_INTERVAL = timedelta(hours=24)
"""The minimum time between two scans of an image, including that on push (user guide, "Scanning images manually")."""
_COMPLETE = {"status": "COMPLETE", "description": "The scan was completed successfully."}
_INVENTED = "CVE-9999-9999"
"""The finding that moto reports for every image."""


def scan_pushed_image(repository: Repository, image: Image) -> None:
    """Scans a pushed image, if the registry's rules or the repository are configured so."""
    backend = ecr_backends[repository.account_id][repository.region_name]
    basic = backend.registry_scanning_configuration["scanType"] == "BASIC"
    if basic and frequency_of(repository) == "SCAN_ON_PUSH":
        _scan(image)


def _scan(image: Any) -> None:
    image.last_scan = clock.now()
    image.image_scan_status = _COMPLETE
    image.image_scan_findings_summary = {
        "imageScanCompletedAt": image.last_scan,
        "vulnerabilitySourceUpdatedAt": image.last_scan,
        "findingSeverityCounts": {},
    }


@operation(
    "ecr", "StartImageScan", "moto keeps no trace of a scan in DescribeImages, and counts calendar days"
)
def start_image_scan(response: Any, _: Stock) -> ActionResult:
    """Scans an image, which must not have been scanned in the last 24 hours."""
    repository, image = _image_of(response)
    if image.last_scan and clock.now() - image.last_scan < SCAN_INTERVAL:
        raise LimitExceededException
    _scan(image)
    return ActionResult(
        {
            "registryId": repository.registry_id,
            "repositoryName": repository.name,
            "imageId": {"imageDigest": image.image_digest, "imageTag": image.image_tag},
            "imageScanStatus": {"status": "IN_PROGRESS"},
        }
    )


@operation("ecr", "DescribeImageScanFindings", "moto reports an invented vulnerability of every image")
def describe_image_scan_findings(response: Any, stock: Stock) -> Any:
    """The findings of an image's last scan: none, unless they were set by moto's own API."""
    answer = stock()
    findings = answer.result["imageScanFindings"]
    if [each["name"] for each in findings.get("findings", ())] == [_INVENTED]:
        _, image = _image_of(response)
        answer.result["imageScanFindings"] = {**image.image_scan_findings_summary, "findings": []}
    return answer


def _image_of(response: Any) -> tuple[Any, Any]:
    get = response._get_param
    repository = response.ecr_backend._get_repository(get("repositoryName"), get("registryId"))
    wanted = get("imageId") or {}
    return repository, repository._get_image(wanted.get("imageTag"), wanted.get("imageDigest"))
