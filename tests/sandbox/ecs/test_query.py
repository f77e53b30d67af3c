"""The cluster query language: every example of the developer guide, each operator, and what is refused."""

from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labs.errors import BadExpression
from labs.sandbox.ecs.placement.host import Host
from labs.sandbox.ecs.placement.query import MAX_EXPRESSION_CHARACTERS, matches, parse


def instance(kind: str, zone: str, **others: object) -> Host:
    """A container instance of a type in a zone."""
    attributes = {"ecs.instance-type": kind, "ecs.availability-zone": zone, **others.pop("attributes", {})}
    return Host(f"arn:ci/{kind}-{zone}", cpu=1024, memory=2048, attributes=attributes, **others)


FLEET = {
    "old": instance(
        "t2.small",
        "us-east-1a",
        agent_version="1.14.4",
        registered_at=datetime(2018, 2, 12, 23, 59, tzinfo=UTC),
        instance_id="i-abcd1234",
        attributes={"stack": "prod", "size": "9"},
    ),
    "busy": instance(
        "t2.medium",
        "us-east-1b",
        agent_version="1.14.10",
        registered_at=datetime(2018, 6, 18, 22, 28, 28, tzinfo=UTC),
        instance_id="i-wxyx7890",
        running=1,
        groups={"service:production": 1, "database": 1},
        attributes={"stack": "test", "size": "10"},
    ),
    "gpu": instance(
        "g2.2xlarge",
        "us-east-1c",
        agent_version="1.15",
        registered_at=datetime(2020, 1, 1, tzinfo=UTC),
        instance_id="i-0g",
        agent_connected=False,
        attributes={"stack": None},
    ),
    "far": instance("g2.8xlarge", "us-east-1d", running=3, groups={"database": 3, "gone": 0}),
}


def selected(expression: str) -> set[str]:
    """The names of the instances in the fleet that an expression selects."""
    return {name for name, host in FLEET.items() if matches(parse(expression), host)}


EVERYONE = set(FLEET)
GUIDE = [
    ("attribute:ecs.instance-type == t2.small", {"old"}),
    ("attribute:ecs.availability-zone in [us-east-1a, us-east-1b]", {"old", "busy"}),
    ("attribute:ecs.instance-type =~ g2.* and attribute:ecs.availability-zone != us-east-1d", {"gpu"}),
    ("task:group == service:production", {"busy"}),
    ("not(task:group == database)", {"old", "gpu"}),
    ("runningTasksCount == 1", {"busy"}),
    ("agentVersion < 1.14.5", {"old"}),
    ("registeredAt < 2018-02-13", {"old"}),
    ("ec2InstanceId in ['i-abcd1234', 'i-wxyx7890']", {"old", "busy"}),
    ("attribute:ecs.instance-type == g2.2xlarge", {"gpu"}),
    ("attribute:stack == prod", {"old"}),
    ("attribute:stack != prod", {"busy", "gpu"}),
    ("attribute:ecs.instance-type in [t2.small, t2.medium]", {"old", "busy"}),
    ("attribute:ecs.instance-type =~ t2.* and attribute:ecs.availability-zone == us-east-1a", {"old"}),
    ("task:group == databases", set()),
]
OPERATORS = [
    ("attribute:stack equals prod", {"old"}),
    ("attribute:stack not_equals prod", {"busy", "gpu"}),
    ("attribute:stack exists", {"old", "busy", "gpu"}),
    ("attribute:stack !exists", {"far"}),
    ("attribute:stack not_exists", {"far"}),
    ("attribute:stack !in [prod, test]", {"gpu"}),
    ("attribute:stack not_in [prod]", {"busy", "gpu"}),
    ("attribute:stack matches p.*", {"old"}),
    ("attribute:stack !~ p.*", {"busy", "gpu"}),
    ("attribute:stack not_matches p.*", {"busy", "gpu"}),
    ("attribute:size > 9", {"busy"}),
    ("attribute:size <= 9", {"old"}),
    ("attribute:size >= 9.0", {"old", "busy"}),
    ("attribute:size == 9.0", set()),
    ("attribute:stack > prod", {"busy"}),
    ("agentConnected == true", {"old", "busy", "far"}),
    ("agentConnected != true", {"gpu"}),
    ("agentConnected in [false]", {"gpu"}),
    ("agentVersion == 1.15.0", {"gpu"}),
    ("agentVersion greater_than 1.14.9", {"busy", "gpu"}),
    ("agentVersion >= 1.14.10", {"busy", "gpu"}),
    ("agentVersion != 1.15", {"old", "busy"}),
    ("runningTasksCount greater_than_equal 1", {"busy", "far"}),
    ("runningTasksCount less_than 1", {"old", "gpu"}),
    ("runningTasksCount less_than_equal 1", {"old", "busy", "gpu"}),
    ("registeredAt == 2018-06-18T22:28:28+00:00", {"busy"}),
    ("registeredAt == 2018-06-18T22:28:28Z", {"busy"}),
    ("registeredAt == 2018-06-18T22:28:28", {"busy"}),
    ("registeredAt <= 2018-06-19T00:28:28+02:00", {"old", "busy"}),
    ("registeredAt > 2018-06-18", {"busy", "gpu"}),
    ("ec2InstanceId =~ i-.*0", {"busy"}),
    ("ec2InstanceId !~ i-.*0", {"old", "gpu"}),
    ("task:group != database", {"old", "gpu"}),
    ("task:group exists", {"busy", "far"}),
    ("task:group !exists", {"old", "gpu"}),
    ("task:group == gone", set()),
    ("task:group =~ service:.*", {"busy"}),
    ("task:group in [service:production, other]", {"busy"}),
]
COMPOUNDS = [
    ("attribute:stack == prod || attribute:stack == test", {"old", "busy"}),
    ("attribute:stack == prod or attribute:stack == test and runningTasksCount == 9", {"old"}),
    ("(attribute:stack == prod or attribute:stack == test) && runningTasksCount == 1", {"busy"}),
    ("not attribute:stack exists or attribute:stack == prod", {"far", "old"}),
    ("!(attribute:stack == prod)", {"busy", "gpu", "far"}),
    ("!!attribute:stack exists", {"old", "busy", "gpu"}),
    ("!attribute:stack exists", {"far"}),
    ("not not not (attribute:stack exists)", {"far"}),
    ("((attribute:stack==prod))", {"old"}),
    ("runningTasksCount<1 and attribute:stack exists", {"old", "gpu"}),
    ("\n attribute:stack\t==\n'prod' ", {"old"}),
    ('attribute:stack == "prod"', {"old"}),
    ("attribute:ecs.instance-type =~ t2.small|g2.*", {"old", "gpu", "far"}),
    ("attribute:ecs.instance-type =~ t2.small||attribute:stack == test", {"old", "busy"}),
    ("attribute:ecs.instance-type =~ [tg]2.{6,7}", {"old", "busy"}),
    ("attribute:ecs.instance-type =~ '(t2|g2).(small|8xlarge)'", {"old", "far"}),
    ("(attribute:ecs.instance-type =~ (t2|g2).(small|8xlarge))", {"old", "far"}),
    ("attribute:ecs.instance-type =~ '(?<family>t2).*'", {"old", "busy"}),
    ("attribute:ecs.instance-type =~ '.*(?<=small)'", {"old"}),
]


