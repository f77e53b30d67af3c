"""A verdict as text, JSON, JUnit and Markdown: readable at every width, inert whatever names it holds."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

import labs.show
from labs.content.lab import Lab
from labs.show import verdict_files, verdict_json, verdict_text
from labs.verdict import AccountIdentity, Evidence, Finding, LabVerdict, State, Verdict
from tests.builders import ACCOUNT, lab

SCHEMA = json.loads((Path(labs.show.__file__).parent / "check.schema.json").read_text("utf-8"))
VALID = jsonschema.Draft202012Validator(SCHEMA)
ANSI = re.compile(r"\x1b\[[0-9;]*m")
IDS = ("cluster", "task-definition", "service", "binpack-memory", "packed")
ARN = f"arn:aws:iam::{ACCOUNT}:user/a"
TARGET = AccountIdentity("sandbox", ACCOUNT, "eu-west-1", "http://127.0.0.1:4566", ARN)


def verdict(name: str = "labs-placement", **target: Any) -> Verdict:
    """One finding of each state, with this name wherever a name of the learner's can be."""
    seen = Evidence(
        "ecs",
        "DescribeServices",
        "services[0]",
        {name: name, "createdAt": datetime(2026, 11, 22, tzinfo=UTC)},
    )
    findings = (
        Finding(
            "cluster",
            f"Cluster {name} is ACTIVE",
            State.PASSED,
            (),
            found=f"{name} is ACTIVE",
            evidence=(seen,),
        ),
        Finding(
            "task-definition",
            "It reserves memory",
            State.FAILED,
            ("service",),
            found=f"{name}:3 reserves no memory at all, neither hard nor soft",
            expected="a memory limit or reservation",
            message="By what could ECS tell how many tasks fit on an instance?",
            near=(name, f"{name} in us-east-1"),
            cards=("aws-ecs:1",),
        ),
        Finding(
            "service",
            "It is there",
            State.INCONCLUSIVE,
            (),
            message=f"not allowed: {name}",
            action="ecs:DescribeServices",
        ),
        Finding("binpack-memory", "It packs", State.BLOCKED, ("service",), message="blocked by service"),
        Finding(
            "packed",
            "It is packed",
            State.BLOCKED,
            ("binpack-memory",),
            message="blocked by binpack-memory",
        ),
    )
    return Verdict(
        replace(TARGET, **target),
        (LabVerdict("made-up", "A made-up lab", {"cluster": name}, findings, 0.41),),
        9,
        0.5,
    )


def all_passed() -> Verdict:
    one = verdict()
    findings = tuple(
        replace(each, state=State.PASSED, found="it is", cards=("aws-ecs:1",))
        for each in one.labs[0].findings
    )
    return replace(one, labs=(replace(one.labs[0], findings=findings),))


def shown(of: Verdict, width: int = 80, task: Lab | None = None) -> str:
    made = task or lab(*IDS)
    return verdict_text.verdict_text(of, {"made-up": made}, width, {"aws-ecs:1": "Which resource?"})


def as_markdown(of: Verdict) -> str:
    return verdict_files.markdown(of, "0.1.0")


def as_json(of: Verdict) -> str:
    return verdict_json.dumps(verdict_json.verdict_document(of))


HOSTILE = {
    "colour": "\x1b[31mred\x1b[0m",
    "title": "\x1b]0;owned\x07",
    "link": "\x1b]8;;https://example.com\x1b\\here\x1b]8;;\x1b\\",
    "C1": "\x9b31m\x85",
    "NUL and bell": "a\x00b\x07c",
    "carriage return": "harmless\rfailed",
    "rich markup": "[bold red]red[/bold red] [/] [link=https://example.com]",
    "table": "a | b || c \\| d",
    "html": "<script>alert(1)</script> &amp; ]]> <!-- -->",
    "newlines": "one\n\n| two\n# three",
    "not characters": "\ufffe\uffff",
    "half a pair": "\ud800 \udfff",
    "long": "x" * 400,
    "braces": "{cluster} {0} %s",
    "empty": "",
}
hostile = pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
any_text = st.text(st.characters(exclude_categories=()), max_size=40)


@hostile
def test_no_name_steers_the_terminal(name: str) -> None:
    """The text has as many escape sequences as with a harmless name, and no other control character than newline."""
    output = shown(verdict(name))
    assert len(ANSI.findall(output)) == len(ANSI.findall(shown(verdict())))
    assert re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", ANSI.sub("", output)) is None


@hostile
def test_no_name_breaks_the_markdown_table(name: str) -> None:
    """Each row has its four cells; no markup of a name is left."""
    lines = as_markdown(verdict(name)).splitlines()
    rows = [line for line in lines if line.startswith("|")]
    assert len(rows) == 2 + len(IDS)
    assert lines[-len(rows) :] == rows
    for row in rows:
        assert len(re.findall(r"(?<!\\)(?:\\\\)*\|", row)) == 5, row
        assert "<" not in row
        assert re.search(r"[\x00-\x1f\x7f-\x9f]", row) is None


@hostile
def test_no_name_makes_junit_malformed(name: str) -> None:
    """A parser reads the XML, and finds each objective in its state."""
    output = verdict_files.junit(verdict(name)).encode("utf-8")
    suite = ET.fromstring(output)[0]
    assert [suite.get(key) for key in ("tests", "failures", "errors", "skipped")] == ["5", "1", "1", "2"]
    cases = {case.get("name"): [child.tag for child in case] for case in suite}
    assert cases == {
        "cluster": [],
        "task-definition": ["failure"],
        "service": ["error"],
        "binpack-memory": ["skipped"],
        "packed": ["skipped"],
    }


