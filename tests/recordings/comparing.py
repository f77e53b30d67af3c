"""Which keys and words are in answers to one operation, so that those of AWS and of the sandbox can be compared."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.recordings.recorded import PAGE_MARKS


@dataclass(slots=True)
class Seen:
    """The values in answers, by the path of names that leads to them (`services[].status`)."""

    structures: Counter[str] = field(default_factory=Counter)
    keys: Counter[tuple[str, str]] = field(default_factory=Counter)
    words: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    listed: dict[str, frozenset[str]] = field(default_factory=dict)
    """The words that botocore's model lists."""

    def add(self, value: Any, shape: Any, path: str = "") -> None:
        """One more answer, or a part of one."""
        match shape.type_name, value:
            case "structure", dict():
                self.structures[path] += 1
                for name in (value.keys() & shape.members.keys()) - set(PAGE_MARKS):
                    self.keys[path, name] += 1
                    self.add(value[name], shape.members[name], f"{path}.{name}".lstrip("."))
            case "list", list():
                for each in value:
                    self.add(each, shape.member, f"{path}[]")
            case "map", dict():
                for each in value.values():
                    self.add(each, shape.value, f"{path}{{}}")
            case "string", str() if shape.enum:
                self.words[path].add(value)
                self.listed[path] = frozenset(shape.enum)

    def always(self) -> Iterator[tuple[str, str]]:
        """The keys that no structure of their kind lacks."""
        return (key for key, count in self.keys.items() if count == self.structures[key[0]])


def always_but_never(one: Seen, other: Seen) -> set[str]:
    """The keys that one always has and the other never, of structures that both have."""
    return {
        f"{path}.{name}".lstrip(".")
        for path, name in one.always()
        if other.structures[path] and (path, name) not in other.keys
    }


def other_words(aws: Seen, sandbox: Seen) -> dict[str, set[str]]:
    """The sandbox's words at places where AWS says none of the words that the model lists; and words of nobody's."""
    found: dict[str, set[str]] = {}
    for path, seen in sandbox.words.items():
        heard, listed = aws.words.get(path, set()), sandbox.listed[path]
        unknown = seen - listed - heard
        if heard and not heard & listed:
            unknown |= seen & listed
        if unknown:
            found[path] = unknown
    return found
