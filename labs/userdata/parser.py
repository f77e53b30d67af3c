"""Parses shell scripts with tree-sitter's grammar of bash into the syntax tree that the interpreter follows."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from tree_sitter import Node

from labs.errors import NotUnderstood
from labs.userdata.nodes import begins_here_string, calls_any, depth_of, root_of
from labs.userdata.syntax import (
    Assignment,
    Branches,
    Command,
    Function,
    Loop,
    Opaque,
    ReadLoop,
    Redirect,
    Script,
    ShellGroup,
    ShellStep,
    ShellWord,
    Simple,
    Text,
)
from labs.userdata.words import heredoc_body, source, word, words_of_test

MAX_DEPTH = 40
"""Nested commands and expansions; a deeper script is not followed."""

_PARTLY_QUOTED_END = re.compile(r"(?<!<)<<-?[ \t]*(?:\w+[\"']|\"\w*\"\w|'\w*'\w)")

_REDIRECTS = {"file_redirect", "herestring_redirect", "heredoc_redirect"}
_JUMPS = {"break", "continue", "return"}
"""Commands that leave a body early, which is not followed in a condition or a loop."""


def parse(script: str) -> Script:
    """The syntax tree of a script. Raises NotUnderstood."""
    if _PARTLY_QUOTED_END.search(script):  # the grammar looks for another end of the here-document
        raise NotUnderstood("its syntax is not understood")
    root = root_of(script)
    if root is None:
        raise NotUnderstood("its syntax is not understood")
    if depth_of(root) > MAX_DEPTH * 3:
        raise NotUnderstood("it is nested too deeply")
    return _script(root.children)


def _script(nodes: Iterable[Node]) -> Script:
    steps: list[ShellStep] = []
    last: list[ShellStep] = []
    for node in nodes:
        if node.type == "&":
            last = [replace(step, background=True) for step in last]
        elif node.is_named and node.type != "comment":
            steps += last
            last = _steps(node, ";")
    return (*steps, *last)


def _steps(node: Node, joined: str) -> list[ShellStep]:
    """The steps of a statement; bash applies a redirection of a list or pipeline to its last command."""
    if node.type == "list":
        left, operator, right = [child for child in node.children if child.type != "comment"]
        return [*_steps(left, joined), *_steps(right, operator.type)]
    if node.type == "pipeline":
        return _piped(node, [], joined)
    if node.type == "redirected_statement":
        return _redirected(node, joined)
    return [ShellStep(joined, (_command(node),))]


def _piped(node: Node, steps: list[ShellStep], joined: str) -> list[ShellStep]:
    """The steps with the commands of a pipeline added to the last one."""
    for child in node.named_children:
        if child.type == "comment":
            continue
        first, *others = _steps(child, joined)
        if steps:
            steps[-1] = replace(steps[-1], pipeline=(*steps[-1].pipeline, *first.pipeline))
        else:
            steps = [first]
        steps += others
    return steps


def _redirected(node: Node, joined: str) -> list[ShellStep]:
    body = node.child_by_field_name("body")
    steps = _steps(body, joined) if body else [ShellStep(joined, (Simple(),))]
    for redirect in node.named_children:
        if redirect.type in _REDIRECTS:
            steps = _with_redirect(steps, redirect)
    return steps


def _with_redirect(steps: list[ShellStep], node: Node) -> list[ShellStep]:
    """The steps with a redirection of the last command; the line after a here-document's start belongs to it."""
    redirects, words = _redirects(node)
    steps[-1] = _extended(steps[-1], redirects, words)
    if node.type != "heredoc_redirect":
        return steps
    operator = node.child_by_field_name("operator")
    for child in node.named_children:
        if child.type in ("file_redirect", "herestring_redirect"):
            steps = _with_redirect(steps, child)
        elif child.type == "pipeline":
            steps = _piped(child, steps, ";")
        elif operator and child == node.child_by_field_name("right"):
            steps += _steps(child, operator.type)
    return steps


def _extended(step: ShellStep, redirects: list[Redirect], words: list[ShellWord]) -> ShellStep:
    *before, last = step.pipeline
    last = replace(last, redirects=(*last.redirects, *redirects))
    if words and isinstance(last, Simple):
        last = replace(last, words=(*last.words, *words))
    return replace(step, pipeline=(*before, last))


def _redirects(node: Node) -> tuple[list[Redirect], list[ShellWord]]:
    """The redirection that a node represents, and the arguments after its target."""
    if node.type == "heredoc_redirect":
        sign = node.children[0].type
        arguments = [_word(each) for each in node.children_by_field_name("argument")]
        return [Redirect(sign, heredoc_body(node, _script))], arguments
    if node.type == "herestring_redirect":
        return [Redirect("<<<", _word(node.named_children[-1]))], []
    descriptor = node.child_by_field_name("descriptor")
    behind_error = begins_here_string(node.prev_sibling)
    sign = "<<<" if behind_error else next(child.type for child in node.children if not child.is_named)
    targets = [_word(each) for each in node.children_by_field_name("destination")]
    if not targets:
        return [], []
    return [Redirect((source(descriptor) if descriptor else "") + sign, targets[0])], targets[1:]


def _word(node: Node) -> ShellWord:
    return word(node, _script)


def _command(node: Node) -> Command:
    convert = _COMMANDS.get(node.type)
    found = convert(node) if convert else None
    return found or Opaque(source(node))