@pytest.mark.parametrize(("expression", "names"), GUIDE, ids=[text for text, _ in GUIDE])
def test_the_guides_example_selects_what_the_guide_says(expression, names):
    """Examples of cluster-query-language.html and task-placement-constraints.html."""
    assert selected(expression) == names


@pytest.mark.parametrize(("expression", "names"), OPERATORS, ids=[text for text, _ in OPERATORS])
def test_an_operator_compares_its_subject_as_what_it_is(expression, names):
    """Text, numbers, versions, moments and groups, by symbol and by name."""
    assert selected(expression) == names


@pytest.mark.parametrize(("expression", "names"), COMPOUNDS, ids=[text for text, _ in COMPOUNDS])
def test_expressions_combine(expression, names):
    """`not` binds closer than `and`, `and` closer than `or`; parentheses and quotes overrule."""
    assert selected(expression) == names


def test_a_pattern_matches_the_whole_value():
    """As Java's `matches` does: a prefix is not enough."""
    assert selected("attribute:ecs.instance-type =~ t2") == set()
    assert selected("attribute:ecs.instance-type =~ small") == set()


def test_words_that_are_operators_can_be_values():
    """A stack may be called `and`, `in` or `exists`."""
    host = instance("t2.small", "a", attributes={"stack": "and", "not": "in"})
    assert matches(parse("attribute:stack == and and attribute:not == in"), host)
    assert not matches(parse("attribute:stack == or or attribute:not == exists"), host)


def test_an_instance_that_has_nothing_to_show_satisfies_no_comparison():
    """No version, no EC2 instance, no date: neither the operator nor its opposite holds."""
    bare = Host("arn:ci/bare", cpu=0, memory=0)
    for subject, value in [
        ("agentVersion", "1.0"),
        ("ec2InstanceId", "i-1"),
        ("registeredAt", "2018-01-01"),
        ("attribute:x", "1"),
    ]:
        assert not matches(parse(f"{subject} == {value}"), bare)
        assert not matches(parse(f"{subject} != {value}"), bare)


