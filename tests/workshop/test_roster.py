"""Rosters: what a file says of each seat, and every way in which it can be wrong."""

from __future__ import annotations

import csv
import io
import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labs.errors import ContentError
from labs.workshop.roster import FIELDS, Roster, Seat, read_roster

ARN = "arn:aws:iam::111122223333:role/labs-check"


def roster(tmp_path: Path, text: str | bytes, name: str = "r.toml") -> Roster:
    file = tmp_path / name
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_roster(file)


def test_toml_and_csv_say_the_same(tmp_path: Path) -> None:
    """The same fields; in CSV, parameters are columns, and an empty cell is none."""
    toml = f"""
        [[seats]]
        name = "Ada"
        role_arn = "{ARN}"
        external_id = "secret"
        region = "eu-west-1"
        parameters = {{ cluster = "mine" }}
        [[seats]]
        name = "Bob, Jr."
        profile = "p"
        prefix = "bob-"
    """
    table = (
        "name,profile,role_arn,external_id,region,prefix,param:cluster\n"
        f'Ada,,{ARN},secret,eu-west-1,,mine\n"Bob, Jr.",p,,,,bob-,\n'
    )
    assert roster(tmp_path, toml).seats == roster(tmp_path, table, "r.csv").seats
    assert roster(tmp_path, table, "My room.csv").title == "My room"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("﻿name\nAda\n", "r.csv"),
        ("name\r\nAda\r\n\r\n", "r.csv"),
        (" name , profile \n Ada , \n", "r.csv"),
        ("name,profile\nAda\n", "r.CSV"),
        ("Name,Profile\nAda,\n,\n,,\n", "r.csv"),
        ("﻿[[seats]]\nname = 'Ada'\n", "r.toml"),
        ("[[seat]]\r\nname = 'Ada'\r\n", "r.toml"),
    ],
    ids=[
        "csv with BOM",
        "CRLF, empty line",
        "spaces",
        "short row",
        "capitals, rows of empty cells",
        "toml with BOM",
        "seat for seats",
    ],
)
def test_files_as_programs_write_them_are_understood(text: str, name: str, tmp_path: Path) -> None:
    assert roster(tmp_path, text, name).seats == (Seat("Ada"),)


def test_a_role_among_people_is_no_iam_role(tmp_path: Path) -> None:
    (seat,) = roster(tmp_path, "Name,Role,Region,profile\nAda,Student,Europe,ada\n", "r.csv").seats
    assert (seat.profile, seat.role_arn, seat.region) == ("ada", None, None)
    assert seat.extra == {"Role": "Student", "Region": "Europe"}


