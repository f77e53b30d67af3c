"""Reads the words of a shell script into commands, pipelines and lists."""

from __future__ import annotations

from dataclasses import dataclass, field

from labs.errors import NotUnderstood
from labs.userdata.lexer import REDIRECTS, Token

_OPENING = {"if": "fi", "for": "done", "while": "done", "until": "done", "select": "done", "case": "esac"}
_LEAPS = {"break", "continue", "return"}
"""Words that leave a body before its end, which we do not follow."""

_SHADOWS = {"local", "declare", "typeset"}
"""Words that give a function variables of its own, which we do not keep apart."""

_ENDS = {";", "\n", "&", "&&", "||", "|", "|&", ")", ";;"}


@dataclass(frozen=True, slots=True)
class Redirect:
    """Where a command reads from or writes to; `sign` with its number, `target` a word or a body."""

    sign: str
    target: Token


@dataclass(frozen=True, slots=True)
class Simple:
    """A command with its arguments, assignments in front included."""

    words: tuple[Token, ...]
    redirects: tuple[Redirect, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """Commands in braces, or in round brackets, which keep their variables to themselves."""

    body: Script
    subshell: bool
    redirects: tuple[Redirect, ...] = ()


@dataclass(frozen=True, slots=True)
class Branches:
    """`if` with what it asks and what follows from each answer; the last body is that of `else`, perhaps empty."""

    conditions: tuple[Script, ...]
    bodies: tuple[Script, ...]
    redirects: tuple[Redirect, ...] = ()


@dataclass(frozen=True, slots=True)
class Loop:
    """`for NAME in WORDS`, and what is done with each."""

    name: str
    words: tuple[Token, ...]
    body: Script
    redirects: tuple[Redirect, ...] = ()


@dataclass(frozen=True, slots=True)
class Function:
    """What is done when its name is called."""

    name: str
    body: Script
    redirects: tuple[Redirect, ...] = ()


@dataclass(frozen=True, slots=True)
class Opaque:
    """Another condition, loop or function: its words, of which we only ask what they mention."""

    text: str
    redirects: tuple[Redirect, ...] = ()


Command = Simple | Group | Branches | Loop | Function | Opaque


@dataclass(frozen=True, slots=True)
class Step:
    """A pipeline, and the operator that joins it to the one before: `;`, `&&` or `||`."""

    joined: str
    pipeline: tuple[Command, ...]


Script = tuple[Step, ...]


def parse(tokens: list[Token]) -> Script:
    """The script that the tokens make up. Raises NotUnderstood."""
    reader = _Reader(tokens)
    script = reader.script(set())
    if reader.at < len(tokens):
        raise NotUnderstood(
            f"an unexpected {reader.tokens[reader.at].sign or reader.tokens[reader.at].raw!r}"
        )
    return script


@dataclass(slots=True)
class _Reader:
    tokens: list[Token]
    at: int = 0
    _end: Token = field(default_factory=lambda: Token("end"))

    def peek(self) -> Token:
        return self.tokens[self.at] if self.at < len(self.tokens) else self._end

    def take(self) -> Token:
        token = self.peek()
        self.at += 1
        return token

    def script(self, until: set[str]) -> Script:
        """Steps up to one of some closing words or signs, which is not taken."""
        steps: list[Step] = []
        joined = ";"
        while True:
            while self.peek().sign in (";", "\n", "&"):
                self.at += 1
            token = self.peek()
            if token is self._end or token.sign in until or token.plain in until:
                return tuple(steps)
            steps.append(Step(joined, self._pipeline()))
            joined = self.peek().sign if self.peek().sign in ("&&", "||") else ";"
            if joined != ";":
                self.at += 1
                self._skip_lines()
            elif self.peek().sign not in _ENDS and self.peek() is not self._end:
                raise NotUnderstood(f"an unexpected {self.peek().raw!r}")
            elif self.peek().sign in (")", ";;") and self.peek().sign not in until:
                raise NotUnderstood(f"an unexpected {self.peek().sign!r}")

    def _skip_lines(self) -> None:
        while self.peek().sign == "\n":
            self.at += 1

    def _pipeline(self) -> tuple[Command, ...]:
        commands = [self._command()]
        while self.peek().sign in ("|", "|&"):
            self.at += 1
            self._skip_lines()
            commands.append(self._command())
        return tuple(commands)

    def _command(self) -> Command:
        token = self.peek()
        if token.sign == "(" or token.plain == "{":
            return self._group(subshell=token.sign == "(")
        if token.plain in _OPENING:
            return (token.plain in ("if", "for") and self._structured(token.plain)) or self._opaque(_OPENING)
        if token.plain == "function" or self._defines_function():
            return self._plain_function() or self._function()
        return self._simple()

    def _group(self, *, subshell: bool) -> Group:
        self.at += 1
        body = self.script({")" if subshell else "}"})
        if self.take() is self._end:
            raise NotUnderstood("a bracket that is never closed")
        return Group(body, subshell, self._redirects())

    def _structured(self, kind: str) -> Command | None:
        """An `if` or a `for` in its parts; None, and nothing taken, where it has not the usual form."""
        begun = self.at
        try:
            self._expect(kind)
            found = self._branches() if kind == "if" else self._loop()
        except NotUnderstood:
            found = None
        if found is None or _LEAPS.intersection(token.plain for token in self.tokens[begun : self.at]):
            self.at = begun
            return None
        return found

    def _branches(self) -> Branches:
        conditions: list[Script] = []
        bodies: list[Script] = []
        word: str | None = "elif"
        while word == "elif":
            conditions.append(self.script({"then"}))
            self._expect("then")
            bodies.append(self.script({"elif", "else", "fi"}))
            word = self.take().plain
        bodies.append(self.script({"fi"}) if word == "else" else ())
        if word == "else":
            self._expect("fi")
        return Branches(tuple(conditions), tuple(bodies), self._redirects())

    def _loop(self) -> Loop:
        name = self.take().plain or ""
        self._expect("in")
        words: list[Token] = []
        while not self.peek().sign:
            words.append(self.take())
        while self.peek().sign in (";", "\n"):
            self.at += 1
        self._expect("do")
        body = self.script({"done"})
        self._expect("done")
        return Loop(name, tuple(words), body, self._redirects())

    def _expect(self, word: str) -> None:
        if self.take().plain != word:
            raise NotUnderstood(f"a condition or loop without its {word!r}")

    def _opaque(self, pairs: dict[str, str]) -> Opaque:
        """Everything up to the word that closes the one we stand at, the same within it left out of account."""
        waiting: list[str] = []
        words: list[str] = []
        starts = True
        while True:
            token = self.take()
            if token is self._end:
                raise NotUnderstood("a condition or loop that is never closed")
            words.append(token.raw or token.sign)
            if starts and token.plain in pairs:
                waiting.append(pairs[token.plain])
            elif starts and token.plain == waiting[-1]:
                waiting.pop()
                if not waiting:
                    return Opaque(" ".join(words), self._redirects())
            starts = token.sign not in ("", *REDIRECTS) or token.plain in {"then", "do", "else", "!", "{"}

    def _defines_function(self) -> bool:
        return [token.sign for token in self.tokens[self.at : self.at + 3]] == ["", "(", ")"]

    def _plain_function(self) -> Function | None:
        """A function in braces; None, and nothing taken, where it has another form or is left before its end."""
        begun = self.at
        self.at += self.peek().plain == "function"
        name = self.take().plain
        while self.peek().sign in ("(", ")", "\n"):
            self.at += 1
        try:
            body = self._group(subshell=False) if self.peek().plain == "{" else None
        except NotUnderstood:
            body = None
        within = {token.plain for token in self.tokens[begun : self.at]}
        if body is None or not name or within & (_LEAPS | _SHADOWS):
            self.at = begun
            return None
        return Function(name, body.body, body.redirects)

    def _function(self) -> Opaque:
        while self.peek().plain != "{":
            if self.take() is self._end:
                raise NotUnderstood("a function without a body")
        return self._opaque({"{": "}", **_OPENING})

    def _simple(self) -> Simple:
        words: list[Token] = []
        redirects: list[Redirect] = []
        while True:
            redirects += self._redirects()
            token = self.peek()
            if token is self._end or token.sign in _ENDS:
                break
            if token.sign:
                raise NotUnderstood(f"an unexpected {token.sign!r}")
            words.append(self.take())
        if not words and not redirects:
            raise NotUnderstood(f"an unexpected {self.peek().sign!r}")
        return Simple(tuple(words), tuple(redirects))

    def _redirects(self) -> tuple[Redirect, ...]:
        found: list[Redirect] = []
        while self.peek().sign.lstrip("0123456789") in REDIRECTS:
            sign = self.take().sign
            target = self.take()
            if target.sign or target is self._end:
                raise NotUnderstood(f"a {sign} without a target")
            found.append(Redirect(sign, target))
        return tuple(found)
