"""One event is one row: rises that share their posts, their words or, posts and searches, a name are told together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

from audience.trends.answers import RisingItem
from audience.trends.social import mentions
from lake.store import Lake

_TOGETHER = timedelta(hours=24)  # between the starts of one event
_TAIL = timedelta(hours=24)  # after the peak, whose posts still belong to a rise
_SHARED_POSTS = 0.3  # of the smaller rise's
_SHARED_WORDS = 0.5  # of the shorter title's pairs of characters


def grouped(lake: Lake, rises: Sequence[RisingItem]) -> list[RisingItem]:
    """Fold rises, in order, into the first that began within a day of them and shares their posts or words; then search
    interest into what people post under the same name, whose score becomes the higher of both."""
    posts = _posts(lake, [one for one in rises if one.kind != "keyword"])
    social = _folded(
        [one for one in rises if one.kind != "keyword"], lambda one: posts[one.kind, one.item], _SHARED_POSTS
    )
    searched = _folded(
        [one for one in rises if one.kind == "keyword"], lambda one: pairs(one.label), _SHARED_WORDS
    )
    return sorted(beside(social, searched), key=lambda one: (-one.score, one.item))


def pairs(title: str) -> frozenset[str]:
    """Neighbouring pairs of a title's letters and digits, which tell titles of one event from others."""
    plain = "".join(character.lower() for character in title if character.isalnum())
    return frozenset(plain[place : place + 2] for place in range(len(plain) - 1)) or frozenset({plain})


def beside(social: Sequence[RisingItem], searched: Sequence[RisingItem]) -> list[RisingItem]:
    """Put each search rise into the first event that began within a day of it and has its name; others stay rows."""
    rows, alone = list(social), []
    for one in searched:
        names = _names(one)
        for place, row in enumerate(rows):
            if abs(row.start - one.start) <= _TOGETHER and names & _names(row):
                both = {"score": max(row.score, one.score), "searched": [*row.searched, one]}
                rows[place] = row.model_copy(update=both)
                break
        else:
            alone.append(one)
    return [*rows, *alone]


def _names(one: RisingItem) -> set[frozenset[str]]:
    return {pairs(name) for name in (one.label, *one.related)}


def _folded(
    rises: Sequence[RisingItem], traits: Callable[[RisingItem], frozenset[str]], least: float
) -> list[RisingItem]:
    heads: list[tuple[RisingItem, set[str], list[str]]] = []
    for one in rises:
        own = traits(one)
        for head, shared, related in heads:
            if abs(head.start - one.start) <= _TOGETHER and _overlap(own, shared) >= least:
                if one.label not in (head.label, *related):
                    related.append(one.label)
                break
        else:
            heads.append((one, set(own), list(one.related)))
    return [head.model_copy(update={"related": related}) for head, _, related in heads]


def _overlap(one: frozenset[str], other: set[str]) -> float:
    return len(one & other) / max(min(len(one), len(other)), 1)


def _posts(lake: Lake, rises: Sequence[RisingItem]) -> dict[tuple[str, str], frozenset[str]]:
    """The posts of each rise, from its start to a day after its peak."""
    if not rises:
        return {}
    first, last = min(one.start for one in rises), max(one.peak for one in rises) + _TAIL
    said = mentions(lake, {(one.kind, one.item) for one in rises}, first, last)
    by_item = said.partition_by("kind", "item", as_dict=True)
    found: dict[tuple[str, str], frozenset[str]] = {}
    for one in rises:
        own = by_item.get((one.kind, one.item), said.clear())
        within = own.filter(own["at"].is_between(one.start, one.peak + _TAIL))
        found[one.kind, one.item] = frozenset(within["post_id"])
    return found
