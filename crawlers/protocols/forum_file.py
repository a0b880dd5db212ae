"""Forum files: load one, and say which key is wrong where one is."""

from __future__ import annotations

import difflib
import re
import tomllib
from dataclasses import MISSING, dataclass, field, fields
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from crawlers.protocols.selectors import Find, compile_find, compile_pattern
from privacy.errors import BadInputError

FACTS = (
    "region", "gender", "birthday", "education", "occupation", "bio", "registered_at", "last_active_at", "posts_count",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Boards:
    """Links to boards; the group of ``address`` is a board's id."""

    link: Find
    address: re.Pattern[str]
    drop: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Topics:
    """The rows of a board's page. ``cut`` keeps a part of a topic's address."""

    row: Find
    link: Find
    address: re.Pattern[str]
    drop: tuple[str, ...] = ()
    cut: re.Pattern[str] | None = None
    pinned: Find | None = None
    last: Find | None = None
    replies: Find | None = None
    board: Find | None = None
    next: Find | None = None


@dataclass(frozen=True, slots=True)
class Posts:
    """The posts of a topic's page. Keys from ``title`` to ``starter`` are read from the page, the others from a post."""

    row: Find
    id: Find
    author: Find
    time: Find
    text: Find
    author_name: Find | None = None
    person: Find | None = None
    likes: Find | None = None
    noise: Find | None = None
    quote: Find | None = None
    quote_author: Find | None = None
    quote_post: Find | None = None
    quote_noise: Find | None = None
    mention: Find | None = None
    mention_id: Find | None = None
    title: Find | None = None
    board: Find | None = None
    tags: Find | None = None
    next: Find | None = None
    starter: Find | None = None
    page_address: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """A person's page: its id in the address, facts by selector or by the label that stands before them."""

    page: Find
    address: re.Pattern[str]
    drop: tuple[str, ...] = ()
    handle: Find | None = None
    label: Find | None = None
    value: Find | None = None
    labels: dict[str, str] = field(default_factory=dict)
    region: Find | None = None
    gender: Find | None = None
    birthday: Find | None = None
    education: Find | None = None
    occupation: Find | None = None
    bio: Find | None = None
    registered_at: Find | None = None
    last_active_at: Find | None = None
    posts_count: Find | None = None


@dataclass(frozen=True, slots=True)
class Times:
    """How times are written, beside the usual forms; ``zone`` where the policy entry's is not meant."""

    formats: tuple[str, ...] = ()
    zone: str = ""


@dataclass(frozen=True, slots=True)
class ForumFile:
    """A whole forum file."""

    name: str
    boards: Boards
    topics: Topics
    posts: Posts
    start: str = ""
    end: str = "</html>"
    message: Find | None = None
    gone: str = ""
    person: Person | None = None
    time: Times = field(default_factory=Times)


_SECTIONS: dict[str, type] = {
    "boards": Boards, "topics": Topics, "posts": Posts, "person": Person, "time": Times,
}  # fmt: skip


@cache
def shipped() -> tuple[str, ...]:
    """The names of the forum files that come with renqun."""
    listed = resources.files("crawlers.forums").iterdir()
    return tuple(sorted(one.name.removesuffix(".toml") for one in listed if one.name.endswith(".toml")))


def source_of(name: str) -> str:
    """The text of a forum file that comes with renqun."""
    return (resources.files("crawlers.forums") / f"{name}.toml").read_text("utf-8")


def load_forum(name: str) -> ForumFile:
    """Load a forum file by its path, or one that comes with renqun by its name. Raises BadInputError naming the key."""
    if name in shipped():
        text = source_of(name)
    else:
        try:
            text = Path(name).read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            why = getattr(error, "strerror", None) or "it is not UTF-8"
            raise BadInputError(
                f"The forum file {name} can't be read: {why}.",
                f"Give a path, or one of {', '.join(shipped())}.",
            ) from None
    try:
        written = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _wrong(name, f"it is no TOML: {error}") from None
    forum: ForumFile = _build(ForumFile, written, name, "")
    _check(forum, name)
    return forum


def _build(kind: type, written: dict[str, Any], name: str, section: str) -> Any:
    """A dataclass from a table: unknown and missing keys and wrong values are refused by name."""
    known = {one.name: one for one in fields(kind)}
    place = f"[{section}] " if section else ""
    for key in written:
        if key not in known:
            near = difflib.get_close_matches(key, known, 1)
            hint = f"did you mean {near[0]!r}?" if near else f"it has {', '.join(known)}"
            raise _wrong(name, f"{place}has no key {key!r}: {hint}")
    for key, one in known.items():
        if key not in written and one.default is MISSING and one.default_factory is MISSING:
            raise _wrong(name, f"{place}{key} is missing")
    made = {key: _value(str(known[key].type), written[key], name, section, key) for key in written}
    return kind(**made)


def _value(kind: str, written: object, name: str, section: str, key: str) -> Any:
    if not section and key in _SECTIONS:
        if not isinstance(written, dict):
            raise _wrong(name, f"[{key}] is a table of keys")
        return _build(_SECTIONS[key], written, name, key)
    try:
        if kind.startswith("Find"):
            return compile_find(written)
        if kind.startswith("re.Pattern"):
            return compile_pattern(written)
        if kind.startswith("tuple"):
            return _texts(written)
        if kind.startswith("dict"):
            return _labels(written)
        if not isinstance(written, str):
            raise ValueError("it is text")
        return written
    except ValueError as error:
        raise _wrong(name, f"{f'[{section}] ' if section else ''}{key}: {error}") from None


def _texts(written: object) -> tuple[str, ...]:
    if not isinstance(written, list) or not all(isinstance(one, str) for one in written):
        raise ValueError("it is a list of texts")
    return tuple(written)


def _labels(written: object) -> dict[str, str]:
    if not isinstance(written, dict):
        raise ValueError("it is a table of labels")
    for label, fact in written.items():
        if fact not in FACTS:
            raise ValueError(f"the label {label!r} says {fact!r}, which is none of {', '.join(FACTS)}")
    return {label.strip().lower(): fact for label, fact in written.items()}


def _check(forum: ForumFile, name: str) -> None:
    """What goes together."""
    if forum.time.zone:
        try:
            ZoneInfo(forum.time.zone)
        except (ZoneInfoNotFoundError, ValueError):
            raise _wrong(name, f"[time] zone: {forum.time.zone!r} is no time zone") from None
    try:
        re.compile(forum.gone)
    except re.error as error:
        raise _wrong(name, f"gone: {forum.gone!r} is no pattern: {error}") from None
    person, address = forum.person, forum.posts.page_address
    if person and person.labels and not (person.label and person.value):
        raise _wrong(name, "[person] labels need label and value")
    if address and ("{url}" not in address or not ("{page}" in address or "{offset}" in address)):
        raise _wrong(name, "[posts] page_address holds {url} and one of {page} and {offset}")


def _wrong(name: str, what: str) -> BadInputError:
    return BadInputError(
        f"The forum file {name} is refused: {what}.",
        "Mend it, then try it on a saved page: renqun forums try FILE PAGE.html",
    )
