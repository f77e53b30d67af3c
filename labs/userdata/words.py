"""Converts tree-sitter's nodes of words and here-documents into pieces."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from tree_sitter import Node

from labs.userdata.syntax import (
    Piece,
    Redirect,
    Script,
    ShellStep,
    ShellWord,
    SideProcess,
    Simple,
    Substitution,
    Text,
    UnknownPiece,
    Variable,
)
from labs.userdata.texts import unescaped

Scripts = Callable[[Iterable[Node]], Script]
"""A converter for the statements of a command substitution."""

NO_END = "\x02"
"""Marks a line of a here-document that only looks like its end."""
_HERE = re.compile(r"""(?<!<)<<(-)?[ \t]*(?!\d)(?:'([^'\n]+)'|"([^"\n]+)"|\\?([^\s;&|<>()'"`$\\]+))""")
_BARE = re.compile(r"\\(.)", re.DOTALL)
_IN_QUOTES = re.compile(r"\\([$`\"\\\n])")
_IN_HEREDOC = re.compile(r"\\([$`\\\n])")
_DEFAULTS = {":-", "-", ":=", "=", ":?", "?"}
_EXPANSIONS = {
    "simple_expansion",
    "expansion",
    "command_substitution",
    "arithmetic_expansion",
    "process_substitution",
}


def source(node: Node) -> str:
    """The source text of a node."""
    return (node.text or b"").decode(errors="replace")


def word(node: Node, scripts: Scripts) -> ShellWord:
    """The word that a node represents."""
    if node.type == "command_name":
        node = node.children[0]
    if node.type == "concatenation":
        parts = [word(child, scripts) for child in node.named_children]
        return ShellWord(
            _joined(piece for part in parts for piece in part.pieces),
            quoted=any(part.quoted for part in parts),
        )
    if node.type in ("string", "translated_string"):
        return ShellWord(_joined(_in_quotes(node, scripts)), quoted=True)
    if node.type == "raw_string":
        return ShellWord((Text(source(node)[1:-1]),), quoted=True)
    if node.type == "ansi_c_string":
        return ShellWord((Text(unescaped(source(node)[2:-1].replace("\\'", "'"))),), quoted=True)
    if node.type in _EXPANSIONS:
        pieces = _expansion(node, scripts)
        return ShellWord(pieces, splits=len(pieces) == 1)
    if node.type == "array":
        return ShellWord((UnknownPiece(),))
    text = source(node)
    return ShellWord((Text(_BARE.sub(_protected, text)),), quoted="\\" in text)


def _protected(found: re.Match[str]) -> str:
    """The character after a backslash; empty for a continued line."""
    return "" if found[1] == "\n" else found[1]


def _joined(pieces: Iterable[Piece]) -> tuple[Piece, ...]:
    """The pieces, with adjacent texts joined."""
    found: list[Piece] = []
    for piece in pieces:
        last = found[-1] if found else None
        if isinstance(piece, Text) and isinstance(last, Text):
            found[-1] = Text(last.text + piece.text)
        else:
            found.append(piece)
    return tuple(found)


def _in_quotes(node: Node, scripts: Scripts) -> Iterable[Piece]:
    node = node.named_children[0] if node.type == "translated_string" else node
    raw = node.text or b""
    return _between(node, 1, len(raw) - 1, scripts, lambda text, _: _IN_QUOTES.sub(_protected, text))


def _between(
    node: Node, first: int, last: int, scripts: Scripts, resolved: Callable[[str, bool], str]
) -> Iterable[Piece]:
    """The pieces of a part of a node: its expansions, and the text between them.

    `resolved` resolves the backslashes of a text; its argument says whether the text is at the start of the part.
    """
    raw, start, at = node.text or b"", node.start_byte, first
    for child in node.named_children:
        if child.type in _EXPANSIONS:
            yield Text(resolved(raw[at : child.start_byte - start].decode(errors="replace"), at == first))
            yield from _expansion(child, scripts)
            at = child.end_byte - start
    yield Text(resolved(raw[at:last].decode(errors="replace"), at == first))


def with_open_ends(script: str) -> str:
    """The script with a mark before lines of a here-document that only look like its end.

    The grammar takes every line for the end that begins with its word. For bash, the line is the word alone, behind
    tabs only after `<<-`.
    """
    return _read_here_documents(script)[0]


def with_last_end(script: str) -> str:
    """The script with an end for its here-document without one, which extends to the end of the script."""
    return "\n".join([script.removesuffix("\n"), *_read_here_documents(script)[1], ""])


