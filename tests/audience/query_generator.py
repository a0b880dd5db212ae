"""Queries drawn by a seed over all conditions and nestings, for what engines are held to."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from audience.query.model import AudienceQuery
from nlp.taxonomy import load_taxonomy
from tests.audience.audience_world import (
    BENEFITS,
    BRANDS,
    COUNTED,
    REGIONS,
    SEGMENTS,
    STYLES,
    TOPICS_BY_ID,
    WORDS,
    tags,
)


def _condition(rng: random.Random) -> dict[str, Any]:
    levels = sorted(rng.choices(range(1, 11), k=2))
    percentiles = sorted(rng.choices(range(101), k=2))
    makers: list[Callable[[], dict[str, Any]]] = [
        lambda: {"field": "tag", "value": rng.choice(tags()), "min": rng.randint(1, 5)},
        lambda: {"field": "tag", "value": rng.choice(tags()), "min": levels[0], "max": levels[1]},
        lambda: {
            "field": "parent",
            "value": rng.choice(load_taxonomy().parents[:8]),
            "min": rng.randint(1, 4),
        },
        lambda: {"field": "words", "value": " ".join(rng.choices(WORDS, k=rng.randint(1, 3)))},
        lambda: {"field": "words", "value": " ".join(rng.choices(WORDS, k=2)), "phrase": True},
        lambda: {"field": "follows", "value": rng.choice(BRANDS)},
        lambda: {"field": "engaged", "value": rng.choice(BRANDS)},
        lambda: {"field": "topic", "value": rng.choice(list(TOPICS_BY_ID)[:2])},
        lambda: {"field": "region", "value": rng.choice(REGIONS)},
        lambda: {"field": "source", "value": rng.choice(("forum", "microblog"))},
        lambda: {"field": "community", "value": rng.choice(("c1", "c2"))},
        lambda: {"field": "activity", "value": rng.choice(("new", "active", "quiet", "gone"))},
        lambda: {"field": "active", "days": rng.choice((7, 30, 90))},
        lambda: {"field": "intent", "value": rng.choice(("asks", "owns"))},
        lambda: {"field": "kind", "value": rng.choice(("person", "bot"))},
        lambda: {"field": "benefit", "value": rng.choice(BENEFITS)},
        lambda: {"field": "style", "value": rng.choice(STYLES)},
        lambda: {"field": "brand", "value": rng.choice(BRANDS), "mood": rng.choice((None, "+", "-"))},
        lambda: {
            "field": "posts",
            "value": rng.choice(COUNTED),
            "min": rng.choice((1, 2, 3, 5)),
            "days": rng.choice((7, 30, 90)),
        },
        lambda: {"field": "customer", "value": rng.choice(("potential", "lost"))},
        lambda: {"field": "value", "value": rng.choice(("high", "low"))},
        lambda: {"field": "gender", "value": rng.choice(("f", "m"))},
        lambda: {"field": "age", "value": rng.choice(("18-24", "55+"))},
        lambda: {"field": "education", "value": rng.choice(("本科", "硕士"))},
        lambda: {"field": "occupation", "value": "教师"},
        lambda: {"field": "segment", "value": rng.choice(SEGMENTS)},
        lambda: {"field": "influence", "min": percentiles[0], "max": percentiles[1]},
        lambda: {"field": "followers", "min": rng.randint(0, 1500), "max": rng.choice((None, 2500))},
    ]
    return rng.choice(makers)()


def _group(rng: random.Random, depth: int) -> dict[str, Any]:
    def node() -> dict[str, Any]:
        return _group(rng, depth - 1) if depth and rng.random() < 0.3 else _condition(rng)

    return {
        "all": [node() for _ in range(rng.randint(0, 2))],
        "any": [node() for _ in range(rng.choice((0, 0, 2, 3)))],
        "none": [node() for _ in range(rng.choice((0, 1, 1, 2)))],
    }


def generated(seed: int) -> AudienceQuery:
    """A query of any shape, up to four deep, over every kind of condition."""
    return AudienceQuery.model_validate(_group(random.Random(seed), 3))