BAD_FILES = {
    "nothing.toml": ("", "The roster has no seats"),
    "no-seats.toml": ("seats = []", "The roster has no seats"),
    "nothing.csv": ("", "The roster has no seats. Add a row"),
    "header-only.csv": ("name,profile\n", "The roster has no seats"),
    "not-toml.toml": ("[[seats]]\nname = Ada", "line 2"),
    "not-text.toml": (b"\xff\xfe", "byte 1 is not UTF-8. Save the file as UTF-8 (in Excel: CSV UTF-8)"),
    "utf16.csv": ("name\nAda\n".encode("utf-16"), "byte 1 is not UTF-8"),
    "text-for-seats.toml": ("seats = 'Ada'", "a [[seats]] table is expected for each learner"),
    "names-for-seats.toml": ("seats = ['Ada']", "a [[seats]] table is expected for each learner"),
    "both-words.toml": ("[[seats]]\nname='a'\n[[seat]]\nname='b'", "seat: unknown key"),
    "unknown-key.toml": ("lab = 'x'\n[[seats]]\nname='a'", "lab: unknown key"),
    "labs-as-text.toml": ("labs = 'x'\n[[seats]]\nname='a'", "a list of labs' names is expected"),
    "labs-as-numbers.toml": ("labs = [1]\n[[seats]]\nname='a'", "a list of labs' names is expected"),
    "title-of-spaces.toml": ("title = ' '\n[[seats]]\nname='a'", "title: a text is expected"),
    "title-as-number.toml": ("title = 5\n[[seats]]\nname='a'", "title: a text is expected"),
    "nested-field.toml": ("[[seats]]\nname='a'\nemail=['x']", "email must be one value"),
    "no-name.toml": ("[[seats]]\nprofile='a'", "seat 1: a seat needs a name"),
    "name-of-spaces.toml": ("[[seats]]\nname=' '", "seat 1: a seat needs a name"),
    "name-as-number.toml": ("[[seats]]\nname=7", "name must be text, not 7"),
    "no-name.csv": ("name,profile\na,\n,p\n", ".csv:3: a seat needs a name"),
    "twice.toml": ("[[seats]]\nname='a'\n[[seats]]\nname='a'", "seat 2: 'a' is there already, at"),
    "nul.toml": ('[[seats]]\nname="a\\u0000b"', "holds a NUL"),
    "account-as-number.toml": (
        "[[seats]]\nname='a'\naccount=111122223333",
        "account must be text, not 111122223333: account numbers are text, write them in quotes",
    ),
    "region-as-list.toml": ("[[seats]]\nname='a'\nregion=['eu-west-1']", "region must be text"),
    "parameters-as-text.toml": ("[[seats]]\nname='a'\nparameters='x'", "parameters must be a table of texts"),
    "parameter-as-number.toml": (
        "[[seats]]\nname='a'\nparameters={n=1}",
        "parameters must be a table of texts",
    ),
    "parameters-column.csv": ("name,parameters\na,x\n", "parameters must be a table of texts"),
    "long-row.csv": ("name\na\nb,c\n", ".csv:3: more cells than the header has columns"),
    "nameless-column.csv": ("name,\na,\n", ".csv:1: a column of the header has no name"),
    "two-of-a-name.csv": ("name,profile,name\na,p,b\n", ".csv:1: column 'name' appears twice"),
    "open-quote.csv": ('name\n"a\n', "unexpected end of data"),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_file_that_cannot_be_understood_is_refused_with_its_place(name: str, tmp_path: Path) -> None:
    """Nobody is looked at where it is not sure who takes part."""
    text, message = BAD_FILES[name]
    with pytest.raises(ContentError) as refused:
        roster(tmp_path, text, name)
    assert message in str(refused.value)
    assert str(tmp_path / name) in str(refused.value)
    assert refused.value.exit_code == 2


def test_every_fault_is_reported_at_once(tmp_path: Path) -> None:
    """Whoever mends a roster does it once."""
    text = "[[seats]]\nname='a'\nemail=['x']\naccount=1\n[[seats]]\n[[seats]]\nname='a'\n"
    with pytest.raises(ContentError) as refused:
        roster(tmp_path, text)
    assert len(refused.value.faults) == 4


@pytest.mark.parametrize("path", ["nowhere.toml", "."])
def test_a_file_that_cannot_be_read_is_refused(path: str, tmp_path: Path) -> None:
    with pytest.raises(ContentError):
        read_roster(tmp_path / path)


BAD_SEATS = {
    "both ways in": ({"profile": "p", "role_arn": ARN}, "Set either"),
    "external id of nothing": ({"external_id": "x"}, "an external_id goes with a role"),
    "arn of a user": ({"role_arn": "arn:aws:iam::111122223333:user/x"}, "is not the ARN of a role"),
    "arn of a short account": ({"role_arn": "arn:aws:iam::1:role/x"}, "is not the ARN of a role"),
    "arn with a line end": ({"role_arn": f"{ARN}\n"}, "is not the ARN of a role"),
    "assumed role": (
        {"role_arn": "arn:aws:sts::111122223333:assumed-role/x/y"},
        "is not the ARN of a role",
    ),
    "short account": ({"account": "12345"}, "twelve digits. A spreadsheet shortens it"),
    "account with hyphens": ({"account": "1111-2222-3333"}, "is not an account number"),
    "account in other digits": ({"account": "١" * 12}, "is not an account number"),
    "role of another account": ({"role_arn": ARN, "account": "9" * 12}, "belongs to account 111122223333"),
    "region with a space": ({"region": "eu west 1"}, "is not the name of a Region"),
    "zone for a region": ({"region": "eu-west-1a"}, "is not the name of a Region"),
    "endpoint without a scheme": ({"endpoint_url": "localhost:5000"}, "is not the URL of an endpoint"),
    "endpoint without a host": ({"endpoint_url": "http://"}, "is not the URL of an endpoint"),
    "file for an endpoint": ({"endpoint_url": "file:///etc/passwd"}, "is not the URL of an endpoint"),
    **{
        f"empty {key}": ({key: ""}, f"{key} is empty: leave it out")
        for key in ("profile", "role_arn", "external_id", "account", "region", "endpoint_url")
    },
}


@pytest.mark.parametrize("name", BAD_SEATS)
def test_an_invalid_seat_keeps_its_fault_and_spoils_no_other(name: str, tmp_path: Path) -> None:
    fields, message = BAD_SEATS[name]
    lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in fields.items()]
    text = "\n".join(["[[seats]]", 'name = "odd"', *lines, "[[seats]]", 'name = "ann"'])
    odd, ann = roster(tmp_path, text).seats
    assert message in str(odd.fault)
    assert ann == Seat("ann")


