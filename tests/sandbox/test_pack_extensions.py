"""Extensions of the sandbox and probes that installed packs bring."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import busy
import pytest

from labs.sandbox import control, extend
from labs.sandbox.fidelity import map as fidelity
from labs.sandbox.server import pack_extensions
from labs.sandbox.world.origin import mark_loaded, mark_own

PROBES = """
from labs.sandbox.fidelity.probes import Probe

PROBES = (Probe("topics.mine", "topics have what my labs read", lambda bench: True, ("sns:ListTopics",)),)
"""
EXTENSIONS = """
from labs.sandbox.extend import operation
from labs.sandbox.source import documented


@operation("sns", "CreateTopic", "takes names with a dot", documented("sns/latest/api/API_CreateTopic.html"))
def create_topic(response, stock):
    from moto.sns.exceptions import InvalidParameterValue

    if response._get_param("Name") == "refused":
        raise InvalidParameterValue("Invalid parameter: Topic Name")
    return stock()
"""


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder on Python's path with an installed pack that has an extension and a probe."""
    (tmp_path / "site/my_pack-1.dist-info").mkdir(parents=True)
    (tmp_path / "site/my_extensions.py").write_text(EXTENSIONS)
    (tmp_path / "site/my_probes.py").write_text(PROBES)
    (tmp_path / "site/my_pack-1.dist-info/entry_points.txt").write_text(
        "[labs.sandbox.extensions]\nmine = my_extensions\n[labs.sandbox.probes]\nmine = my_probes:PROBES\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "site"))
    caches = (pack_extensions._registered_by, fidelity.all_probes)
    for each in caches:
        each.cache_clear()
    yield tmp_path / "site"
    for each in caches:
        each.cache_clear()
    for name in ("my_extensions", "my_probes"):
        sys.modules.pop(name, None)


def refuses(sandbox: control.Sandbox) -> bool:
    """Whether the sandbox refuses a topic as the extension does."""
    sns = busy.clients_of(sandbox.url)("sns")
    try:
        sns.create_topic(Name="refused")
    except sns.exceptions.InvalidParameterException:
        return True
    return False


@pytest.mark.process
@pytest.mark.slow
def test_a_packs_extensions_apply_to_own_worlds_only(site: Path, tmp_path: Path, real_servers: None) -> None:
    """They are installed at the start, left out of a loaded world, after a new start too, and back after a reset."""
    home, file = tmp_path / "home", tmp_path / "saved"
    try:
        assert refuses(control.start(home))
        control.save(home, file)
        control.load(home, file)
        assert not refuses(control.start(home))
        control.stop(home)
        assert not refuses(control.start(home))
        control.load(home, file, own=True)
        assert refuses(control.start(home))
        control.load(home, file)
        control.reset(home)
        assert refuses(control.start(home))
    finally:
        control.stop(home)


def test_extensions_of_packs_are_installed_and_taken_back(
    site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from moto.sns.responses import SNSResponse

    stock, ours = SNSResponse.create_topic, extend.extensions()
    journal = tmp_path / "journal.jsonl"
    pack_extensions.install_for(journal)
    assert SNSResponse.create_topic is not stock
    assert extend.extensions() == ours, "those of packs are not counted as ours"
    mark_loaded(journal)
    pack_extensions.install_for(journal)
    assert SNSResponse.create_topic is stock
    mark_own(journal)
    monkeypatch.setenv("LABS_PACKS_OFF", "1")
    pack_extensions.install_for(journal)
    assert SNSResponse.create_topic is stock


def test_a_pack_whose_extensions_cannot_be_imported_is_left_out(
    site: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (site / "my_extensions.py").write_text(EXTENSIONS + "\nraise SystemExit('no')\n")
    before = extend.extensions()
    pack_extensions.install_for(tmp_path / "journal.jsonl")
    assert extend.extensions() == before
    assert "the sandbox extensions my_extensions cannot be used: SystemExit: no" in caplog.text


def test_an_extension_of_a_service_without_a_reference_needs_a_source() -> None:
    with pytest.raises(LookupError, match="kinesis:CreateStream needs a source"):
        extend.operation("kinesis", "CreateStream", "refuses ...")


def test_the_fidelity_map_has_the_probes_of_packs(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert [probe.name for probe in fidelity.all_probes()][-1] == "topics.mine"
    assert fidelity.missing(["topics.mine"], ["sns:ListTopics"]) == [
        "topics have what my labs read (topics.mine)"
    ]
    monkeypatch.setenv("LABS_PACKS_OFF", "1")
    fidelity.all_probes.cache_clear()
    assert fidelity.all_probes() == fidelity.PROBES


def test_probes_that_cannot_be_imported_are_a_gap_that_says_why(site: Path) -> None:
    (site / "my_probes.py").write_text("PROBES = 1 / 0\n")
    broken = fidelity.all_probes()[-1]
    assert (broken.name, broken.says) == ("mine", "my_probes:PROBES can be imported (division by zero)")
    assert next(iter(fidelity.run(lambda service: None, [broken]))).holds is False
