"""A verdict as a file for other tools: JUnit for CI systems, Markdown for an issue or a chat."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

from labs.content.markdown import plain
from labs.show.verdict_json import found_text
from labs.verdict import Finding, LabVerdict, State, Verdict

_NOT_IN_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(verdict: Verdict) -> str:
    """JUnit XML: a suite for each lab, a case for each objective; an inconclusive one is an error."""
    root = ET.Element("testsuites", name="labs check", time=f"{verdict.seconds:.3f}")
    root.extend(suite(lab, lab.lab) for lab in verdict.labs)
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode")


def suite(lab: LabVerdict, name: str) -> ET.Element:
    """One lab as a suite with this name."""
    states = [finding.state for finding in lab.findings]
    element = ET.Element(
        "testsuite",
        name=_xml(name),
        tests=str(len(states)),
        failures=str(states.count(State.FAILED)),
        errors=str(states.count(State.INCONCLUSIVE)),
        skipped=str(states.count(State.BLOCKED)),
        time=f"{lab.seconds:.3f}",
    )
    for finding in lab.findings:
        _case(ET.SubElement(element, "testcase", classname=_xml(name), name=finding.id), finding)
    return element


def _case(case: ET.Element, finding: Finding) -> None:
    kinds = {State.FAILED: "failure", State.INCONCLUSIVE: "error", State.BLOCKED: "skipped"}
    if finding.state in kinds:
        text = ET.SubElement(case, kinds[finding.state], message=_xml(finding.message))
        if finding.state is State.FAILED:
            text.text = _xml(f"found: {found_text(finding)}\nexpected: {finding.expected}")


def _xml(text: str) -> str:
    """The text without characters that XML 1.0 does not allow, escaped or not."""
    return _NOT_IN_XML.sub("", plain(text))


def markdown(verdict: Verdict, version: str) -> str:
    """A report that can be pasted: the target, the version, and a row for each objective."""
    target = verdict.target
    lines = [f"cardlabs {version} · {target.kind} · {target.account or 'no account'} · {target.region}"]
    for lab in verdict.labs:
        lines += ["", f"## {lab.lab}: {lab.score} of {len(lab.findings)}", ""]
        lines += ["| objective | state | found | expected |", "|---|---|---|---|"]
        for finding in lab.findings:
            found = found_text(finding) if finding.found else finding.message
            cells = (finding.id, finding.state.value, found, finding.expected)
            lines.append(f"| {' | '.join(map(_cell, cells))} |")
    return "\n".join(lines)


def _cell(text: str) -> str:
    return " ".join(plain(text).split()).replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")
