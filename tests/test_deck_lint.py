"""`labs decks check`: its warnings about decks, and the JSON of the contract."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from labs.content.deck import parse
from labs.content.deck_lint import has_errors, lint, report

DECKS = Path(__file__).parent.parent / "decks"
SCHEMA = {
    "type": "object",
    "required": ["schema", "decks"],
    "additionalProperties": False,
    "properties": {
        "schema": {"const": 1},
        "decks": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["path", "cards", "ids", "problems"],
                "additionalProperties": False,
                "properties": {
                    "path": {"type": "string"},
                    "cards": {"type": "integer", "minimum": 0},
                    "ids": {"type": "array", "items": {"type": "string"}, "uniqueItems": True},
                    "problems": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["line", "code", "level", "message"],
                            "additionalProperties": False,
                            "properties": {
                                "line": {"type": "integer", "minimum": 1},
                                "code": {"type": "string", "pattern": "^[a-z0-9-]+$"},
                                "level": {"enum": ["error", "warning"]},
                                "message": {"type": "string", "minLength": 1},
                            },
                        },
                    },
                },
            },
        },
    },
}
GOOD = b"Q1\n\n---\n\nA1\n\n===\n\nQ2\n\n---\n\nA2\n"


def codes(raw: bytes) -> list[tuple[int, str]]:
    return [(problem.line, problem.code) for problem in lint(parse(raw))]


def card(question: str, answer: str) -> bytes:
    return f"{question}\n\n---\n\n{answer}\n".encode()


def test_a_good_deck_gives_no_warning():
    assert codes(GOOD) == []


def test_the_first_deck_is_warned_only_of_its_question_with_two_counts():
    (problem,) = lint(parse((DECKS / "aws-ecs.md").read_bytes()))
    assert (problem.line, problem.code, problem.level) == (206, "several-counts", "warning")
    assert "(3) and (1)" in problem.message


WARNINGS = {
    "a byte order mark": (b"\xef\xbb\xbf" + GOOD, [(1, "byte-order-mark")]),
    "front matter": (b"---\na: b\n---\n" + GOOD, [(1, "front-matter")]),
    "Windows line ends": (GOOD.replace(b"\n", b"\r\n"), [(1, "windows-line-ends")]),
    "Windows line ends further down": (b"Q\n\n---\r\nA\n", [(3, "windows-line-ends")]),
    "control characters": (b"Q\n\n---\n\nA\x1b[2J\nB\x07\n", [(5, "control-characters")]),
    "a space behind ---": (b"Q\n\n--- \n\nA\n", [(3, "inexact-separator")]),
    "a long ===": (GOOD.replace(b"===", b"===="), [(7, "inexact-separator")]),
    "a heading's underline": (GOOD.replace(b"A1\n\n===", b"A1\n==="), [(6, "separator-without-blank")]),
    "a question right above ---": (b"Q\n---\nA\n", [(2, "separator-without-blank")]),
    "a --- in a fence": (
        card("Q", "```yaml\n---\n===\n```"),
        [(6, "separator-in-fence"), (7, "separator-in-fence")],
    ),
    "a second ---": (card("Q", "A\n\n---\n\nB\n\n---\n\nC") + b"\n===\n\n" + GOOD, [(7, "second-answer")]),
    "nothing between ===": (GOOD.replace(b"===", b"===\n\n==="), [(9, "empty-card")]),
    "two === in a row": (GOOD.replace(b"===", b"===\n==="), [(8, "empty-card")]),
    "nothing before ===": (b"\n===\n\n" + GOOD, [(2, "empty-card")]),
    "nothing behind ===": (GOOD + b"\n===\n", [(15, "trailing-separator")]),
    "an id below ---": (card("Q", "A <!-- id: x -->"), [(3, "comment-in-answer")]),
    "two counts": (card("Q (1) and (2)", "- a\n- b\n- c"), [(1, "several-counts")]),
    "another count": (card("Q (2)", "- a\n- b\n- c"), [(1, "count-differs")]),
    "a count of prose": (card("Q (2)", "a and b"), [(1, "count-differs")]),
    "a long list": (card("Q (6)", "- a\n" * 6), [(1, "many-items")]),
    "a picture for an answer": (card("Q (2)", "![image](u)"), [(1, "picture-answer")]),
    "a picture without address": (card("Q", "A <img alt=x>"), [(1, "picture-without-address")]),
    "a name taken for a tag": (card("Q", "Write arn:aws:s3:::<bucket_name>/*"), [(1, "unknown-tag")]),
}


@pytest.mark.parametrize(("raw", "expected"), WARNINGS.values(), ids=WARNINGS.keys())
def test_each_warning_names_its_line(raw: bytes, expected: list[tuple[int, str]]):
    assert codes(raw) == expected
    assert {problem.level for problem in lint(parse(raw))} == {"warning"}


SILENT = {
    "code with a tag": card("Q", "`<bucket_name>`\n\n```\n<file>.pem\n```"),
    "HTML that is shown": card("Q", "a<br>b <b>c</b> <sub>2</sub> <https://x.example> \\<x> 1 < 2 > 0"),
    "a comment that says nothing to us": card("Q", "A <!-- note: x -->"),
    "a count of one with prose": card("Q (1)", "A"),
    "what only looks like a count": card("Q (version 1 and version 2)", "- a\n- b"),
    "five items": card("Q (5)", "- a\n" * 5),
    "no newline at the end": GOOD.rstrip(b"\n"),
    "a rule of stars": card("Q", "A\n\n***\n\nB"),
    "a tab in code": card("Q", "```make\nall:\n\techo\n```"),
}


@pytest.mark.parametrize("raw", SILENT.values(), ids=SILENT.keys())
def test_what_is_right_gives_no_warning(raw: bytes):
    assert codes(raw) == []


def test_errors_and_warnings_come_in_the_order_of_lines():
    raw = b"Q1\n\n---\n\nA <x>\n\n===\n\nQ2 (2)\n\n---\n\n===\n"
    assert codes(raw) == [(1, "unknown-tag"), (11, "empty-answer"), (13, "trailing-separator")]


def test_a_file_that_is_refused_gets_no_advice_on_its_separators():
    assert codes(b"a\n---\nb\n---\nc\n---\n") == [(2, "not-a-deck")]


def test_the_report_has_the_shape_of_the_contract(tmp_path: Path):
    (tmp_path / "good.md").write_bytes(GOOD)
    (tmp_path / "bad.md").write_bytes(b"\n---\nA\xff\n")
    (tmp_path / "notes.txt").write_bytes(b"not read")
    found = report([tmp_path, tmp_path / "missing.md", DECKS / "aws-ecs.md"])
    jsonschema.validate(json.loads(json.dumps(found)), SCHEMA)
    names = [Path(deck["path"]).name for deck in found["decks"]]
    assert names == ["bad.md", "good.md", "missing.md", "aws-ecs.md"]
    assert [deck["cards"] for deck in found["decks"]] == [1, 2, 0, 23]
    assert found["decks"][3]["path"] == str(DECKS / "aws-ecs.md")
    assert found["decks"][3]["ids"][0] == "af85d83cf139409"


@pytest.mark.parametrize(
    ("raw", "expected"),
    [(GOOD, False), (b"\xef\xbb\xbf" + GOOD, False), (GOOD + b"\n===\n\n---\n\nA\n", True)],
    ids=["nothing", "a warning", "an error"],
)
def test_only_errors_fail_a_report(raw: bytes, expected: bool, tmp_path: Path):
    path = tmp_path / "deck.md"
    path.write_bytes(raw)
    assert has_errors(report([path])) is expected


def test_a_folder_without_decks_and_a_path_that_is_none_are_errors(tmp_path: Path):
    found = report([tmp_path, tmp_path / ("x" * 300)])
    assert [deck["problems"][0]["code"] for deck in found["decks"]] == ["no-decks", "cannot-read"]
    assert has_errors(found)


def test_a_bad_path_does_not_keep_the_others_from_being_read(tmp_path: Path):
    path = tmp_path / "deck.md"
    path.write_bytes(GOOD)
    assert [deck["cards"] for deck in report([tmp_path / "missing.md", path])["decks"]] == [0, 2]


def test_messages_hold_nothing_that_could_steer_a_terminal():
    raw = b"Q\x1b]0;x\x07 <!-- id: \x1b[2J --> <a\x1bb>\n\n---\n\nA <\x07tag_x>\n"
    assert all(problem.message.isprintable() for problem in lint(parse(raw)))
