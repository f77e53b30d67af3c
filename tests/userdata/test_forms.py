"""The forms of user data: base64, gzip, multipart, cloud-config, boothook."""

from __future__ import annotations

import base64
import gzip
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText

import pytest

from labs.userdata import read
from tests.userdata.scripts import BOTH, ROLE, F, X, bash

SCRIPT = bash(f"echo ECS_CLUSTER=x >> {F}")


def multipart(*parts: tuple[str, str]) -> bytes:
    whole = MIMEMultipart()
    for kind, text in parts:
        whole.attach(MIMEText(text, kind))
    return whole.as_bytes()


FORMS = [
    ("text", SCRIPT),
    ("bytes", SCRIPT.encode()),
    ("base64", base64.b64encode(SCRIPT.encode()).decode()),
    ("base64-on-lines", base64.encodebytes(SCRIPT.encode() * 1).decode()),
    ("gzip", gzip.compress(SCRIPT.encode())),
    ("base64-gzip", base64.b64encode(gzip.compress(SCRIPT.encode())).decode()),
    ("multipart", multipart(("x-shellscript", SCRIPT))),
    ("multipart-plain", multipart(("plain", SCRIPT))),
    (
        "multipart-base64",
        base64.b64encode(
            multipart(("cloud-config", "package_update: true"), ("x-shellscript", SCRIPT))
        ).decode(),
    ),
    ("multipart-blank-lines-first", b"\n\n" + multipart(("x-shellscript", SCRIPT))),
    ("multipart-two-scripts", multipart(("x-shellscript", bash(f"> {F}")), ("x-shellscript", SCRIPT))),
]


@pytest.mark.parametrize("data", [c[1] for c in FORMS], ids=[c[0] for c in FORMS])
def test_the_forms_of_user_data(data: str | bytes) -> None:
    """Plain, base64, gzip and multipart are read alike."""
    boot = read(data)
    assert (boot.script, boot.config) == (True, X)


def test_no_script_is_no_script() -> None:
    """A text without a shebang, or with a blank line before it, is never run."""
    for text in (f"echo ECS_CLUSTER=x >> {F}", "\n" + SCRIPT, "<powershell>\n</powershell>", " " + SCRIPT):
        boot = read(base64.b64encode(text.encode()).decode())
        assert (boot.script, boot.config) == (False, {})


def test_a_boothook_is_run_before_the_script() -> None:
    """A boothook writes first, even where it stands last; alone it is no script."""
    hook = f"#cloud-boothook\n#!/bin/bash\necho ECS_CLUSTER=y >> {F}\n"
    assert read(hook).config == {"ECS_CLUSTER": "y"}
    assert read(hook).script is False
    assert read(multipart(("x-shellscript", SCRIPT), ("cloud-boothook", hook))).cluster == "x"


CLOUD_CONFIG = [
    ("runcmd", f"runcmd:\n  - echo ECS_CLUSTER=x >> {F}\n", X),
    ("runcmd-list", "runcmd:\n  - [sh, -c, 'echo ECS_CLUSTER=x >> /etc/ecs/ecs.config']\n", X),
    ("bootcmd", f"bootcmd:\n  - echo ECS_CLUSTER=x >> {F}\n", X),
    ("write-files", f"write_files:\n  - path: {F}\n    content: |\n      ECS_CLUSTER=x\n      {ROLE}\n", BOTH),
    ("write-files-base64", f"write_files:\n  - path: {F}\n    encoding: b64\n    content: RUNTX0NMVVNURVI9eA==\n", X),
    ("append",
     f"bootcmd:\n  - echo ECS_CLUSTER=x > {F}\nwrite_files:\n  - {{path: {F}, content: {ROLE}, append: true}}\n", BOTH),
    ("wiped-by-runcmd",
     f"write_files:\n  - {{path: {F}, content: {ROLE}}}\nruncmd:\n  - echo ECS_CLUSTER=x > {F}\n", X),
    ("elsewhere", "write_files:\n  - {path: /etc/ecs.config, content: ECS_CLUSTER=x}\n", {}),
]  # fmt: skip


def test_an_indented_cloud_config() -> None:
    """Terraform's here-documents often leave all lines indented: YAML still, though no script."""
    text = "    #cloud-config\n    runcmd:\n      - echo ECS_CLUSTER=x >> /etc/ecs/ecs.config\n"
    assert read(base64.b64encode(text.encode()).decode()).config == X


@pytest.mark.parametrize(("text", "config"), [c[1:] for c in CLOUD_CONFIG], ids=[c[0] for c in CLOUD_CONFIG])
def test_cloud_config(text: str, config: dict[str, str]) -> None:
    """A cloud-config writes files and runs commands, but is no shell script."""
    boot = read("#cloud-config\n" + text)
    assert (boot.script, boot.config) == (False, config)
