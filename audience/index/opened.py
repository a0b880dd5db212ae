"""The search index in use, opened, with what is kept beside it."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audience.disclosure.answered import Answered
from audience.engines.base import COUNTED_FIELDS, LOOKUP_FIELDS, SINGLE_VALUED, Engine, Scope, Store
from audience.engines.stores import store_of
from audience.errors import NotMinedError
from audience.index.shelf import Shelf
from audience.query.model import AudienceQuery
from lake.store import Lake
from privacy.errors import UnavailableError
from privacy.home import Home
from privacy.optouts import blocked
from privacy.rights import lacking, remedy, told
from privacy.sensitive import rules

if TYPE_CHECKING:
    from nlp.segment import Segmenter

_COUNTS = 10_000
# Raised when what is indexed, or how, changes: an index of another layout is built again.
LAYOUT = 16
FILES = "files.json"
_FIRST_YEAR = 1970  # of a moment that profiles can have been mined for
ANSWERED = "answered-"
_LOCKS = "the search index takes locks and notes what was answered, and searches go into the audit trail"


@dataclass(frozen=True, slots=True)
class IndexMeta:
    """What an index was built from."""

    schema: str
    profiles: int
    as_of: str
    persons: int
    engine: str = "tantivy"


def schema_hash(store: Store) -> str:
    """Changes whenever an index written before can no longer be read as it is."""
    # No sensitive value gets into an index: under another list there may be some in it.
    parts = (str(LAYOUT), store.layout(), rules(), *COUNTED_FIELDS, *LOOKUP_FIELDS)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def is_stale(home: Home) -> bool:
    """Whether the index is missing, half-built, of another layout, or older than the profiles."""
    try:
        meta = read_meta(current(home), store_of(home))
    except NotMinedError:
        return True
    return meta.profiles != Lake(home).version("profiles")


def lengths(folder: Path) -> dict[str, int]:
    """Place in the folder to length in bytes, of every file in it."""
    return {
        path.relative_to(folder).as_posix(): path.stat().st_size
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix != ".lock"
    }


def is_whole(home: Home) -> bool:
    """Whether the index is that of the profiles, its files are as they were written, what it answered too, and it opens."""
    if is_stale(home):
        return False
    folder = current(home)
    try:
        kept, there = _read(folder / FILES), lengths(folder)
    except NotMinedError:  # it was built before its files were looked at
        return False
    as_they_were = all(there.get(place) == length for place, length in kept.items())
    store = store_of(home)
    answered = answered_in(home, read_meta(folder, store))
    return as_they_were and Answered(answered).is_whole() and store.is_whole(folder)


def answered_in(home: Home, meta: IndexMeta) -> Path:
    """The file of what was answered from any index of these profiles and layout: one that is built anew keeps to it."""
    return home.index / f"{ANSWERED}{meta.profiles}-{meta.schema}.sqlite"


def read_meta(folder: Path, store: Store) -> IndexMeta:
    """The meta data of a complete index of this engine and layout. Raises NotMinedError otherwise."""
    try:
        meta = IndexMeta(**json.loads((folder / "meta.json").read_text("utf-8")))
        if datetime.fromisoformat(meta.as_of).year < _FIRST_YEAR:
            raise ValueError(meta.as_of)
    except FileNotFoundError:
        raise NotMinedError("the search index is missing or half-built") from None
    except (ValueError, TypeError):
        raise NotMinedError("the search index is damaged") from None
    if meta.engine != store.name:
        raise NotMinedError(f"the search index is one of {meta.engine}, and RENQUN_ENGINE is {store.name}")
    if meta.schema != schema_hash(store):
        raise NotMinedError("the search index was built by another version of renqun, or with other settings")
    return meta


def first_step(home: Home) -> str:
    """What to run where something is missing: the miner, or what collects where there is nothing to mine."""
    if any(Lake(home).exists(table) for table in ("posts", "edges", "touchpoints")):
        return "run: renqun mine"
    return "collect first (renqun crawl, renqun import, or renqun demo to try it), then run: renqun mine"


def current(home: Home) -> Path:
    """The folder of the index in use. Raises NotMinedError."""
    path = home.index / "current"
    try:
        seen = os.stat(path)
        return _named(path, seen.st_ino, seen.st_mtime_ns)
    except FileNotFoundError:
        raise NotMinedError("there is no search index yet", first_step(home)) from None


@lru_cache(maxsize=16)
def _named(path: Path, _number: int, _changed: int) -> Path:
    """The folder that ``current`` names, read once a build: each puts a new file in its place."""
    name = path.read_text("utf-8").strip()
    if not name or "/" in name:
        raise NotMinedError("the search index is damaged")
    return path.parent / name


class OpenIndex:
    """The index in use, with what is kept beside it. Raises UnavailableError where this user lacks the rights to open it."""

    def __init__(self, home: Home, folder: Path, store: Store) -> None:
        if store.embedded and (path := lacking(home.root, home.index, folder)):
            raise UnavailableError(f"{told(path)}: {_LOCKS}.", remedy(path))
        self.home = home
        self.generation = folder.name
        self.meta = read_meta(folder, store)
        self._folder = folder
        self.engine: Engine = store.open(folder)
        self.embedded = store.embedded
        self._counts = lru_cache(_COUNTS)(self._counted)

    @property
    def is_stale(self) -> bool:
        """Whether the profiles changed since this index was built."""
        return self.meta.profiles != Lake(self.home).version("profiles")

    def count(self, query: AudienceQuery, scope: Scope) -> int:
        """How many persons the query finds, exactly; kept, since checks of many queries ask for the same parts."""
        return self._counts(query, scope.as_of, frozenset(scope.blocked))

    def _counted(self, query: AudienceQuery, as_of: datetime, blocked: frozenset[str]) -> int:
        return self.engine.count(query, Scope(as_of, self.cut, blocked))

    @cached_property
    def baseline(self) -> dict[str, dict[str, int]]:
        """Field to value to persons, over everybody."""
        return self._beside["counts"]  # type: ignore[no-any-return]

    def frequent(self, field: str, k: int) -> frozenset[str]:
        """The values of a field that at least k persons have."""
        return self._frequent(field, k)

    @cached_property
    def _frequent(self) -> Callable[[str, int], frozenset[str]]:
        return lru_cache(64)(
            lambda field, k: frozenset(value for value, n in self.baseline[field].items() if n >= k)
        )

    @cached_property
    def splits(self) -> dict[str, frozenset[str]]:
        """The fields of which everybody has just one value, with all their values."""
        return {
            field: frozenset(self.baseline[field])
            for field in SINGLE_VALUED
            if sum(self.baseline[field].values()) == self.engine.persons
        }

    @cached_property
    def names(self) -> dict[str, dict[str, str]]:
        """Names of topics and communities by id."""
        return self._beside["names"]  # type: ignore[no-any-return]

    @cached_property
    def grown(self) -> dict[str, list[str]]:
        """Tag, or id of a topic, to the words that mining learned to tell it by, the surest first."""
        return _read(self._folder / "grown.json")

    @cached_property
    def answered(self) -> Answered:
        """What was answered from this index, and from others of the same profiles."""
        return Answered(answered_in(self.home, self.meta))

    @cached_property
    def shelf(self) -> Shelf:
        """The posts and edges that evidence is read from."""
        return Shelf(self._folder)

    @cached_property
    def _beside(self) -> dict[str, Any]:
        return _read(self._folder / "baseline.json")

    @cached_property
    def _segmenter(self) -> Segmenter:
        from nlp.segment import Segmenter

        return Segmenter(user_words=_read(self._folder / "segmenter.json")["words"])

    def cut(self, text: str) -> list[str]:
        """Words of a query's text, as the profiles' words were cut."""
        from nlp.normalise import normalise

        return self._segmenter.cut(normalise(text))

    def scope(self, as_of: datetime | None = None) -> Scope:
        """What a query is read with: by default as of the mining run. Withheld accounts are left out at once."""
        return Scope(as_of or datetime.fromisoformat(self.meta.as_of), self.cut, blocked(self.home))


def _read(path: Path) -> dict[str, Any]:
    try:
        loaded: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise NotMinedError("the search index is damaged") from error
    return loaded


@lru_cache(maxsize=4)
def _opened(home: Home, folder: Path, store: Store) -> OpenIndex:
    return OpenIndex(home, folder, store)


def open_index(home: Home) -> OpenIndex:
    """The index in use; kept open between calls, and opened again after a build. Raises NotMinedError."""
    return _opened(home, current(home), store_of(home))
