"""How far the policies of a role reach, and how that is reported."""

from typing import Any

import pytest

from labs.sdk import iam
from labs.sdk.least_privilege import Granted

ROLE = "arn:aws:iam::123456789012:role/reader"
BUCKET = "arn:aws:s3:::data"
READING = iam.Scope(("s3:Get*", "s3:List*"), (BUCKET, f"{BUCKET}/*"))


def granted(*statements: dict[str, Any], boundary: dict[str, Any] | None = None) -> Granted:
    def policy(*blocks: dict[str, Any]) -> iam.Policy:
        return iam.Policy.parse({"Version": "2012-10-17", "Statement": [*blocks]}, name="data")

    limit = (policy({"Effect": "Allow", **boundary}),) if boundary else None
    return Granted(ROLE, (policy(*({"Effect": "Allow", **block} for block in statements)),), limit)


def more(found: Granted) -> str | None:
    reach = found.beyond(iam.Scope(("*",)), READING)
    return found.reach_text(reach) if reach else None


@pytest.mark.parametrize(
    "statement",
    [
        {"Action": "s3:GetObject", "Resource": f"{BUCKET}/*"},
        {"Action": ["s3:get*", "S3:List*"], "Resource": [BUCKET, f"{BUCKET}/*"]},
        {"Action": "kms:Decrypt", "Resource": "*", "Condition": {"StringLike": {"kms:ViaService": "s3.*"}}},
        {"Action": "s3:GetObject", "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}},
    ],
    ids=str,
)  # fmt: skip
def test_reading_the_bucket_is_nothing_more(statement: dict[str, Any]) -> None:
    assert more(granted(statement)) is None


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ({"Action": "*", "Resource": "*"}, "policy data allows reader to call * on *"),
        ({"Action": "s3:*", "Resource": f"{BUCKET}/*"}, f"policy data allows reader to call s3:* on {BUCKET}/*"),
        ({"Action": "s3:GetObject", "Resource": f"{BUCKET}*"},
         f"policy data allows reader to call s3:GetObject on {BUCKET}*"),
        ({"NotAction": "iam:*", "Resource": "*"}, "policy data allows reader to call NotAction iam:* on *"),
        ({"Action": "s3:GetObject", "NotResource": f"{BUCKET}/*"},
         f"policy data allows reader to call s3:GetObject on NotResource {BUCKET}/*"),
        ({"Action": "ecr:GetAuthorizationToken", "Resource": "*"},
         "policy data allows reader to call ecr:GetAuthorizationToken on *"),
        ({"Action": "sqs:SendMessage", "Resource": "*", "Condition": {"StringEquals": {"aws:SourceVpce": "vpce-1"}}},
         "policy data allows reader to call sqs:SendMessage on *, under a condition"),
    ],
    ids=str,
)  # fmt: skip
def test_whatever_reaches_further_is_told_as_it_is_written(statement: dict[str, Any], message: str) -> None:
    assert more(granted({"Action": "s3:GetObject", "Resource": f"{BUCKET}/*"}, statement)) == message


def test_what_allows_too_much_is_told_not_a_denial_that_speaks_of_it_too() -> None:
    plain = {
        "Effect": "Deny",
        "Action": "*",
        "Resource": "*",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    assert more(granted(plain, {"Action": "s3:PutObject", "Resource": f"{BUCKET}/*"})) == (
        f"policy data allows reader to call s3:PutObject on {BUCKET}/*"
    )


def test_a_statement_that_names_no_resource_grants_none() -> None:
    """AWS refuses such an identity policy; where one is read all the same, the next statement is reported."""
    nothing = {"Principal": "*", "Action": "s3:*"}
    assert more(granted(nothing, {"Action": "s3:*", "Resource": BUCKET})) == (
        f"policy data allows reader to call s3:* on {BUCKET}"
    )


def test_a_boundary_and_a_denial_hold_back() -> None:
    everything = {"Action": "*", "Resource": "*"}
    reading = {"Action": ["s3:Get*", "s3:List*"], "Resource": [BUCKET, f"{BUCKET}/*"]}
    others = {"Effect": "Deny", "Action": "*", "NotResource": [BUCKET, f"{BUCKET}/*"]}
    writing = {"Effect": "Deny", "NotAction": ["s3:Get*", "s3:List*"], "Resource": "*"}
    assert more(granted(everything, boundary=reading)) is None
    assert more(granted(everything, others, writing)) is None
    assert more(granted(everything, others)) is not None
