"""A snooper who knows everything of one person but one thing, and asks near-equal queries to learn it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import fisher_exact

from audience.index.build import build
from audience.index.opened import open_index
from audience.query.model import (
    Active,
    AudienceQuery,
    Condition,
    Followers,
    Influence,
    Interest,
    Named,
)
from audience.query.text import to_text
from audience.search.ask import search
from privacy.disclosure import Role
from privacy.home import Home
from tests.audience.audience_world import AS_OF, profiles, tags, write_world

TAGS = tags()
SECRET = Interest(field="tag", value=TAGS[1])
PEOPLE = 1_500
Node = Condition | AudienceQuery
Pair = tuple[AudienceQuery, AudienceQuery]


def all_of(*nodes: Node) -> AudienceQuery:
    return AudienceQuery(all=nodes)


def any_of(*nodes: Node) -> AudienceQuery:
    return AudienceQuery(any=nodes)


def but(*nodes: Node) -> AudienceQuery:
    return AudienceQuery(none=nodes)


class Snooper:
    """Knows the target's row but for the secret, and pairs of queries that differ by the target, or by nobody.

    They differ where the target has the secret, and not where it has not.
    """

    def __init__(self, target: dict[str, Any], rng: random.Random) -> None:
        self.rng, self.target = rng, target
        self.days = (AS_OF - target["last_active_at"]).days
        self.region = Named(field="region", value=target["region"])
        self.source = Named(field="source", value=target["source"])
        self.followers = Followers(field="followers", min=target["followers"], max=target["followers"])
        self.influence = Influence(field="influence", min=target["influence"], max=target["influence"])

    def pairs(self) -> Iterator[Pair]:
        strategies = (
            self._excluded,
            self._threshold,
            self._day,
            self._united,
            self._in_parts,
            self._complement,
        )
        while True:
            yield self.rng.choice(strategies)()

    def _excluded(self) -> Pair:
        base = self._base()
        return all_of(SECRET, base), all_of(SECRET, base, but(self._only_target()))

    def _threshold(self) -> Pair:
        base, few = self._base(), self.target["followers"]
        low, high = (all_of(self.influence, Followers(field="followers", min=few + step)) for step in (0, 1))
        return all_of(SECRET, any_of(base, low)), all_of(SECRET, any_of(base, high))

    def _day(self) -> Pair:
        base = self._base()
        late, early = (
            all_of(self.followers, Active(field="active", days=self.days + step)) for step in (1, 0)
        )
        return all_of(SECRET, any_of(base, late)), all_of(SECRET, any_of(base, early))

    def _united(self) -> Pair:
        base = self._base()
        return any_of(base, all_of(SECRET, self._only_target())), any_of(base, base)

    def _in_parts(self) -> Pair:
        """The secret without the target, written as parts of which each is large."""
        a, b, c = self.region, self.source, all_of(self.followers, self.influence)
        parts = (all_of(SECRET, but(a)), all_of(SECRET, a, but(b)), all_of(SECRET, a, b, but(c)))
        base = self._base()
        return all_of(base, SECRET), all_of(base, any_of(*parts))

    def _complement(self) -> Pair:
        base = self._base()
        return base, all_of(
            base, any_of(but(self.region), but(self.followers), but(self.influence), but(SECRET))
        )

    def _only_target(self) -> AudienceQuery:
        parts: list[Node] = [self.followers, self.influence, self.region, self.source]
        return all_of(*self.rng.sample(parts[:2], 2), *self.rng.sample(parts[2:], self.rng.randint(0, 2)))

    def _base(self) -> AudienceQuery:
        """A large group, with or without the target."""
        rng = self.rng
        choices: list[Node] = [
            Followers(field="followers", min=rng.randint(0, 1_500)),
            Influence(field="influence", min=rng.randint(0, 60)),
            Active(field="active", days=rng.randint(20, 300)),
            Interest(field="tag", value=rng.choice(TAGS)),
            but(Named(field="region", value=rng.choice(("北京", "成都", "广州", "杭州")))),
            but(Named(field="follows", value=rng.choice(("山野集", "云帆户外", "好食记")))),
        ]
        return rng.choice((any_of, all_of))(*rng.sample(choices, 2))


def built(root: Path, has_secret: bool) -> tuple[Home, dict[str, Any]]:
    """The same people twice, but for the target's secret. The target stands alone with its followers and influence."""
    rows = profiles(PEOPLE, seed=11)
    target = next(
        row
        for row in rows
        if row["followers"]
        and row["last_active_at"]
        and row["region"] == "上海"
        and row["account_id"] == row["person_id"]
    )
    target["followers"], target["influence"] = 1_777, 61
    others = [tag for tag in target["tags"] if tag["tag"] != SECRET.value]
    held = {"tag": SECRET.value, "level": 7, "weight": 1.0, "posts": 3, "evidence": []}
    target["tags"] = [held, *others] if has_secret else others
    home = write_world(root, rows)
    home.models.mkdir(parents=True)
    (home.models / "state.json").write_text('{"as_of": "2026-08-01T00:00:00+00:00"}')
    build(home)
    return home, target