@pytest.mark.parametrize(
    "fields",
    [
        {"role_arn": "arn:aws-us-gov:iam::111122223333:role/a/path/labs.check+x=y,z@w"},
        {"role_arn": ARN, "account": "111122223333", "external_id": "x"},
        {"region": "us-gov-west-1"},
        {"region": "ap-southeast-5"},
        {"endpoint_url": "https://localhost:4566/path"},
        {"account": "000000000001"},
        {"prefix": ""},
    ],
    ids=lambda fields: " ".join(fields.values()),
)
def test_what_is_odd_but_right_is_taken(fields: dict[str, str], tmp_path: Path) -> None:
    lines = [f"{key} = {json.dumps(value)}" for key, value in fields.items()]
    (seat,) = roster(tmp_path, "\n".join(["[[seats]]", 'name = "a"', *lines])).seats
    assert seat.fault is None
    assert seat == Seat("a", **fields)


TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), min_size=1, max_size=20)


@pytest.mark.slow
@given(names=st.lists(TEXT.filter(lambda text: text.strip()), min_size=1, max_size=5, unique_by=str.strip))
def test_any_name_comes_through_a_csv_as_a_spreadsheet_writes_it(
    names: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Commas, quotes, line feeds, formulas, other scripts: a name is text."""
    table = io.StringIO(newline="")
    csv.writer(table).writerows([["name", "prefix"], *([name, f"p{n}-"] for n, name in enumerate(names))])
    seats = roster(tmp_path_factory.mktemp("r"), table.getvalue(), "r.csv").seats
    assert [seat.name for seat in seats] == [name.strip() for name in names]


@pytest.mark.slow
@given(
    document=st.recursive(
        st.none() | st.integers() | TEXT, lambda each: st.lists(each) | st.dictionaries(TEXT, each)
    )
)
def test_whatever_stands_in_the_fields_is_a_roster_or_a_content_error(
    document: object, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """No value of any type ends in a traceback."""
    for field in (*FIELDS, "parameters"):
        value = json.dumps(document) if not isinstance(document, dict | type(None)) else "{}"
        text = (
            f'[[seats]]\nname = "a"\n{field} = {value}\n'
            if field != "name"
            else f"[[seats]]\nname = {value}\n"
        )
        with suppress(ContentError):
            assert roster(tmp_path_factory.mktemp("r"), text).seats
