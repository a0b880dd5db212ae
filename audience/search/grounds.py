"""What in the lake put people into an audience: their posts and edges that each condition of a query rests on."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property, reduce
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from audience.engines.base import Scope
from audience.index.opened import OpenIndex
from audience.query.model import Brand, Condition, Intent, Interest, Named, Posted, Words
from audience.tags.interests import taxonomy
from privacy.brands import Brand as TrackedBrand
from privacy.brands import load_brands
from privacy.home import Home

MOST = 3
_ENGAGED = ("reply", "repost", "mention")


@dataclass(frozen=True, slots=True)
class Ground:
    """A post, an edge, or an edge made by a post; ``about`` is what it is about.

    ``words``, and what ``patterns`` match, are marked in its text; where it has none of them, the words of ``grown`` are.
    """

    about: str
    words: tuple[str, ...]
    post_id: str | None = None
    relation: str | None = None
    at: datetime | None = None
    patterns: tuple[str, ...] = ()
    grown: tuple[str, ...] = ()


class Grounds:
    """Looks up the grounds of members beside the index; each kind is read once, and only where a condition needs it."""

    def __init__(self, index: OpenIndex, scope: Scope, rows: Sequence[Mapping[str, Any]]) -> None:
        self._shelf, self._home, self._scope = index.shelf, index.home, scope
        self._topics = index.names["topic"]
        self._grown = index.grown
        self._rows = {row["person_id"]: row for row in rows}
        self._person = {account: row["person_id"] for row in rows for account in row["accounts"]}

    def of(self, condition: Condition) -> dict[str, list[Ground]]:
        """Person id to what the condition rests on, at most MOST, the best first."""
        match condition:
            case Interest(field=field, value=value):
                tags = (value,) if field == "tag" else taxonomy(self._home).children_of(value)
                return self._interest(tags)
            case Words() | Posted() | Named(field="topic"):
                return self._posts(condition)
            case Named(field="follows", value=brand):
                return self._edges(brand, ("follow",))
            case Named(field="engaged", value=brand):
                return self._edges(brand, _ENGAGED)
            case Named(field="benefit" | "style") | Intent() | Brand():
                return self._shown(condition)
        return {}

    def strongest(self) -> dict[str, list[Ground]]:
        """The posts behind each person's two strongest interests, for queries that ask for nothing shown in posts."""
        return {
            person: [
                self._of_tag(tag, post) for tag in list(row["levels"])[:2] for post in row["evidence"][tag]
            ][:MOST]
            for person, row in self._rows.items()
        }

    def _interest(self, tags: Iterable[str]) -> dict[str, list[Ground]]:
        return {
            person: [self._of_tag(tag, post) for tag in tags for post in row["evidence"].get(tag, ())][:MOST]
            for person, row in self._rows.items()
        }

    def _of_tag(self, tag: str, post: str) -> Ground:
        return Ground(tag, _words_of(self._home, tag), post, grown=tuple(self._grown.get(tag, ())))

    def _posts(self, condition: Words | Posted | Named) -> dict[str, list[Ground]]:
        about, posts = condition.value, self._posts_of
        if not posts.num_rows:
            return {}
        words: tuple[str, ...] = ()
        grown: tuple[str, ...] = ()
        match condition:
            case Words(phrase=True):
                cut = list(self._scope.cut(about))
                wanted = pc.match_substring(posts["words"], f" {' '.join(cut)} ")
                words = ("".join(cut), " ".join(cut), *cut)
            case Words():
                cut = list(self._scope.cut(about))
                # Each word may be in another post: any of them is a ground.
                wanted = reduce(pc.or_, [pc.match_substring(posts["words"], f" {word} ") for word in cut])
                words = tuple(cut)
            case Posted(days=days):
                since = self._scope.as_of - timedelta(days=days)
                wanted = pc.or_(
                    pc.match_substring(posts["words"], f" {about} "),
                    pc.match_substring(posts["tags"], f"\n{about}\n"),
                )
                for in_time in (
                    pc.greater(posts["created_at"], since),
                    pc.less_equal(posts["created_at"], self._scope.as_of),
                ):
                    wanted = pc.and_(wanted, in_time)
                words, grown = (about, *_words_of(self._home, about)), tuple(self._grown.get(about, ()))
            case _:
                wanted = pc.equal(posts["topic"], about)
                words = tuple((self._topics.get(about) or "").split("·"))
                grown = tuple(self._grown.get(about, ()))
                about = self._topics.get(about) or about
        found = posts.filter(wanted).select(["account_id", "post_id", "created_at"])
        latest = found.sort_by([("created_at", "descending"), ("post_id", "descending")])
        return self._gathered(
            (account, Ground(about, words, post, at=at, grown=grown)) for account, post, at in _rows(latest)
        )

    def _edges(self, brand: str, kinds: tuple[str, ...]) -> dict[str, list[Ground]]:
        edges = self._edges_of
        if not edges.num_rows:
            return {}
        wanted = pc.and_(
            pc.equal(edges["brand"], brand), pc.is_in(edges["kind"], pa.array(kinds, edges["kind"].type))
        )
        found = edges.filter(wanted).select(["src", "kind", "post_id", "at"])
        return self._gathered(
            (src, Ground(brand, (brand,), post or None, kind, at)) for src, kind, post, at in _rows(found)
        )

    def _shown(self, condition: Named | Intent | Brand) -> dict[str, list[Ground]]:
        shown = self._grounds_of
        if not shown.num_rows:
            return {}
        wanted = pc.and_(pc.equal(shown["field"], condition.field), pc.equal(shown["value"], condition.value))
        found = shown.filter(wanted).select(["account_id", "evidence"])
        words, patterns = signs_of(condition, load_brands(self._home))
        return self._gathered(
            (account, Ground(condition.value, words, post, patterns=patterns))
            for account, posts in _rows(found)
            for post in posts or ()
        )

    def _gathered(self, found: Iterable[tuple[str, Ground]]) -> dict[str, list[Ground]]:
        gathered: dict[str, list[Ground]] = {}
        for account, ground in found:
            mine = gathered.setdefault(self._person[account], [])
            if len(mine) < MOST:
                mine.append(ground)
        return gathered

    def posts(self, ids: Collection[str]) -> dict[str, dict[str, Any]]:
        """Post id to post (``created_at``, ``text``), of those that the members wrote and that may be shown."""
        if not ids:
            return {}
        posts = self._posts_of.select(["post_id", "created_at", "text"])
        found = posts.filter(pc.is_in(posts["post_id"], pa.array(sorted(ids), posts["post_id"].type)))
        return {row["post_id"]: row for row in found.to_pylist()}

    @cached_property
    def _posts_of(self) -> pa.Table:
        return self._shelf.posts(list(self._person))

    @cached_property
    def _edges_of(self) -> pa.Table:
        return self._shelf.edges(list(self._person))

    @cached_property
    def _grounds_of(self) -> pa.Table:
        return self._shelf.grounds(list(self._person))


def _rows(table: pa.Table) -> Iterator[tuple[Any, ...]]:
    return zip(*(column.to_pylist() for column in table.columns), strict=True)


def signs_of(
    condition: Named | Intent | Brand, brands: Iterable[TrackedBrand] = ()
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The words and the patterns by which a post was taken for it; of a brand of ``brands`` its other words too."""
    from nlp.families import phrases_of
    from nlp.intent import patterns_of

    match condition:
        case Intent(value=value):
            return (), patterns_of(value)
        case Named(field=field, value=value):
            return phrases_of(f"{field}s", value), ()
        case Brand(value=value):
            return (value, *(word for brand in brands if brand.name == value for word in brand.aliases)), ()


def _words_of(home: Home, tag: str) -> tuple[str, ...]:
    return (tag, *taxonomy(home).seeds.get(tag, ()))
