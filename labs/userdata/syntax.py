"""The syntax tree of a boot script, as far as the interpreter supports it."""

from __future__ import annotations

from dataclasses import dataclass

BETWEEN = "\x1f"
"""Separates the elements of a list (`$@`, an array) in the variable that holds them."""


@dataclass(frozen=True, slots=True)
class Text:
    """Literal text of a word, without its quotes and backslashes."""

    text: str


@dataclass(frozen=True, slots=True)
class Variable:
    """`$NAME`, `${NAME[@]}`, or `${NAME:-DEFAULT}` with its operator."""

    name: str
    default: ShellWord | None = None
    operator: str = ""


@dataclass(frozen=True, slots=True)
class Substitution:
    """`$(...)`: the output of a script."""

    script: Script


@dataclass(frozen=True, slots=True)
class SideProcess:
    """`<(...)` or `>(...)`, as written."""

    source: str


@dataclass(frozen=True, slots=True)
class UnknownPiece:
    """An expansion that is not followed, such as `$((...))` or `${NAME#pattern}`."""


Piece = Text | Variable | Substitution | SideProcess | UnknownPiece


@dataclass(frozen=True, slots=True)
class ShellWord:
    """The pieces of an argument; `splits` if it is an unquoted expansion, which is split at whitespace."""

    pieces: tuple[Piece, ...] = ()
    splits: bool = False
    quoted: bool = False

    @property
    def plain(self) -> str:
        """The text of a word without quotes and expansions; empty if it has any."""
        only = self.pieces[0] if len(self.pieces) == 1 else None
        return only.text if isinstance(only, Text) and not self.quoted else ""


@dataclass(frozen=True, slots=True)
class Redirect:
    """An input or output of a command: the operator with its descriptor, and a word or a here-document's body."""

    sign: str
    target: ShellWord


@dataclass(frozen=True, slots=True)
class Assignment:
    """`NAME=VALUE` before a command or alone; `appends` for `+=`; `elements` are those of `NAME=(A B)`."""

    name: str
    value: ShellWord
    appends: bool = False
    elements: tuple[ShellWord, ...] | None = None


@dataclass(frozen=True, slots=True)
class Simple:
    """A command with its arguments and the assignments before it."""

    words: tuple[ShellWord, ...] = ()
    assignments: tuple[Assignment, ...] = ()
    redirects: tuple[Redirect, ...] = ()


@dataclass(frozen=True, slots=True)
class ShellGroup:
    """Commands in braces, or in a subshell, whose variables are local."""

    body: Script
    subshell: bool
    redirects: tuple[Redirect, ...] = ()


@dataclass(frozen=True, slots=True)
class Branches:
    """`if` or `case`: one condition for each body except the last, which belongs to `else` and may be empty."""

    conditions: tuple[Script, ...]
    bodies: tuple[Script, ...]
    redirects: tuple[Redirect, ...] = ()


@dataclass(frozen=True, slots=True)
class Loop:
    """`for NAME in WORDS` with its body."""

    name: str
    words: tuple[ShellWord, ...]
    body: Script
    redirects: tuple[Redirect, ...] = ()


@dataclass(frozen=True, slots=True)
class ReadLoop:
    """`while read NAME`, over the lines of its input; `raw` for `read -r`, `whole` where IFS is empty."""

    name: str
    body: Script
    raw: bool
    whole: bool
    redirects: tuple[Redirect, ...] = ()


@dataclass(frozen=True, slots=True)
class Function:
    """The definition of a function."""

    name: str
    body: Script
    redirects: tuple[Redirect, ...] = ()


@dataclass(frozen=True, slots=True)
class Opaque:
    """Another condition, loop or function, as its source text, which is only searched for names."""

    text: str
    redirects: tuple[Redirect, ...] = ()


Command = Simple | ShellGroup | Branches | Loop | ReadLoop | Function | Opaque


@dataclass(frozen=True, slots=True)
class ShellStep:
    """A pipeline, the operator that joins it to the one before (`;`, `&&`, `||`), and whether `&` follows it."""

    joined: str
    pipeline: tuple[Command, ...]
    background: bool = False


Script = tuple[ShellStep, ...]