def _simple(node: Node) -> Command:
    assignments = [_assignment(each) for each in node.named_children if each.type == "variable_assignment"]
    redirects: list[Redirect] = []
    words: list[ShellWord] = []
    for child in node.named_children:
        if child.type in _REDIRECTS:
            found, more = _redirects(child)
            redirects += found
            words += more
        elif child.type not in ("variable_assignment", "comment"):
            words.append(_word(child))
    return Simple(tuple(words), tuple(assignments), tuple(redirects))


def _assignment(node: Node) -> Assignment:
    name, value = node.named_children[0], node.child_by_field_name("value")
    appends = any(child.type == "+=" for child in node.children)
    elements = tuple(map(_word, value.named_children)) if value and value.type == "array" else None
    return Assignment(source(name), _word(value) if value else ShellWord(), appends, elements)


def _assignments(node: Node) -> Command:
    return Simple(assignments=tuple(_assignment(each) for each in node.named_children))


def _one_assignment(node: Node) -> Command:
    return Simple(assignments=(_assignment(node),))


def _declaration(node: Node) -> Command:
    """`export NAME=VALUE`, `local NAME`, `unset NAME`: the assignments are arguments."""
    words = [ShellWord((Text(node.children[0].type),))]
    for child in node.named_children:
        if child.type == "variable_assignment":
            found = _assignment(child)
            words.append(ShellWord((Text(f"{found.name}="), *found.value.pieces)))
        else:
            words.append(_word(child))
    return Simple(tuple(words))


def _test(node: Node) -> Command:
    """`[ ... ]` or `[[ ... ]]`."""
    return Simple((ShellWord((Text("["),)), *words_of_test(node, _script)))


def _negated(node: Node) -> Command | None:
    inner = _command(node.named_children[0])
    return (
        replace(inner, words=(ShellWord((Text("!"),)), *inner.words)) if isinstance(inner, Simple) else None
    )


def _group(node: Node) -> Command:
    if node.children[0].type == "((":
        return Simple((ShellWord((Text("["),)),))
    return ShellGroup(_script(node.children[1:-1]), subshell=node.type == "subshell")


def _if(node: Node) -> Command | None:
    if calls_any(node, _JUMPS):
        return None
    conditions, bodies = [], []
    for clause in [node, *(child for child in node.children if child.type == "elif_clause")]:
        at = next(i for i, child in enumerate(clause.children) if child.type == "then")
        conditions.append(_script(clause.children[1:at]))
        bodies.append(_script(_until_clause(clause.children[at + 1 :])))
    otherwise = next((child for child in node.children if child.type == "else_clause"), None)
    bodies.append(_script(otherwise.children[1:]) if otherwise else ())
    return Branches(tuple(conditions), tuple(bodies))


def _until_clause(nodes: Sequence[Node]) -> Iterator[Node]:
    return (node for node in nodes if node.type not in ("elif_clause", "else_clause", "fi"))


def _case(node: Node) -> Command | None:
    if calls_any(node, _JUMPS):
        return None
    items = [child for child in node.named_children if child.type == "case_item"]
    bodies = []
    for item in items:
        at = next(i for i, child in enumerate(item.children) if child.type == ")")
        bodies.append(_script(item.children[at + 1 :]))
    if items and source(items[-1].named_children[0]) == "*":
        if len(items) == 1:
            return ShellGroup(bodies[0], subshell=False)
        return Branches(((),) * (len(bodies) - 1), tuple(bodies))
    return Branches(((),) * len(bodies), (*bodies, ()))


def _for(node: Node) -> Command | None:
    name, body = node.child_by_field_name("variable"), node.child_by_field_name("body")
    if name is None or body is None or body.type != "do_group" or calls_any(node, _JUMPS):
        return None
    if [child.type for child in node.children[::2][:2]] != ["for", "in"]:
        return None
    words = tuple(_word(each) for each in node.children_by_field_name("value"))
    return Loop(source(name), words, _script(body.children[1:-1]))


def _while(node: Node) -> Command | None:
    """A loop over lines: `while read -r NAME`."""
    condition, body = node.child_by_field_name("condition"), node.child_by_field_name("body")
    words = source(condition).split() if condition else []
    whole = words[:1] == ["IFS="]
    if node.children[0].type != "while" or body is None or calls_any(node, _JUMPS):
        return None
    command, *rest = words[1:] if whole else words or [""]
    names = [word for word in rest if word != "-r"]
    if command != "read" or len(names) != 1 or not names[0].isidentifier():
        return None
    return ReadLoop(names[0], _script(body.children[1:-1]), "-r" in rest, whole)


def _function(node: Node) -> Command | None:
    name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
    if name is None or body is None or body.type != "compound_statement":
        return None
    # Of what leaves a function, only a plain `return` of its own is followed.
    if any(
        calls_any(child, _JUMPS) for child in body.named_children if source(child).split()[:1] != ["return"]
    ):
        return None
    redirects = [each for child in node.children_by_field_name("redirect") for each in _redirects(child)[0]]
    return Function(source(name), _script(body.children[1:-1]), tuple(redirects))


_COMMANDS: dict[str, Callable[[Node], Command | None]] = {
    "command": _simple,
    "variable_assignment": _one_assignment,
    "variable_assignments": _assignments,
    "declaration_command": _declaration,
    "unset_command": _declaration,
    "test_command": _test,
    "negated_command": _negated,
    "subshell": _group,
    "compound_statement": _group,
    "if_statement": _if,
    "case_statement": _case,
    "for_statement": _for,
    "while_statement": _while,
    "function_definition": _function,
}