def _read_here_documents(script: str) -> tuple[str, list[str]]:
    """The script with marks in its here-documents, and the word of the one that has no end."""
    lines, at = script.split("\n"), 0
    while at < len(lines):
        line, at = lines[at], at + 1
        for found in _HERE.finditer(line):
            before, word = line[: found.start()], "".join(filter(None, found.groups()[1:]))
            if before.lstrip().startswith("#") or before.count('"') % 2 or before.count("'") % 2:
                continue
            end = at
            while end < len(lines) and (lines[end].lstrip("\t") if found[1] else lines[end]) != word:
                lines[end] = NO_END * lines[end].lstrip().startswith(word) + lines[end]
                end += 1
            if end == len(lines):
                return "\n".join(lines), [word]
            at = end + 1
    return "\n".join(lines), []


def heredoc_body(node: Node, scripts: Scripts) -> ShellWord:
    """The body of a here-document: literal if its delimiter is quoted; `<<-` removes leading tabs."""
    start, body = (
        node.named_children[0],
        next(child for child in node.children if child.type == "heredoc_body"),
    )
    dashed = node.children[0].type == "<<-"

    def resolved(text: str, opens: bool) -> str:
        text = text.replace(NO_END, "")
        if dashed:
            text = re.sub(r"(?<=\n)\t+", "", text.lstrip("\t") if opens else text)
        return text

    if re.search(r"[\"'\\]", source(start)):
        return ShellWord((Text(resolved(source(body), True)),), quoted=True)
    if "`" in _BARE.sub("", source(body)):  # the grammar leaves these substitutions in the text
        return ShellWord((UnknownPiece(),), quoted=True)
    escaped = lambda text, opens: _IN_HEREDOC.sub(_protected, resolved(text, opens))  # noqa: E731
    return ShellWord(_joined(_between(body, 0, len(body.text or b""), scripts, escaped)), quoted=True)


def _expansion(node: Node, scripts: Scripts) -> tuple[Piece, ...]:
    if node.type == "command_substitution":
        return (_substitution(node, scripts),)
    if node.type == "process_substitution":
        return (SideProcess(source(node)),)
    parts = [child for child in node.children if child.type not in ("$", "${", "}")]
    if len(parts) == 1 and parts[0].type == "subscript":
        return _elements(parts[0])
    if not parts or parts[0].type not in ("variable_name", "special_variable_name"):
        return (UnknownPiece(),)
    name = source(parts[0])
    if node.type == "simple_expansion":  # the grammar takes `$1abc` for one name
        place = name[:1].isdigit() and len(name) > 1
        return (Variable(name[0]), Text(name[1:])) if place else (Variable(name),)
    if len(parts) == 1:
        return (Variable(name),)
    if parts[1].type not in _DEFAULTS:
        return (UnknownPiece(),)
    default = [piece for child in parts[2:] for piece in word(child, scripts).pieces]
    return (Variable(name, ShellWord(_joined(default)), parts[1].type),)


def _elements(node: Node) -> tuple[Piece, ...]:
    """`${NAME[@]}` or `${NAME[*]}`: all elements; one of them is not followed."""
    name, index = source(node.named_children[0]), source(node.named_children[-1])
    return (Variable(f"{name}[{index}]"),) if index in ("@", "*") else (UnknownPiece(),)


def _substitution(node: Node, scripts: Scripts) -> Piece:
    inner = node.children[1:-1]
    if len(inner) == 1 and inner[0].type == "file_redirect":
        target = inner[0].child_by_field_name("destination")
        if target and inner[0].children[0].type == "<":
            read = Redirect("<", word(target, scripts))
            return Substitution((ShellStep(";", (Simple((ShellWord((Text("cat"),)),), redirects=(read,)),)),))
    return Substitution(scripts(inner))


def words_of_test(node: Node, scripts: Scripts) -> list[ShellWord]:
    """The words of a test; of one in several parts the operands, whose substitutions are run, behind a bracket."""
    inner = node.named_children
    words = _single_test(inner[0], scripts) if len(inner) == 1 else []
    return words or [ShellWord((Text("("),)), *(word(each, scripts) for each in _operands(node))]


def _single_test(node: Node, scripts: Scripts) -> list[ShellWord]:
    """The words of one comparison, or of its negation; none for anything else."""
    if not node.type.endswith("_expression"):
        return [word(node, scripts)]
    words: list[ShellWord] = []
    for child in node.children:
        if child.type == "unary_expression" and node.type == "unary_expression":
            words += _single_test(child, scripts)
        elif child.type.endswith("_expression"):
            return []
        else:
            words.append(word(child, scripts))
    return words


def _operands(node: Node) -> Iterator[Node]:
    for child in node.named_children:
        if child.type.endswith("_expression") or child.type == "test_operator":
            yield from _operands(child)
        else:
            yield child
