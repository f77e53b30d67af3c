"""Sessions of botocore share one loader of models, or have one each where botocore cannot share it."""

from __future__ import annotations

import botocore.session  # noqa: TID253 - its sessions are what is tested
import pytest

from labs.sandbox.model_loader import share_model_loader


def loaders() -> tuple[object, object]:
    first, second = botocore.session.Session(), botocore.session.Session()
    return first.get_component("data_loader"), second.get_component("data_loader")


def test_sessions_share_one_loader(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(botocore.session, "create_loader", botocore.session.create_loader)
    share_model_loader()
    first, second = loaders()
    assert first is second


def test_a_botocore_that_cannot_share_says_so(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.delattr(botocore.session, "create_loader")
    share_model_loader()
    assert "each session reads its models by itself" in caplog.text
    assert not hasattr(botocore.session, "create_loader")
