"""The plan of every post as columns: who, when, about what, in which form. The words come later, one post at a time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .bursts import BurstPosts, Event
from .lexicon import interest_index, load_vocabulary
from .population import BRAND, FORUM, LEAST_POSTS, MEDIA, MOST_INTERESTS, SPAM, Population, popularity
from .rhythm import Array, Rhythm

CHATTER, TOPIC, PASSING, ADVERT, BURST = range(5)
FORMS = ("share", "boast", "ask", "compare", "complain", "recommend")
INTENTS = (None, "own", "ask", "compare", "complain", "recommend")
FORM_SHARES = np.array([0.66, 0.10, 0.08, 0.04, 0.05, 0.07])
PUBLIC, UNLISTED, PRIVATE = range(3)
TOPIC_SHARE, PASSING_SHARE = 0.385, 0.12


@dataclass(slots=True)
class Posts:
    """Columns over the posts of one source, oldest first. Posts refer to each other by position, -1 for none."""

    author: Array
    at_ms: Array  # milliseconds since 1970, strictly rising
    kind: Array
    interest: Array
    passing: Array
    form: Array
    event: Array
    tag: Array  # position in the vocabulary
    visibility: Array
    reply_to: Array
    repost_of: Array
    mention: Array  # an account

    def __len__(self) -> int:
        return len(self.author)


def plan_posts(
    rng: np.random.Generator, population: Population, rhythm: Rhythm, events: list[Event], bursts: BurstPosts
) -> tuple[Posts, Posts]:
    """The posts of the microblog and of the forum, links between posts still empty."""
    author = np.repeat(np.arange(len(population)), population.posts)
    number = np.arange(len(author)) - np.repeat(
        np.cumsum(population.posts) - population.posts, population.posts
    )
    kind = _kinds(rng, population, author, number)
    interest = _interests(rng, population, author, number, kind)
    seconds = rhythm.draw(rng, *_windows(population, author, rhythm.hours))
    event_interest = np.array([event.interest for event in events], dtype=np.int64)
    author = np.concatenate([author, bursts.author])
    number = np.concatenate([number, np.zeros(len(bursts.author), dtype=np.int64)])
    event = np.concatenate([np.full(len(kind), -1), bursts.event]).astype(np.int16)
    kind = np.concatenate([kind, np.full(len(bursts.author), BURST, dtype=np.int8)])
    interest = np.concatenate([interest, event_interest[bursts.event]]).astype(np.int16)
    seconds = np.concatenate([seconds, bursts.seconds])
    form = rng.choice(len(FORMS), len(author), p=FORM_SHARES).astype(np.int8)
    form[(kind != TOPIC)] = 0
    passing = np.where(kind == PASSING, rng.integers(0, len(interest_index()), len(author)), -1).astype(
        np.int16
    )
    hidden = np.where(rng.random(len(author)) < 0.03, UNLISTED, PUBLIC)
    hidden = np.where(rng.random(len(author)) < 0.015, PRIVATE, hidden).astype(np.int8)
    sworn = (number < LEAST_POSTS * MOST_INTERESTS) | (kind == BURST) | (population.source[author] == FORUM)
    hidden[sworn & np.isin(kind, [TOPIC, BURST]) | (population.source[author] == FORUM)] = PUBLIC
    columns: dict[str, Array] = {
        "author": author.astype(np.int32),
        "at_ms": (rhythm.start.timestamp() * 1000 + seconds * 1000).astype(np.int64),
        "kind": kind,
        "interest": interest,
        "passing": passing,
        "form": form,
        "event": event,
        "tag": _tags(rng, kind, interest),
        "visibility": hidden,
    }
    forum = population.source[author] == FORUM
    return _sorted(columns, ~forum), _sorted(columns, forum)


def _sorted(columns: dict[str, Array], where: Array) -> Posts:
    """The rows of one source by time, times made strictly rising, without links."""
    rows = np.flatnonzero(where)
    rows = rows[np.argsort(columns["at_ms"][rows], kind="stable")]
    mine = {name: column[rows] for name, column in columns.items()}
    step = np.arange(len(rows))
    mine["at_ms"] = np.maximum.accumulate(mine["at_ms"] - step) + step
    none = [np.full(len(rows), -1, dtype=np.int32) for _ in range(3)]
    return Posts(**mine, reply_to=none[0], repost_of=none[1], mention=none[2])


def _kinds(rng: np.random.Generator, population: Population, author: Array, number: Array) -> Array:
    """On-topic posts first in each account's numbering, then passing ones, then chatter: times are drawn apart."""
    count = population.posts[author]
    owned = (population.interests[author] >= 0).sum(axis=1)
    on_topic = np.maximum(
        LEAST_POSTS * owned, np.floor(count * TOPIC_SHARE + rng.random(len(population))[author])
    )
    passing = np.floor(count * PASSING_SHARE + rng.random(len(population))[author])
    kind = np.where(number < on_topic, TOPIC, np.where(number < on_topic + passing, PASSING, CHATTER))
    role = population.role[author]
    kind[np.isin(role, [BRAND, MEDIA])] = TOPIC
    kind[role == SPAM] = ADVERT
    return kind.astype(np.int8)


def _interests(
    rng: np.random.Generator, population: Population, author: Array, number: Array, kind: Array
) -> Array:
    """Every interest of an account gets its least posts, the further ones go to the stronger interests."""
    owned = population.interests[author]
    have = np.maximum(1, (owned >= 0).sum(axis=1))
    weight = np.cumsum(np.where(owned >= 0, [0.46, 0.27, 0.16, 0.11], 0.0), axis=1)
    drawn = (rng.random(len(author))[:, None] * weight[:, -1:] >= weight).sum(axis=1)
    which = np.where(number < LEAST_POSTS * have, number % have, np.minimum(drawn, have - 1))
    interest = np.take_along_axis(owned, which[:, None], axis=1)[:, 0].astype(np.int64)
    media = population.role[author] == MEDIA
    heads = np.argsort(-popularity())[:30]
    interest[media] = rng.choice(heads, int(media.sum()))
    return np.where(kind == TOPIC, interest, -1)


def _windows(population: Population, author: Array, hours: int) -> tuple[Array, Array]:
    """The hours between which an account posts: dormant ones stop after a third, new ones come in the last two weeks."""
    low = np.where(population.new, max(0, hours - 14 * 24), 0)
    high = np.where(population.dormant, max(1, hours // 3), hours)
    return low[author], high[author]


def _tags(rng: np.random.Generator, kind: Array, interest: Array) -> Array:
    """A hashtag for part of the posts: a word of the interest (sometimes its name), or a tag of everyday chatter."""
    vocabulary = load_vocabulary()
    starts = np.array(vocabulary.starts)
    low = starts[np.maximum(interest, 0)]
    size = starts[np.maximum(interest, 0) + 1] - low
    word = low + (rng.random(len(kind)) * size).astype(int)
    word = np.where(rng.random(len(kind)) < 0.2, low, word)
    tag = np.where((kind == TOPIC) & (rng.random(len(kind)) < 0.42), word, -1)
    chatter = starts[-1] + rng.integers(0, len(vocabulary.words) - starts[-1], len(kind))
    return np.where((kind == CHATTER) & (rng.random(len(kind)) < 0.12), chatter, tag).astype(np.int32)
