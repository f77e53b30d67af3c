"""Helpers for tree-sitter's syntax tree of a shell script; none of them recurses, because scripts are untrusted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from itertools import islice, pairwise

import tree_sitter_bash
from tree_sitter import Language, Node, Parser

from labs.userdata.words import source, with_last_end, with_open_ends


def depth_of(root: Node) -> int:
    """The nesting of the tree, measured without recursion; chains of && and || count once."""
    deepest, cursor, depth = 0, root.walk(), 0
    while True:
        if cursor.goto_first_child():
            depth += 1
            deepest = max(deepest, depth)
            continue
        while not cursor.goto_next_sibling():
            if not cursor.goto_parent():
                return deepest
            depth -= 1


def calls_any(node: Node, names: set[str]) -> bool:
    """Whether one of these commands is called anywhere below a node."""
    waiting = [node]
    while waiting:
        each = waiting.pop()
        if each.type == "command_name" and source(each) in names:
            return True
        if each.type == "declaration_command" and each.children[0].type in names:
            return True
        waiting += each.named_children
    return False


_MOST_ENDS = 20
"""The maximum number of times that a script is parsed again to end its commands."""
_END_OF_LINE = re.compile(rb"(?<!\\)\n")


@cache
def _parser() -> Parser:
    return Parser(Language(tree_sitter_bash.language()))


def root_of(script: str) -> Node | None:
    """The root of a script's syntax tree; None if the grammar does not understand it."""
    roots = (_parsed(with_open_ends(each).encode()) for each in (with_last_end(script), script))
    return next((root for root in roots if root and not _is_broken(root)), None)


def _parsed(script: bytes) -> Node | None:
    """The root of a script's tree. A semicolon is added to a command that the grammar continues on the next line.

    The grammar does so in a pipeline of three commands, if the next line has a redirection.
    """
    for _ in range(_MOST_ENDS):
        root = _parser().parse(script).root_node
        ends = sorted(set(_overrun(root, script)))
        if not ends:
            return root
        bounds = zip([0, *ends], [*ends, len(script)], strict=True)
        script = b";".join(script[start:end] for start, end in bounds)
    return None


def _overrun(root: Node, script: bytes) -> Iterator[int]:
    """The positions of line ends within commands: without a backslash, a command cannot continue there."""
    waiting = [root]
    while waiting:
        each = waiting.pop()
        waiting += each.named_children
        if each.type in ("command", "redirected_statement"):
            parts = [child for child in each.named_children if child.type != "comment"]
            ends = (
                before.end_byte
                for before, after in pairwise(parts)
                if _END_OF_LINE.search(script, before.end_byte, after.start_byte)
            )
            yield from islice(ends, 1)


def _is_broken(root: Node) -> bool:
    waiting = [root] if root.has_error else []
    while waiting:
        each = waiting.pop()
        if each.is_missing or (each.is_error and not begins_here_string(each)):
            return True
        waiting += (child for child in each.children if child.has_error)
    return False


def begins_here_string(node: Node | None) -> bool:
    """Whether a node is the `<<` of a `<<<` behind another redirection: the grammar makes an error and a `<` of it."""
    rest = node.next_sibling if node and node.is_error and source(node) == "<<" else None
    if node is None or rest is None or rest.start_byte != node.end_byte:
        return False
    return rest.type == "file_redirect" and source(rest).startswith("<")