REFUSED = [
    ("", 0),
    ("   ", 3),
    ("attribute:stack", 15),
    ("attribute:stack ==", 18),
    ("attribute:stack = prod", 16),
    ("attribute:stack === prod", 18),
    ("attribute: == prod", 0),
    ("instance-type == t2.small", 0),
    ("pendingTasksCount == 1", 0),
    ("agentConnectedTwice == true", 0),
    ("attribute:stack prod", 16),
    ("attribute:stack equalsprod", 16),
    ("attribute:stack == prod test", 24),
    ("attribute:stack exists prod", 23),
    ("attribute:stack == [prod]", 19),
    ("attribute:stack in prod", 19),
    ("attribute:stack in []", 20),
    ("attribute:stack in [prod", 24),
    ("attribute:stack in [prod,]", 25),
    ("attribute:stack in [prod test]", 25),
    ("attribute:stack == 'prod", 19),
    ("(attribute:stack == prod", 24),
    ("attribute:stack == prod)", 23),
    ("attribute:stack == prod and", 27),
    ("and attribute:stack == prod", 0),
    ("attribute:stack == prod & attribute:stack exists", 24),
    ("attribute:stack =~ t2.(small|medium", 22),
    ("attribute:stack =~ *", 19),
    ("attribute:stack =~ [[a]b]", 19),
    ("attribute:stack =~ a{99999999999}", 19),
    ("attribute:stack AND attribute:x exists", 16),
    ("agentConnected > true", 15),
    ("agentConnected exists", 15),
    ("agentVersion in [1.0]", 13),
    ("agentVersion =~ 1.*", 13),
    ("agentVersion < latest", 15),
    ("agentVersion < 1..2", 15),
    ("ec2InstanceId > i-1", 14),
    ("registeredAt =~ 2018.*", 13),
    ("registeredAt < yesterday", 15),
    ("registeredAt < 20180618", 15),
    ("registeredAt < 2018-13-01", 15),
    ("registeredAt < 2018-06-18T25:00:00", 15),
    ("runningTasksCount == many", 21),
    ("runningTasksCount == -1", 21),
    ("runningTasksCount == 1.5", 21),
    ("runningTasksCount == ²", 21),
    ("runningTasksCount in [1]", 18),
    ("task:group > a", 11),
    ("task:family == a", 0),
    ("attribute:" + "x" * 129 + " exists", 138),
]


@pytest.mark.parametrize(("expression", "position"), REFUSED, ids=[text[:40] for text, _ in REFUSED])
def test_what_is_no_expression_is_refused_where_it_breaks(expression, position):
    """The message counts characters from one."""
    with pytest.raises(BadExpression, match=f"at character {position + 1}: ") as refused:
        parse(expression)
    assert refused.value.position == position


def test_an_expression_has_at_most_2000_characters():
    """2000 are fine, one more is not."""
    longest = "attribute:stack == prod".ljust(MAX_EXPRESSION_CHARACTERS)
    assert selected(longest) == {"old"}
    with pytest.raises(BadExpression, match="at most 2000"):
        parse(longest + " ")


@pytest.mark.parametrize("opened", ["!", "(", "!(", "not "])
def test_the_deepest_nesting_is_no_trouble(opened):
    """As many levels as 2000 characters hold are parsed and evaluated."""
    innermost = "attribute:stack exists"
    levels = (MAX_EXPRESSION_CHARACTERS - len(innermost)) // (len(opened) + opened.count("("))
    levels -= levels % 2
    text = opened * levels + innermost + ")" * (levels * opened.count("("))
    assert selected(text) == {"old", "busy", "gpu"}


def test_equal_text_is_parsed_once():
    """Services are asked about their constraints again and again."""
    assert parse("runningTasksCount == 7") is parse("runningTasksCount == 7")


ATOMS = st.sampled_from([text for text, _ in GUIDE + OPERATORS if " and " not in text])


@pytest.mark.slow
@given(ATOMS, ATOMS, ATOMS)
def test_the_laws_of_logic_hold(first, second, third):
    """De Morgan, and the precedence of `and` over `or`."""
    a, b, c = selected(first), selected(second), selected(third)
    assert selected(f"{first} or {second} and {third}") == a | (b & c)
    assert selected(f"({first} or {second}) and {third}") == (a | b) & c
    assert (
        selected(f"not ({first} or {second})") == selected(f"!({first}) && !({second})") == EVERYONE - (a | b)
    )


SUBJECTS = ["attribute:a", "task:group", "registeredAt"]
OPERATORS_AND_SIGNS = [
    "==",
    "=~",
    "!in",
    "exists",
    "and",
    "or",
    "not",
    "!",
    "&&",
    "||",
    "(",
    ")",
    "[",
    "]",
    ",",
    "'",
]
ARGUMENTS = ["x", "2018-01-01", "*", "\\", "é", "\0", " "]


@given(st.lists(st.sampled_from(SUBJECTS + OPERATORS_AND_SIGNS + ARGUMENTS)))
def test_any_text_is_parsed_or_refused(pieces):
    """Nothing but BadExpression comes out of the parser, and what is parsed can be asked."""
    with suppress(BadExpression):
        assert selected(" ".join(pieces)) <= EVERYONE
