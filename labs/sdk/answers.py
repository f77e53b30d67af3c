"""Helpers that many checks need: missing resources, pages of answers, comparisons, ARNs, leftovers."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Any, TypeVar

from labs.errors import CannotTell
from labs.sdk.values import Account, Failed, Leftover, Leftovers, Names, Outcome, Passed

T = TypeVar("T")


def asked(call: Callable[[], T], gone: str | Collection[str]) -> T | None:
    """The answer to a call; None if AWS answers with one of these error codes, which mean that nothing exists.

    `asked(lambda: s3.get_bucket_policy(Bucket=name), gone="NoSuchBucketPolicy")`. The answer to a HEAD request has no
    body: its code is "404". Every other error is raised, and makes the objective `inconclusive`.
    """
    from botocore.exceptions import ClientError

    codes = {gone} if isinstance(gone, str) else set(gone)
    try:
        return call()
    except ClientError as error:
        if error_code(error) in codes:
            return None
        raise


def error_code(error: Any) -> str:
    """The code in a botocore `ClientError`, such as `NoSuchBucket`."""
    return str(error.response.get("Error", {}).get("Code", ""))


def pages(client: Any, operation: str, key: str, *, optional: bool = False, **given: Any) -> Iterator[Any]:
    """The items of all pages of an operation's answer: `pages(account.sns, "list_topics", "Topics")`.

    With `optional`, AWS may leave the key out if there are no items, as ListQueues does. Otherwise a missing key is an
    error.
    """
    answers = (
        client.get_paginator(operation).paginate(**given)
        if client.can_paginate(operation)
        else [getattr(client, operation)(**given)]
    )
    for answer in answers:
        yield from answer.get(key, ()) if optional else answer[key]


def first_of(things: Sequence[T], what: str) -> T:
    """The first item. Raises CannotTell if AWS answered with an empty list and no error."""
    if not things:
        raise CannotTell(f"AWS returned an empty answer for {what}")
    return things[0]


def equal(
    found: object, wanted: object, what: str, hint: str, evidence: str | tuple[str, ...] = ()
) -> Outcome:
    """Passed if the found value equals the wanted one. Both are shown as in "visibility timeout 60".

    Compare several values as a tuple ("ENABLED, expires") or a dict ("HASH: id, RANGE: date"). Both must have the same
    type: SQS, for example, returns numbers as text.
    """
    if found == wanted:
        return Passed(f"{what} {_text(found)}", evidence)
    return Failed(f"{what} {_text(found)}", f"{what} {_text(wanted)}", hint, evidence)


def _text(value: object) -> str:
    match value:
        case None:
            return "not set"
        case dict():
            return ", ".join(f"{key}: {_text(each)}" for key, each in value.items()) or "none"
        case list() | tuple():
            return ", ".join(map(_text, value)) or "none"
        case _:
            return str(value)


def absent(account: Account, kind: str, name: str, names: Callable[[Account], Iterable[str]]) -> Failed:
    """Failed, for a resource that does not exist: "no queue orders in eu-west-1", with similar names.

    `names` returns the names of all such resources in a Region. It is called for neighbouring Regions too.
    """
    return Failed(
        found=f"no {kind} {name} in {account.region}",
        expected=f"{kind} {name}",
        hint=f"Check the name of the {kind} and the Region.",
        near=account.nearby(name, names),
    )


def leftovers(
    kind: str,
    parameters: Iterable[str],
    find: Callable[[Account, str], str | None],
    reads: tuple[str, ...] = (),
) -> Leftovers:
    """A finder of the resources of one kind by the lab's parameters: `leftovers("topic", ["topic"], topic_arn)`.

    `find` returns the id with which AWS's API removes the resource of this name; None if it does not exist.
    `reads` are operations that only the clean-up calls. The reference lists the kinds.
    """
    chosen = tuple(parameters)

    def left(account: Account, lab: Names, seen: Sequence[str]) -> Iterator[Leftover]:  # noqa: ARG001 - the signature of Leftovers
        for parameter in chosen:
            found = find(account, lab[parameter])
            if found is not None:
                yield Leftover(kind, found, lab[parameter])

    return Leftovers(left, reads)


def arn(account: Account, service: str, resource: str) -> str:
    """The ARN of a resource of the account: `arn(account, "sqs", "orders")`. Not for S3, whose ARNs name no account."""
    region = "" if service == "iam" else account.region
    return f"arn:{partition(account)}:{service}:{region}:{account.id}:{resource}"


def partition(account: Account) -> str:
    """The partition of the account's Region: `aws`, `aws-cn`, `aws-us-gov` or `aws-eusc`."""
    return partition_of(account.region)


def partition_of(region: str) -> str:
    """The partition of a Region, according to botocore's `partitions.json` (without the isolated US partitions)."""
    for prefix in ("cn", "us-gov", "eusc"):
        if region.startswith(f"{prefix}-"):
            return f"aws-{prefix}"
    return "aws"


def furthest(
    account: Account, candidates: Sequence[T], judges: Sequence[Callable[[Account, T], Outcome]]
) -> T:
    """The best candidate: of two, the first judge that only one of them passes decides; of equals, the first.

    A judge that raises CannotTell counts as not passed. A single candidate is returned without calling a judge.
    """
    if len(candidates) == 1:
        return candidates[0]
    return max(candidates, key=lambda each: [_passes(account, each, judge) for judge in judges])


def _passes(account: Account, candidate: T, judge: Callable[[Account, T], Outcome]) -> bool:
    try:
        return isinstance(judge(account, candidate), Passed)
    except CannotTell:
        return False


def batches(items: Iterable[str], size: int) -> Iterator[list[str]]:
    """The items in lists of at most `size`, for operations that take a limited number of names."""
    batch: list[str] = []
    for item in items:
        batch.append(item)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
