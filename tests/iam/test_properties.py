"""Properties that hold for all policies and patterns."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labs.iam import (
    AccessRequest,
    Scope,
    Undecidable,
    decide,
    reaches,
)
from labs.iam.pattern import matches, representatives, wild
from tests.iam.policies import (
    BUCKET,
    NO,
    OBJECT,
    OTHER,
    REPO,
    YES,
    policy,
    when,
)

EFFECT = st.sampled_from(["Allow", "Deny"])
ACTIONS = st.sampled_from(["*", "ecr:*", "ecr:Put*", "ecr:PutImage", "ECR:put?mage", "s3:*", "s3:GetObject"])
RESOURCES = st.sampled_from(["*", REPO, OTHER, REPO + "*", "arn:aws:ecr:*:*:repository/*", f"{BUCKET}/*"])
TESTS = st.sampled_from(
    [{}, when("StringEquals", "k", "a"), when("StringNotLike", "k", "a*"), when("Null", "k", "true")]
)
BLOCKS = st.builds(
    lambda effect, not_action, action, not_resource, resource, condition: {
        "Effect": effect,
        "NotAction" if not_action else "Action": action,
        "NotResource" if not_resource else "Resource": resource,
        "Condition": condition,
    },
    EFFECT, st.booleans(), ACTIONS, st.booleans(), RESOURCES, TESTS,
)  # fmt: skip
POLICIES = st.lists(BLOCKS, min_size=1, max_size=5)
REQUESTS = st.builds(
    AccessRequest,
    st.sampled_from(["ecr:PutImage", "ecr:BatchGetImage", "s3:GetObject"]),
    st.sampled_from([REPO, OTHER, OBJECT]),
    context=st.sampled_from([{}, {"k": "a"}, {"k": "b"}, {"k": ["a", "b"]}]),
)


@pytest.mark.slow
@given(POLICIES, BLOCKS, REQUESTS)
def test_adding_a_deny_never_allows(blocks: Any, extra: Any, request: AccessRequest) -> None:
    """Another Deny may only take away."""
    after = decide(request, [policy(*blocks, {**extra, "Effect": "Deny"})])
    assert after is not YES or decide(request, [policy(*blocks)]) is YES


@pytest.mark.slow
@given(POLICIES, BLOCKS, REQUESTS)
def test_adding_an_allow_never_denies(blocks: Any, extra: Any, request: AccessRequest) -> None:
    """Another Allow may only add; what was explicitly denied stays so."""
    before = decide(request, [policy(*blocks)])
    after = decide(request, [policy(*blocks, {**extra, "Effect": "Allow"})])
    assert after is before or (before is NO and after is YES)


@pytest.mark.slow
@given(POLICIES, POLICIES, REQUESTS)
def test_a_boundary_never_allows_more(blocks: Any, boundary: Any, request: AccessRequest) -> None:
    """With a boundary nothing is allowed that is not allowed without."""
    within = decide(request, [policy(*blocks)], boundary=[policy(*boundary)])
    assert within is not YES or decide(request, [policy(*blocks)]) is YES


@pytest.mark.slow
@given(POLICIES, st.permutations(range(5)), REQUESTS)
def test_the_order_of_statements_does_not_count(
    blocks: Any, order: list[int], request: AccessRequest
) -> None:
    """Statements are a set."""
    shuffled = [blocks[at] for at in order if at < len(blocks)]
    assert decide(request, [policy(*shuffled)]) is decide(request, [policy(*blocks)])


@pytest.mark.slow
@given(POLICIES, REQUESTS)
def test_an_open_request_agrees_with_every_closed_one(blocks: Any, request: AccessRequest) -> None:
    """A decision made without knowing the context is the same with every context."""
    try:
        blind = decide(AccessRequest(request.action, request.resource, open=True), [policy(*blocks)])
    except Undecidable:
        return
    assert (blind is YES) == (decide(request, [policy(*blocks)]) is YES)


@pytest.mark.slow
@given(POLICIES, REQUESTS)
def test_nothing_is_allowed_where_nothing_is_reached(blocks: Any, request: AccessRequest) -> None:
    """If no reach is found, then every single request in the scope is refused; what is found, is allowed."""
    found = reaches([policy(*blocks)], Scope((request.action,), ("arn:*",)), [Scope(("*",), (REPO,))])
    if found is None and request.resource != REPO:
        assert decide(request, [policy(*blocks)]) is not YES
    if found and found.certain:
        assert decide(AccessRequest(found.action, found.resource), [policy(*blocks)]) is YES


PATTERN = st.text("ab*?", max_size=8)


@given(PATTERN, st.text("ab", max_size=8))
def test_wildcards_agree_with_a_plain_reference(pattern: str, text: str) -> None:
    """`*` is any run of characters and `?` one of them."""
    reference = re.compile(pattern.replace("?", "[ab]").replace("*", "[ab]*"))
    assert matches(wild(pattern), text) is bool(reference.fullmatch(text))


@pytest.mark.slow
@given(st.lists(PATTERN, max_size=4), PATTERN, st.text("abc", max_size=6))
def test_every_text_has_a_representative(patterns: list[str], within: str, text: str) -> None:
    """Each text within the limit matches the same patterns as one of the representatives."""
    chosen = representatives(map(wild, patterns), wild(within))
    assert all(matches(wild(within), name) for name in chosen)
    if matches(wild(within), text):
        profile = [matches(wild(pattern), text) for pattern in patterns]
        assert profile in [[matches(wild(pattern), name) for pattern in patterns] for name in chosen]


def test_many_stars_are_matched_in_no_time() -> None:
    """A pattern made to be slow is not: a learner's policy cannot hang a workshop."""
    assert not matches(wild("*a" * 60 + "b"), "a" * 2000)
