"""Instance profiles in EC2, which refuses unknown profiles, and knows new ones only after a delay.

The words are those of hashicorp/packer#9810 and aws/aws-sdk-js-v3#5253.
"""

from __future__ import annotations

from typing import Any

from moto.ec2.exceptions import EC2ClientError

from labs.sandbox.extend import Stock, operation
from labs.sandbox.source import documented
from labs.sandbox.world import delays

_SOURCE = documented("IAM/latest/UserGuide/troubleshoot.html")  # "Changes that I make are not always visible"


@operation(
    "ec2", "RunInstances", "moto knows a new profile at once, and says NoSuchEntity of others", _SOURCE
)
def run_instances(response: Any, stock: Stock) -> Any:
    """Launches instances if EC2 knows the profile."""
    _require_known(response)
    return stock()


@operation("ec2", "AssociateIamInstanceProfile", "moto knows a new profile at once", _SOURCE)
def associate_iam_instance_profile(response: Any, stock: Stock) -> Any:
    """Associates a profile if EC2 knows it."""
    _require_known(response)
    return stock()


def _require_known(response: Any) -> None:
    """Raises InvalidParameterValue if EC2 does not know the profile in a call."""
    from moto.iam.models import iam_backends

    name, arn = (response._get_param(f"IamInstanceProfile.{each}") for each in ("Name", "Arn"))
    if not (name or arn):
        return
    profiles = iam_backends[response.current_account]["aws"].instance_profiles.values()
    found = next((each for each in profiles if name == each.name or arn == each.arn), None)
    if found and delays.has_passed(found.create_date, delays.current.instance_profile):
        return
    what, word = ("name", "name") if name else ("arn", "ARN")
    raise EC2ClientError(
        "InvalidParameterValue",
        f"Value ({name or arn}) for parameter iamInstanceProfile.{what} is invalid. "
        f"Invalid IAM Instance Profile {word}",
    )