def transcript(root: Path, has_secret: bool, pairs: int) -> list[tuple[bool, bool]]:
    """For each pair of queries: whether the engine tells them apart, and whether the answers do."""
    home, target = built(root, has_secret)
    index = open_index(home)
    seen = []
    for at, pair in zip(range(pairs), Snooper(target, random.Random(3)).pairs(), strict=False):
        exact = [index.engine.count(query, index.scope()) for query in pair]
        answers = [search(home, query, limit=0, facets=at % 25 == 0, role=Role.ANALYST) for query in pair]
        first, second = ((answer.hidden, answer.total, answer.facets) for answer in answers)
        seen.append((exact[0] != exact[1], first != second))
    return seen


@pytest.mark.parametrize("queries", [1_000, pytest.param(10_000, marks=pytest.mark.soak)])
def test_near_equal_queries_teach_nothing_of_one_person(tmp_path: Path, queries: int) -> None:
    """Pairs that differ by one person are answered differently as often whether that person has the secret or not.

    Some are in both worlds, since what is left out and what counts as near has a border for each question.
    """
    pairs = queries // 2
    worlds = [transcript(tmp_path / str(has), has, pairs) for has in (True, False)]
    told = [sum(exact for exact, _ in world) for world in worlds]
    assert told[0] > pairs // 3  # the bare engine tells it
    assert told[1] == 0
    unequal = [sum(answer for _, answer in world) for world in worlds]
    assert max(unequal) < pairs // 4
    table = np.array([[count, pairs - count] for count in unequal])
    assert fisher_exact(table).pvalue > 0.05


def _alike_but_one(target: dict[str, Any], rng: random.Random) -> AudienceQuery:
    """People who all have the secret, a large group and small ones side by side with the target alone among them: of the whole
    only the target may be without it."""
    snooper = Snooper(target, rng)
    low = rng.randint(0, 60)
    inside = Influence(field="influence", min=low, max=min(100, low + rng.randint(15, 40)))
    decoys: list[Node] = []
    for _ in range(8):
        at = rng.randint(0, 97)
        narrow = Influence(field="influence", min=at, max=min(100, at + rng.randint(1, 3)))
        decoys.append(all_of(SECRET, narrow, but(inside)))
    rng.shuffle(decoys)
    return any_of(*decoys, all_of(snooper.followers, snooper.influence), all_of(SECRET, inside))


def test_a_group_made_alike_tells_nothing_of_the_one_in_doubt(tmp_path: Path) -> None:
    """Whether everybody or all but one have a value must not be told apart by its being shown."""
    told = []
    for has in (True, False):
        home, target = built(tmp_path / str(has), has)
        index, rng = open_index(home), random.Random(9)
        shown = []
        for _ in range(60):
            query = _alike_but_one(target, rng)
            total = index.engine.count(query, index.scope())
            without = total - index.engine.count(all_of(query, SECRET), index.scope())
            answer = search(home, query, limit=0, facets=("tag",), role=Role.ANALYST)
            values = {value.value for facet in answer.facets for value in facet.values}
            shown.append((total >= 20 and without == (not has), SECRET.value in values))
        told.append(shown)
    assert sum(makes for makes, _ in told[0]) > 20  # the question is well put
    assert [shows for _, shows in told[0]] == [shows for _, shows in told[1]]


def test_who_few_people_are_is_never_what_else_is_told(tmp_path: Path) -> None:
    """Taking one person out of a group changes nothing but the note of that: not which parts are left out, not what is hidden."""
    home, target = built(tmp_path, True)
    index, rng = open_index(home), random.Random(5)
    snooper, borders = Snooper(target, rng), 0
    one = all_of(snooper.followers, snooper.influence)
    for width in range(60):
        low, high = max(0, target["influence"] - width // 2), target["influence"] + (width + 1) // 2
        group = all_of(SECRET, Influence(field="influence", min=low, max=min(100, high)), snooper.region)
        borders += 15 <= index.engine.count(group, index.scope()) <= 25
        rest = Followers(field="followers", min=rng.randint(0, 500))
        for alike, but_one in (
            (all_of(rest, but(group)), all_of(rest, but(all_of(group, but(one))))),
            (all_of(rest, but(group)), all_of(rest, but(group), but(one))),
            (group, all_of(group, but(one))),
            (any_of(rest, group), any_of(rest, group, one)),
        ):
            answers = [search(home, query, limit=0, role=Role.ANALYST) for query in (alike, but_one)]
            told = [
                (answer.hidden, answer.total, sum("left out" in warning for warning in answer.warnings))
                for answer in answers
            ]
            noted = any(to_text(one) in warning for warning in answers[1].warnings)
            assert told[0] == (*told[1][:2], told[1][2] - noted), to_text(but_one)
    assert borders > 5
