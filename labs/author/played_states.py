"""The states that a lab's scripts lead to: played once with the AWS CLI, then loaded from a file.

A state is stored as a saved world of the sandbox, which loads in milliseconds; the scripts take seconds.
The proof, the mutation score and the tests of the labs share the states of a folder.
"""

from __future__ import annotations

import fcntl
import hashlib
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.metadata import version
from pathlib import Path

from labs import sandbox as sandbox_package
from labs.author import shell_state
from labs.content.lab import Lab
from labs.sandbox import control
from labs.sandbox.commands import AwsCli, skips_waiting


def start_scripts(lab: Lab) -> tuple[Path, ...]:
    """The start script of a lab, if it has one."""
    script = lab.script("start")
    return (script,) if script else ()


def mistake_script(lab: Lab, name: str) -> Path:
    """The script of one of a lab's mistakes."""
    return lab.folder / "mistakes" / f"{name}.sh"


@dataclass
class PlayedStates:
    """Puts a sandbox into the states of labs, and stores each state in a folder."""

    sandbox: control.Sandbox
    cli: AwsCli
    folder: Path

    @cached_property
    def environment(self) -> dict[str, str]:
        """Environment variables that point to the sandbox."""
        return control.environment(self.sandbox)

    def names(self, lab: Lab) -> dict[str, str]:
        """The lab's parameters in this sandbox's account."""
        return lab.names({}, account=self.sandbox.account, region=self.sandbox.region)

    def enter(self, lab: Lab, *scripts: Path) -> str:
        """Puts the sandbox into the state that these scripts lead to from an empty world. Returns the error, or "".

        All states of a lab start from the same empty world, so that default resources have the same ids in all of them.
        """
        with self._locked(lab):
            return self._reach(lab, *scripts)

    def load(self, lab: Lab, world: bytes) -> None:
        """Puts the sandbox into a part of a state that was played."""
        part = self.folder / lab.id / "part.world"
        part.write_bytes(world)
        control.load(self.sandbox.home, part, own=True)

    def run(self, lab: Lab, script: Path, names: Mapping[str, str] | None = None, region: str = "") -> str:
        """Runs one of the lab's scripts in the current world. Returns the error, or an empty string.

        `names` and `region` replace the lab's own, if given.
        """
        place = {"AWS_REGION": region, "AWS_DEFAULT_REGION": region} if region else {}
        given = {**self.environment, **place, **skips_waiting(self.sandbox)}
        return self.cli.run(script, {**given, **lab.variables(names or self.names(lab))}).error(script)

    def wait(self, seconds: float) -> None:
        """Advances the sandbox's clock."""
        control.advance(self.sandbox, seconds)

    def world(self, lab: Lab, *scripts: Path) -> Path:
        """The file of a state for `control.load`; it exists once the state was entered."""
        key = hashlib.sha256(_sandbox_digest())
        there = self.sandbox
        made_in = (there.account, there.realistic, there.region, sorted(self.names(lab).items()))
        key.update(repr(made_in).encode())
        shared = sorted(lab.folder.parent.glob("*.sh"))
        # A script may run others of its lab, and what the labs of its pack share.
        for each in (*shared, *sorted(lab.folder.rglob("*.sh")), *scripts):
            key.update(each.read_bytes())
        name = ".".join(each.stem for each in scripts) or "empty"
        return self.folder / lab.id / f"{name}.{key.hexdigest()[:16]}.world"

    def _reach(self, lab: Lab, *scripts: Path) -> str:
        known = next(count for count in range(len(scripts), -1, -1) if self._known(lab, scripts[:count]))
        control.load(self.sandbox.home, self.world(lab, *scripts[:known]), own=True)
        for count in range(known, len(scripts)):
            if wrong := self._play(lab, scripts[:count], scripts[count]):
                return wrong
            self._store(self.world(lab, *scripts[: count + 1]))
        return ""

    def _play(self, lab: Lab, before: tuple[Path, ...], script: Path) -> str:
        """Runs a script after these; one that begins with the solution goes on from the solution's state."""
        solution = lab.folder / "solution.sh"
        state = self.world(lab, *before, solution).with_suffix(".shell")
        if script == solution:
            shutil.rmtree(state, ignore_errors=True)
            return self._run_text(lab, script, shell_state.keeping(script, state))
        if shell_state.continues(script):
            if wrong := self._reach(lab, *before, solution):
                return wrong
            if state.is_dir():
                return self._run_text(lab, script, shell_state.resumed(script, state))
            control.load(self.sandbox.home, self.world(lab, *before), own=True)
        return self.run(lab, script)

    def _run_text(self, lab: Lab, script: Path, text: str) -> str:
        changed = self.folder / lab.id / script.name
        changed.write_text(text, encoding="utf-8")
        wrong = self.run(lab, changed)
        changed.unlink()
        return wrong

    def _known(self, lab: Lab, scripts: tuple[Path, ...]) -> bool:
        file = self.world(lab, *scripts)
        if not scripts and not file.is_file():
            control.reset(self.sandbox.home)
            self._store(file)
        return file.is_file()

    def _store(self, file: Path) -> None:
        unfinished = file.with_suffix(".unfinished")
        control.save(self.sandbox.home, unfinished)
        unfinished.rename(file)

    @contextmanager
    def _locked(self, lab: Lab) -> Iterator[None]:
        """A lock per lab, so that only one process plays its states."""
        (self.folder / lab.id).mkdir(parents=True, exist_ok=True)
        with (self.folder / lab.id / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


@cache
def _sandbox_digest() -> bytes:
    """A hash of the versions of sandbox and moto, which determine the answers to scripts."""
    digest = hashlib.sha256(version("moto").encode())
    for folder in sandbox_package.__path__:
        for file in sorted(Path(folder).rglob("*.py")):
            digest.update(file.read_bytes())
    return digest.digest()
