"""Answers of S3 that are no XML: to HEAD requests, a bucket's policy, and the content of an object."""

from __future__ import annotations

import json
from typing import Any

import pytest

from labs.aws.read_only_guard import read_only_guard
from labs.aws.redaction import Redaction
from labs.aws.session import ConnectionOptions, open_session
from labs.sdk import Account, Names, Objective, Outcome, Passed, asked
from labs.verdict import State
from labs.verify.replay import answers, recorded_session
from labs.verify.runner import verify
from tests.builders import job, shared_session

READS = ("s3:HeadBucket", "s3:HeadObject", "s3:GetBucketPolicy", "s3:GetBucketLocation")
POLICY = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:DeleteObject",
                "Resource": "arn:aws:s3:::site/*",
            }
        ],
    }
)


@pytest.mark.slow
def test_head_requests_and_policies_are_answers(moto: None) -> None:
    s3: Any = shared_session().client("s3")
    s3.create_bucket(Bucket="site", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_object(Bucket="site", Key="index.html", Body=b"hello")
    s3.put_bucket_policy(Bucket="site", Policy=POLICY)

    def looks(account: Account, lab: Names) -> Outcome:
        account.s3.head_bucket(Bucket="site")
        size = account.s3.head_object(Bucket="site", Key="index.html")["ContentLength"]
        missing = asked(lambda: account.s3.head_object(Bucket="site", Key="other"), gone="404")
        policy = account.s3.get_bucket_policy(Bucket="site")["Policy"]
        assert json.loads(policy)["Statement"]
        return Passed(f"{size} {missing}")

    with read_only_guard():
        verdict = verify([job(Objective("one", looks), reads=READS)], open_session(ConnectionOptions()))
    [found] = verdict.labs[0].findings
    assert (found.state, found.found) == (State.PASSED, "5 None"), found.message


@pytest.mark.slow
def test_each_check_reads_the_content_of_an_object(moto: None) -> None:
    """The answer is asked for once; every check has a stream of its own, and a replay has the same bytes."""
    s3: Any = shared_session().client("s3")
    s3.create_bucket(Bucket="site", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_object(Bucket="site", Key="hours.txt", Body=b"open\ndaily, with token=hunter22\n")

    def says(account: Account, lab: Names) -> Outcome:
        body = account.s3.get_object(Bucket="site", Key="hours.txt")["Body"]
        lines = [line.decode().partition(",")[0] for line in body.iter_lines()]
        return Passed(" ".join(lines), evidence="Body")

    objectives = (Objective("one", says), Objective("two", says, needs=("one",)))
    the_job = job(*objectives, reads=("s3:GetObject",))
    with read_only_guard():
        session = open_session(ConnectionOptions())
        then = verify([the_job], session)
        kept = answers(session.scope, Redaction(b"salt"))
        now = verify([the_job], recorded_session(kept, "eu-west-1", None, sandbox=False))
    assert session.scope.requests == 2  # one more says whose the account is
    for verdict in (then, now):
        assert [each.found for each in verdict.labs[0].findings] == ["open daily"] * 2, verdict
    assert then.labs[0].findings[0].evidence[0].value.startswith("open")
    assert "hunter22" not in str(now)
