"""Distinct queries that find 0.1, 1, 10 and 50 % of people, as exact counts say."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import islice
from math import prod

from audience.engines.base import Engine, Scope
from audience.query.model import AudienceQuery, Condition, Interest, Named, Words
from bench.audience.profiles import AS_OF

BANDS = (0.001, 0.01, 0.1, 0.5)
# Words of the synthetic texts that queries ask for, from frequent to rare.
ASKED_WORDS = tuple(f"词{place:05d}" for place in range(5, 3_000, 75))
SCOPE = Scope(AS_OF, lambda text: [text])
_NAMED = ("region", "community", "follows", "engaged", "topic", "benefit", "style", "education", "occupation")
_LEVELS = (1, 2, 3, 5, 7)
_VALUES = 60  # most frequent values of each field
# A query belongs to a band that it finds between 0.7 and 1.4 times as many as; estimates may be further off.
_NEAR, _ESTIMATED = (0.7, 1.4), (0.5, 2.0)
_TRIES = 100  # candidates a query wanted
_SEED = 5

Pool = list[tuple[Condition, float]]


def pool(engine: Engine, with_words: bool = True) -> Pool:
    """Conditions and the share of people that meets each."""
    values = engine.facets(AudienceQuery(), SCOPE, ("tag", *_NAMED), _VALUES)
    conditions: list[Condition] = [
        Interest(field="tag", value=tag, min=level) for tag in values["tag"] for level in _LEVELS
    ]
    conditions += [
        Named.model_validate({"field": field, "value": value}) for field in _NAMED for value in values[field]
    ]
    conditions += [Words(field="words", value=word) for word in ASKED_WORDS if with_words]
    return [
        (condition, engine.count(AudienceQuery(all=(condition,)), SCOPE) / engine.persons)
        for condition in conditions
    ]


def queries(engine: Engine, conditions: Pool, band: float, number: int) -> list[AudienceQuery]:
    """``number`` distinct queries of one band, the same at each call; fewer where few people make them too rare."""
    found: dict[str, AudienceQuery] = {}
    for query in islice(_candidates(conditions, band), number * _TRIES):
        key = query.model_dump_json()
        share = engine.count(query, SCOPE) / engine.persons
        if key not in found and _NEAR[0] * band <= share <= _NEAR[1] * band:
            found[key] = query
        if len(found) == number:
            break
    return list(found.values())


def _candidates(conditions: Pool, band: float) -> Iterator[AudienceQuery]:
    """Up to three conditions that all hold, up to eight of which one does, or these less another one."""
    rng = random.Random(f"{_SEED} {band}")
    while True:
        any_of = rng.random() < 0.5
        chosen = rng.sample(conditions, rng.randint(1, 8 if any_of else 3))
        nodes = tuple(condition for condition, _ in chosen)
        shares = [share for _, share in chosen]
        estimate = 1 - prod(1 - share for share in shares) if any_of else prod(shares)
        refused = rng.sample(conditions, 1 if rng.random() < 0.2 else 0)
        estimate *= prod(1 - share for _, share in refused)
        if _ESTIMATED[0] * band <= estimate <= _ESTIMATED[1] * band:
            none = tuple(condition for condition, _ in refused)
            yield AudienceQuery(any=nodes, none=none) if any_of else AudienceQuery(all=nodes, none=none)
