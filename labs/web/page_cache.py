"""A cache of rendered pages, shared by all viewers, and the differences between their versions."""

from __future__ import annotations

import gzip
import hashlib
import json
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

MAX_PAGES = 64
"""Maximum number of cached pages, including old versions for differences."""
MAX_AGE_SECONDS = 20.0
"""A page is rendered again after this time even without a change, because it shows durations."""

LOCKS = 16
"""Number of pages that can be rendered concurrently: a slow page must not delay the others."""

Change = tuple[int, int, list[str]]
"""A replacement of lines in a page: index of the first line, number of lines, new lines."""


@dataclass(frozen=True)
class Rendered:
    """A rendered page and its ETag."""

    text: str
    etag: str

    @cached_property
    def packed(self) -> bytes:
        """The page as gzip, made on demand: most viewers request only a difference."""
        return gzip.compress(self.text.encode(), 6, mtime=0)


class PageCache:
    """The latest version of each page, and some earlier ones by ETag."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.RLock()
        self._rendering = [threading.Lock() for _ in range(LOCKS)]
        self._latest: OrderedDict[str, tuple[int, float, Rendered]] = OrderedDict()
        self._by_etag: OrderedDict[str, Rendered] = OrderedDict()
        self._differences: OrderedDict[tuple[str, str], bytes | None] = OrderedDict()

    def page(self, key: str, change: int, render: Callable[[], str]) -> Rendered:
        """The page with this key after this change; rendered at most once for each change."""
        with self._rendering[hash(key) % LOCKS]:
            with self._lock:
                found = self._latest.get(key)
            if found and found[0] == change and self._clock() - found[1] < MAX_AGE_SECONDS:
                return found[2]
            rendered = _rendered(render())
            self._keep(key, change, rendered)
            return rendered

    def _keep(self, key: str, change: int, rendered: Rendered) -> None:
        with self._lock:
            self._latest[key] = change, self._clock(), rendered
            self._latest.move_to_end(key)
            self._by_etag[rendered.etag] = rendered
            self._by_etag.move_to_end(rendered.etag)
            for kept in (self._latest, self._by_etag):
                while len(kept) > MAX_PAGES:
                    kept.popitem(last=False)

    def difference(self, etag: str, now: Rendered) -> bytes | None:
        """The difference to an earlier version as gzipped JSON; None if that is unknown, or no shorter than it."""
        key = etag, now.etag
        with self._lock:
            if key not in self._differences:
                before = self._by_etag.get(etag)
                self._differences[key] = _difference(before, now) if before else None
                while len(self._differences) > MAX_PAGES:
                    self._differences.popitem(last=False)
            return self._differences[key]


def _difference(before: Rendered, now: Rendered) -> bytes | None:
    text = json.dumps({"etag": now.etag, "changes": changed_lines(before.text, now.text)})
    return gzip.compress(text.encode(), 6, mtime=0) if len(text) < len(now.text) else None


def changed_lines(before: str, after: str) -> list[Change]:
    """The changes between two texts: line by line if both have the same number of lines, else one changed block."""
    old, new = before.split("\n"), after.split("\n")
    if len(old) == len(new):
        return [(number, 1, [line]) for number, line in enumerate(new) if line != old[number]]
    shorter = min(len(old), len(new))
    head = next((each for each in range(shorter) if old[each] != new[each]), shorter)
    rest = shorter - head
    tail = next((each for each in range(rest) if old[-1 - each] != new[-1 - each]), rest)
    return [(head, len(old) - head - tail, new[head : len(new) - tail])]


def _rendered(text: str) -> Rendered:
    return Rendered(text, hashlib.blake2b(text.encode(), digest_size=12).hexdigest())