@hostile
def test_json_says_every_name_as_it_is_and_is_one_ascii_document(name: str) -> None:
    """JSON escapes instead of stripping: scripts get what AWS said, and every pipe can carry it."""
    output = as_json(verdict(name))
    assert output.isascii()
    document = json.loads(output)
    VALID.validate(document)
    assert document["labs"][0]["parameters"] == {"cluster": name}
    assert document["labs"][0]["objectives"][0]["evidence"][0]["value"][name] == name


@pytest.mark.slow
@given(any_text)
def test_any_name_is_inert_in_every_format(name: str) -> None:
    """Whatever characters there are."""
    made = verdict(name)
    assert "\x1b" not in ANSI.sub("", shown(made))
    ET.fromstring(verdict_files.junit(made).encode("utf-8"))
    VALID.validate(json.loads(as_json(made)))
    assert len([line for line in as_markdown(made).splitlines() if line.startswith("|")]) == 7


@pytest.mark.parametrize("made", [verdict, all_passed], ids=["mixed", "all passed"])
@pytest.mark.parametrize("width", [40, 60, 80, 200])
def test_text_keeps_to_the_width(width: int, made: Callable[[], Verdict]) -> None:
    """No line is wider than the terminal, nor than reads well."""
    lines = ANSI.sub("", shown(made(), width)).splitlines()
    assert max(map(len, lines)) <= min(width, verdict_text.MAX_COLUMNS), max(lines, key=len)


@pytest.mark.parametrize("width", [1, 40, 60, 80, 200])
def test_no_word_is_lost_at_any_width(width: int) -> None:
    """Narrow lines wrap, they do not cut."""
    output = " ".join(ANSI.sub("", shown(verdict(), width)).split())
    for wanted in (
        *IDS,
        "labs-placement is ACTIVE",
        "found",
        "similar",
        "expected",
        "hint",
        "labs-placement in us-east-1",
        "inconclusive: not allowed",
        f"checked as {ARN}",
        "labs policy made-up",
        "blocked by service",
        "1 of 5 passed",
        "1 inconclusive",
        "9 calls, 0.5 s",
        ACCOUNT,
        "eu-west-1",
        "http://127.0.0.1:4566",
    ):
        assert wanted in output


def test_signs_say_it_without_colour() -> None:
    """Each state has its own sign, in the order of the lab."""
    lines = ANSI.sub("", shown(verdict())).splitlines()
    signs = [line.split()[:2] for line in lines if line.split()[1:2] and line.split()[1] in IDS]
    assert signs == [
        ["✓", "cluster"],
        ["✗", "task-definition"],
        ["?", "service"],
        ["·", "binpack-memory"],
        ["·", "packed"],
    ]


def test_a_finished_lab_says_what_it_practised_and_how_to_put_it_away() -> None:
    output = ANSI.sub("", shown(all_passed()))
    assert "✓ 5 of 5 passed. made-up is done. You practiced 1 card:" in output
    assert "Which resource?" in output
    assert output.endswith("Clean up: labs clean made-up")
    demo = verdict_text.demo_text(all_passed(), lab(*IDS), 80, {})
    assert "labs clean" not in demo, "the sandbox of the demo is deleted"


def test_a_part_of_a_lab_is_not_a_finished_lab() -> None:
    """With `--objective` all that was judged may pass, and the lab is not done."""
    done = all_passed()
    part = replace(done, labs=(replace(done.labs[0], findings=done.labs[0].findings[:2]),))
    output = shown(part)
    assert "is done" not in output
    assert "2 of 2" in output


def test_several_labs_end_with_their_sum() -> None:
    one = verdict()
    both = replace(one, labs=(*one.labs, *one.labs))
    assert "0 of 2 labs done · 2 objectives inconclusive · 9 calls, 0.5 s" in shown(both)


def test_json_of_a_run_at_nobody_is_valid() -> None:
    """The target's fields are null where nobody answered, and an error's document has the same shape."""
    nobody = verdict(account=None, region=None, endpoint=None, arn=None)
    VALID.validate(json.loads(as_json(nobody)))
    jsonschema.validate(
        json.loads(verdict_json.dumps(verdict_json.error_document("check", "no such lab"))), SCHEMA
    )


def test_json_holds_what_the_contract_names() -> None:
    """Every key of the contract, with near names joined to what was found."""
    document = json.loads(as_json(verdict()))
    assert (document["schema"], document["calls"], document["seconds"], document["error"]) == (
        1,
        9,
        0.5,
        None,
    )
    found = document["labs"][0]
    assert (found["passed"], found["score"], found["total"]) == (False, 1, 5)
    failed, unseen = found["objectives"][1:3]
    assert failed["found"].endswith("; near: labs-placement, labs-placement in us-east-1")
    assert (failed["needs"], failed["cards"], failed["action"]) == (["service"], ["aws-ecs:1"], None)
    assert (unseen["state"], unseen["action"]) == ("inconclusive", "ecs:DescribeServices")
    assert found["objectives"][0]["evidence"][0]["value"]["createdAt"] == "2026-11-22T00:00:00+00:00"


@pytest.mark.parametrize(
    "spoil",
    [
        {"schema": 2},
        {"calls": -1},
        {"target": {"kind": "azure", "account": None, "region": None, "endpoint": None, "arn": None}},
        {"target": {"kind": "aws", "account": "12345", "region": None, "endpoint": None, "arn": None}},
        {"more": 1},
    ],
    ids=["version", "calls", "kind", "account", "unknown key"],
)
def test_the_schema_refuses_what_the_contract_does_not_allow(spoil: dict[str, Any]) -> None:
    document = {**json.loads(as_json(verdict())), **spoil}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, SCHEMA)
