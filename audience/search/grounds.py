"""What in the lake put people into an audience: their posts and edges that each condition of a query rests on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

import polars as pl

from audience.engines.base import Scope
from audience.index.opened import OpenIndex
from audience.query.model import Brand, Condition, Intent, Interest, Named, Posted, Words
from audience.tags.interests import taxonomy
from lake.store import Lake
from lake.tracked import tracked_accounts
from privacy.home import Home

MOST = 3
_ENGAGED = ("reply", "repost", "mention")


@dataclass(frozen=True, slots=True)
class Ground:
    """A post, an edge, or an edge made by a post; ``about`` is what it is about, ``words`` are marked in its text."""

    about: str
    words: tuple[str, ...]
    post_id: str | None = None
    relation: str | None = None
    at: datetime | None = None


class Grounds:
    """Looks up the grounds of members; each table is read once, and only where a condition needs it."""

    def __init__(self, index: OpenIndex, scope: Scope, rows: Sequence[Mapping[str, Any]]) -> None:
        self._lake, self._home, self._scope = Lake(index.home), index.home, scope
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
                Ground(tag, _words_of(self._home, tag), post)
                for tag in list(row["levels"])[:2]
                for post in row["evidence"][tag]
            ][:MOST]
            for person, row in self._rows.items()
        }

    def _interest(self, tags: Iterable[str]) -> dict[str, list[Ground]]:
        return {
            person: [
                Ground(tag, _words_of(self._home, tag), post)
                for tag in tags
                for post in row["evidence"].get(tag, ())
            ][:MOST]
            for person, row in self._rows.items()
        }

    def _posts(self, condition: Words | Posted | Named) -> dict[str, list[Ground]]:
        about = condition.value
        words: tuple[str, ...] = ()
        text = pl.concat_str(pl.lit(" "), pl.col("words"), pl.lit(" "))
        match condition:
            case Words(phrase=True):
                cut = list(self._scope.cut(about))
                wanted = text.str.contains(f" {' '.join(cut)} ", literal=True)
                words = ("".join(cut), " ".join(cut), *cut)
            case Words():
                cut = list(self._scope.cut(about))
                # Each word may be in another post: any of them is a ground.
                wanted = pl.any_horizontal(text.str.contains(f" {word} ", literal=True) for word in cut)
                words = tuple(cut)
            case Posted(days=days):
                since = self._scope.as_of - timedelta(days=days)
                wanted = text.str.contains(f" {about} ", literal=True) | pl.col("tags").list.contains(about)
                wanted = wanted & pl.col("created_at").is_between(since, self._scope.as_of, closed="right")
                words = (about, *_words_of(self._home, about))
            case _:
                wanted = pl.col("topic") == about
        found = self._annotations.filter(wanted)
        return self._gathered(
            (account, Ground(about, words, post, at=at))
            for account, post, at in found.select("account_id", "post_id", "created_at").iter_rows()
        )

    def _edges(self, brand: str, kinds: tuple[str, ...]) -> dict[str, list[Ground]]:
        accounts = self._tracked.filter(pl.col("brand") == brand)["account_id"]
        found = self._their_edges.filter(
            pl.col("kind").is_in(list(kinds)), pl.col("dst").is_in(accounts.implode())
        )
        return self._gathered(
            (src, Ground(brand, (brand,), post or None, kind, at))
            for src, kind, post, at in found.select("src", "kind", "post_id", "at").iter_rows()
        )

    def _shown(self, condition: Named | Intent | Brand) -> dict[str, list[Ground]]:
        found = self._their_grounds.filter(
            pl.col("field") == condition.field, pl.col("value") == condition.value
        )
        words = (condition.value,) if isinstance(condition, Brand) else ()
        return self._gathered(
            (account, Ground(condition.value, words, post))
            for account, posts in found.select("account_id", "evidence").iter_rows()
            for post in posts or ()
        )

    def _gathered(self, found: Iterable[tuple[str, Ground]]) -> dict[str, list[Ground]]:
        gathered: dict[str, list[Ground]] = {}
        for account, ground in found:
            mine = gathered.setdefault(self._person[account], [])
            if len(mine) < MOST:
                mine.append(ground)
        return gathered

    @cached_property
    def _accounts(self) -> pl.Series:
        return pl.Series(list(self._person), dtype=pl.String).implode()

    @cached_property
    def _annotations(self) -> pl.DataFrame:
        return (
            self._lake.read(
                "annotations",
                columns=["post_id", "account_id", "created_at", "words", "tags", "topic", "searchable"],
                where=pl.col("account_id").is_in(self._accounts),
            )
            .filter("searchable")
            .sort("created_at", "post_id", descending=True)
        )

    @cached_property
    def _tracked(self) -> pl.DataFrame:
        return tracked_accounts(self._home)

    @cached_property
    def _their_edges(self) -> pl.DataFrame:
        return self._lake.read(
            "edges",
            columns=["src", "dst", "kind", "post_id", "at"],
            where=pl.col("src").is_in(self._accounts)
            & pl.col("dst").is_in(self._tracked["account_id"].implode()),
        ).sort("at", "dst", descending=True)

    @cached_property
    def _their_grounds(self) -> pl.DataFrame:
        return (
            self._lake.read(
                "profiles",
                columns=["account_id", "grounds"],
                where=pl.col("account_id").is_in(self._accounts),
            )
            .sort("account_id")
            .explode("grounds")
            .drop_nulls("grounds")
            .unnest("grounds")
        )


def _words_of(home: Home, tag: str) -> tuple[str, ...]:
    return (tag, *taxonomy(home).seeds.get(tag, ()))
