"""The states of a lab are played once, and loaded wherever they are needed again."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from labs.author.played_states import PlayedStates
from labs.content.lab import Lab
from labs.sandbox import control
from labs.sandbox.commands import AwsCli
from tests.builders import lab

pytestmark = pytest.mark.process


@pytest.fixture(scope="module")
def sandbox() -> Iterator[control.Sandbox]:
    with control.throw_away() as one:
        yield one


@pytest.fixture
def states(sandbox: control.Sandbox, tmp_path: Path) -> PlayedStates:
    return PlayedStates(sandbox, AwsCli(None), tmp_path / "states")


@pytest.fixture
def counted(tmp_path: Path) -> Lab:
    """A lab whose scripts write a line each time that they run."""
    folder = tmp_path / "counted"
    folder.mkdir()
    for name in ("start", "solution"):
        (folder / f"{name}.sh").write_text(f'echo {name} >>"$LAB/played"\n')
    return replace(lab("there", name="counted"), folder=folder)


def enter(states: PlayedStates, lab: Lab, *names: str) -> list[str]:
    """Enters a state; the scripts that have run until then."""
    assert not states.enter(lab, *(lab.folder / f"{name}.sh" for name in names))
    return (lab.folder / "played").read_text().split()


def test_a_state_is_played_once(states: PlayedStates, counted: Lab) -> None:
    """Those who share the folder share the state, and what leads to it."""
    assert enter(states, counted, "start") == ["start"]
    assert enter(states, counted, "start", "solution") == ["start", "solution"]
    assert enter(states, counted, "start", "solution") == ["start", "solution"]
    other = PlayedStates(states.sandbox, states.cli, states.folder)
    assert enter(other, counted, "start", "solution") == ["start", "solution"]


def test_a_changed_script_is_played_again(states: PlayedStates, counted: Lab) -> None:
    enter(states, counted, "solution")
    script = counted.folder / "solution.sh"
    script.write_text(script.read_text() + "# and more\n")
    assert enter(states, counted, "solution") == ["solution", "solution"]


def test_a_state_that_a_script_fails_to_reach_is_not_kept(states: PlayedStates, counted: Lab) -> None:
    script = counted.folder / "solution.sh"
    script.write_text("echo no luck; exit 3\n")
    for _ in range(2):
        assert states.enter(counted, script) == "solution.sh ended with 3: no luck"


def test_a_mistake_that_begins_with_the_solution_goes_on_from_its_state(
    states: PlayedStates, counted: Lab
) -> None:
    """It finds the solution's variables, functions and files, and its own parameters."""
    (counted.folder / "solution.sh").write_text(
        'echo solution >>"$LAB/played"\nONE=$\'1\\n}\' two=(a "b c")\n'
        'say() { echo "$@" >>"$LAB/said"; }\necho file >made\n'
    )
    for name in ("first", "second"):
        script = counted.folder / f"{name}.sh"
        script.write_text(
            f'. "$LAB/solution.sh"\nsay {name} "$ONE" "${{two[1]}}" "$(cat made)" "$LINENO" "$LAB"\n'
        )
    assert enter(states, counted, "first") == ["solution"]
    assert enter(states, counted, "second") == ["solution"]
    said = (counted.folder / "said").read_text()
    assert said == "".join(f"{name} 1\n}} b c file 2 {counted.folder}\n" for name in ("first", "second"))


@pytest.mark.slow
@pytest.mark.parametrize("change", ['LAB="$LAB/."', "set +e", "exit 0", "cd /"])
def test_a_shell_that_cannot_be_had_again_is_played_again(
    change: str, states: PlayedStates, counted: Lab
) -> None:
    (counted.folder / "solution.sh").write_text(f'echo solution >>"$LAB/played"\n{change}\n')
    (counted.folder / "more.sh").write_text('. "$LAB/solution.sh"\necho more >>"$LAB/played"\n')
    more = [] if change == "exit 0" else ["more"]
    assert enter(states, counted, "more") == ["solution", "solution", *more]


@pytest.mark.slow
def test_states_hold_what_the_scripts_made(states: PlayedStates, counted: Lab) -> None:
    """A loaded state has the same resources, and the empty world of the same lab has none of them."""
    import boto3

    where = states.environment
    ecs = boto3.Session(where["AWS_ACCESS_KEY_ID"], where["AWS_SECRET_ACCESS_KEY"]).client(
        "ecs", where["AWS_DEFAULT_REGION"], endpoint_url=where["AWS_ENDPOINT_URL"]
    )
    script = counted.folder / "solution.sh"
    create = "boto3.client('ecs').create_cluster(clusterName='made')"
    script.write_text(f'"{sys.executable}" -c "import boto3; {create}"\n')
    assert not states.enter(counted, script)
    made = ecs.list_clusters()["clusterArns"]
    assert len(made) == 1
    assert not states.enter(counted)
    assert ecs.list_clusters()["clusterArns"] == []
    assert not states.enter(counted, script)
    assert ecs.list_clusters()["clusterArns"] == made
