"""The objectives that are nearest to a card."""

from __future__ import annotations

import pytest

from labs.content.deck import Card, parse
from labs.content.lab import Lab
from labs.content.pack import open_catalog
from labs.study.practice_links import practices
from labs.study.suggest import Ranking, card_links


@pytest.fixture(scope="module")
def labs() -> list[Lab]:
    return open_catalog().all()


@pytest.fixture(scope="module")
def ranking(labs: list[Lab]) -> Ranking:
    return Ranking(labs)


@pytest.fixture(scope="module")
def own(labs: list[Lab]) -> frozenset[str]:
    return frozenset(lab.id for lab in labs)


def card(question: str, answer: str = "-") -> Card:
    (only,) = parse(f"{question}\n\n---\n\n{answer}\n".encode()).cards
    return only


@pytest.mark.parametrize(
    ("question", "answer", "objective"),
    [
        ("How do I spread tasks over availability zones?", "A placement strategy", "ecs-placement-spread#"),
        ("Which volume outlives a Fargate task?", "An EFS file system", "ecs-efs-volume#"),
        ("How are untagged images removed?", "A lifecycle policy expires them", "ecr-repository#"),
    ],
)
def test_the_nearest_objective_shares_the_telling_words(
    ranking: Ranking, own: frozenset[str], question: str, answer: str, objective: str
) -> None:
    assert ranking.nearest(card(question, answer), 1, own)[0].name.startswith(objective)


def test_a_card_that_shares_only_common_words_gets_none(ranking: Ranking, own: frozenset[str]) -> None:
    """Every objective has a "the"; that makes none of them near."""
    assert ranking.nearest(card("Is the zodiac of a unicorn the zodiac?"), 3, own) == ()


def test_plurals_are_the_same_word(ranking: Ranking, own: frozenset[str]) -> None:
    one, many = card("mount target"), card("mount targets")
    assert ranking.nearest(one, 5, own) == ranking.nearest(many, 5, own) != ()


def test_most_cards_of_the_built_in_deck_find_a_lab_of_theirs(
    labs: list[Lab], ranking: Ranking, own: frozenset[str]
) -> None:
    """By words alone, for 20 of the 23 one of three suggestions is of a lab that practises the card."""
    (deck,) = open_catalog().decks()
    linked = {(link.card, link.lab) for link in practices(labs, [deck])}
    found = [
        card
        for card in deck.cards
        if any((deck.ref(card), near.lab) in linked for near in ranking.nearest(card, 3, own))
    ]
    assert len(found) >= 20


def test_only_cards_without_a_lab_get_suggestions(labs: list[Lab]) -> None:
    """A card that cannot be asked is left out."""
    deck = parse(
        b"<!-- labs: ecs-placement#binpack-memory -->\nBinpack?\n\n---\n\nmemory\n\n===\n\n"
        b"Random placement?\n\n---\n\nrandom\n\n===\n\nNo answer\n"
    )
    linked, free = card_links(deck, labs, 2, {lab.id for lab in labs})
    assert (linked.labs, linked.nearest) == (("ecs-placement",), ())
    assert free.labs == ()
    assert len(free.nearest) == 2
    assert all(each.nearest == () for each in card_links(deck, labs))


ELSEWHERE = (
    ("What's Amazon S3?", "Object storage: buckets hold objects of up to 5 TB"),
    ("What does KMS do with your master key?", "It never leaves the HSM; data keys are encrypted by it"),
    ("What is a NAT gateway for?", "It lets instances in private subnets reach the internet"),
    ("How long can a Lambda function run?", "15 minutes"),
    ("What does an IAM role give to an EC2 instance?", "Temporary credentials, by an instance profile"),
    ("How does SQS keep failed messages?", "In a dead-letter queue"),
)


@pytest.mark.parametrize(("question", "answer"), ELSEWHERE)
def test_a_deck_of_another_subject_gets_no_suggestion(ranking: Ranking, question: str, answer: str) -> None:
    assert ranking.nearest(card(question, answer), 3) == ()


def test_a_card_of_another_pack_gets_what_is_really_near(ranking: Ranking) -> None:
    found = ranking.nearest(card("List ECS Task Placement Strategies", "binpack, spread and random"), 1)
    assert [each.lab.startswith("ecs-placement") for each in found] == [True]
