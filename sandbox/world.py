"""The sandbox world: everything that its servers show and its truth tells, from (users, days, seed, end)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property

import numpy as np

from .bursts import Event, plan_events, write_bursts
from .follows import Follows, Neighbours, draw_follows
from .lexicon import read_data
from .population import FORUM, MICROBLOG, Population, populate
from .posts import Posts, plan_posts
from .rhythm import Rhythm
from .search import SearchIndex
from .threads import Boosts, Topics, link_posts, thread_topics
from .writer import Writer


@dataclass(frozen=True, slots=True)
class Network:
    """One source: its posts and who writes their words."""

    posts: Posts
    writer: Writer


class World:
    """A synthetic population and what it did in a window of days.

    The plan (who, when, about what) is held as columns, some 60 bytes a post; words are written when they are asked
    for, so a world of 200,000 users never holds its texts.
    """

    def __init__(self, users: int, days: int, seed: int, end: datetime) -> None:
        if users < 50 or days < 2:
            raise ValueError("a world needs at least 50 users and 2 days")
        self.users, self.days, self.seed = users, days, seed
        self.end = end
        self.start = end - timedelta(days=days)
        rng = np.random.default_rng([seed, users, days])
        rhythm = Rhythm(self.start, days)
        self.population: Population = populate(rng, users, days)
        micro_people = np.flatnonzero(self.population.source == MICROBLOG)[len(self.population.tracked) :]
        neighbours = Neighbours(rng, self.population, micro_people)
        self.follows: Follows = draw_follows(rng, self.population, neighbours)
        self.events: list[Event] = plan_events(rng, users, days, rhythm)
        bursts = write_bursts(rng, self.events, self.population, days * 24)
        micro, forum = plan_posts(rng, self.population, rhythm, self.events, bursts)
        self.boosts: Boosts = link_posts(rng, self.population, micro, neighbours, self.follows)
        self.topics: Topics = thread_topics(rng, self.population, forum)
        self.micro = Network(micro, Writer(seed, self.population, micro, self.events, None))
        self.forum = Network(forum, Writer(seed, self.population, forum, self.events, self.topics))
        self.search = SearchIndex(seed, days, tuple(self.events))

    @classmethod
    def generate(cls, users: int = 2000, days: int = 90, seed: int = 7, end: datetime | None = None) -> World:
        """Make a world; ``end`` (aware, default today 00:00 UTC) closes the window. Same arguments, same world."""
        if end is None:
            end = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        return cls(users, days, seed, end)

    @cached_property
    def handles(self) -> list[str]:
        """User names: the tracked accounts' own, else two syllables and the account's number."""
        tracked, syllables = self.population.tracked, read_data("people")["syllables"]
        names = [entry.handle for entry in tracked]
        for account in range(len(tracked), len(self.population)):
            mixed = (account * 2_654_435_761 + self.seed * 97) % 2**32
            first, second = syllables[mixed % len(syllables)], syllables[mixed // 64 % len(syllables)]
            forum = self.population.source[account] == FORUM
            name = f"{first}{second}{account}"
            names.append(name.capitalize() if forum and mixed % 3 == 0 else name)
        return names

    def handle(self, account: int) -> str:
        """The user name of an account."""
        return self.handles[account]

    def native_id(self, account: int) -> str:
        """The id by which the source knows an account: a number on the microblog, the user name on the forum."""
        if self.population.source[account] == FORUM:
            return self.handle(account).lower()
        return str(110_000_000_000_000_000 + account * 65_537)

    def nick(self, account: int) -> str:
        """The display name."""
        tracked = self.population.tracked
        if account < len(tracked):
            return tracked[account].name
        people = read_data("people")
        mixed = (account * 40_503 + self.seed * 131) % 2**31
        first, last = people["nick_first"], people["nick_last"]
        return str(first[mixed % len(first)] + last[mixed // 32 % len(last)])

    @cached_property
    def accounts_by_handle(self) -> dict[str, int]:
        """Lower-case user name to account."""
        return {name.lower(): i for i, name in enumerate(self.handles)}

    def status_id(self, post: int) -> str:
        """A microblog post's id: it sorts as its time does."""
        return str((int(self.micro.posts.at_ms[post]) << 16) + (post & 0x7FFF))

    def post_id(self, post: int) -> int:
        """A forum post's id."""
        return 1000 + post

    def topic_id(self, topic: int) -> int:
        """A forum topic's id."""
        return 100 + topic
