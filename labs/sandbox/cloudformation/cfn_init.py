"""cfn-init: adds the files and commands of AWS::CloudFormation::Init to an instance's user data.

The sandbox's instances run no commands, and its agents read user data. So the call of cfn-init is
replaced by equivalent shell commands. Source: "AWS::CloudFormation::Init" of the CloudFormation user guide.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator
from typing import Any

from labs.sandbox.cloudformation.functions import TemplateScope
from labs.sandbox.cloudformation.stacks import Stack

Doc = dict[str, Any]
_CALL = re.compile(r"^.*\bcfn-init\b.*$", re.MULTILINE)
_RESOURCE = re.compile(r"(?:-r|--resource)[ =]+(\S+)")
_INIT = "AWS::CloudFormation::Init"


def with_cfn_init(stack: Stack, properties: Doc, scope: TemplateScope) -> Doc:
    """The properties of an instance, launch template or configuration whose user data calls cfn-init."""
    holder = properties.get("LaunchTemplateData", properties)
    if not isinstance(holder, dict) or not isinstance(holder.get("UserData"), str):
        return properties
    try:
        text = base64.b64decode(holder["UserData"], validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return properties
    written = _CALL.sub(lambda found: _shell_of(stack, found[0], scope), text)
    if written == text:
        return properties
    changed = {**holder, "UserData": base64.b64encode(written.encode()).decode()}
    return {**properties, "LaunchTemplateData": changed} if "LaunchTemplateData" in properties else changed


def _shell_of(stack: Stack, call: str, scope: TemplateScope) -> str:
    named = _RESOURCE.search(call)
    resource = stack.template["Resources"].get(named[1].strip("\"'"), {}) if named else {}
    init = (resource.get("Metadata") or {}).get(_INIT)
    if not init:
        return call
    return "\n".join([f"# {call.strip()}", *_lines(scope.resolve(init))])


def _lines(init: Doc) -> Iterator[str]:
    configs = init.get("configSets", {}).get("default") or ["config"]
    for name in configs:
        config = init.get(name, {}) if isinstance(name, str) else {}
        for path, file in (config.get("files") or {}).items():
            yield from _file(path, file)
        for _, command in sorted((config.get("commands") or {}).items()):
            words = command["command"]
            yield " ".join(words) if isinstance(words, list) else str(words)


def _file(path: str, file: Doc) -> Iterator[str]:
    content = file.get("content", "")
    yield f"cat > {path} <<'CFN_INIT_END'"
    yield (json.dumps(content) if isinstance(content, dict) else str(content)).rstrip("\n")
    yield "CFN_INIT_END"
