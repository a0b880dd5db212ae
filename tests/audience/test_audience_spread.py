"""Whom to tell first: a small planted network of people, some with two accounts, some hidden."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pytest

from audience.errors import NotMinedError
from audience.index.build import build
from audience.network.spread import spread
from graph.spread.sampling import Model
from lake.schemas import EDGES, PROFILES
from lake.store import Lake
from privacy.audit import entries
from privacy.disclosure import Disclosure, Role
from privacy.errors import BadInputError, ForbiddenError
from privacy.home import Home
from privacy.optouts import block
from tests.audience.audience_world import AS_OF, account_id, profiles, write_world

NOW = datetime(2026, 8, 1, tzinfo=UTC)
HUB, SECOND, SECRET, FANS = 0, 1, 2, 120
_KEPT: list[TemporaryDirectory[str]] = []


@cache
def planted() -> Home:
    """Accounts 0, 1 and 2 have 60, 40 and 80 followers; 2 may not be listed; 119 is the second account of 0."""
    folder = TemporaryDirectory(prefix="renqun-spread-")
    _KEPT.append(folder)
    home = Home.find(Path(folder.name))
    write(home, [_follow(3 + n, HUB) for n in range(60)] + [_follow(60 + n, SECOND) for n in range(40)]
          + [_follow(3 + n, SECRET) for n in range(80)] + [_follow(100, FANS - 1)])  # fmt: skip
    return home


def _follow(src: int, dst: int, kind: str = "follow", post: str = "") -> dict[str, Any]:
    blank = dict.fromkeys(EDGES.schema.names)
    return blank | {
        "src": account_id(src), "dst": account_id(dst), "kind": kind, "post_id": post, "at": NOW,
        "month": "2026-08", "source": "microblog", "run_id": "r", "collected_at": AS_OF, "policy_id": "x",
    }  # fmt: skip


def write(home: Home, edges: list[dict[str, Any]]) -> None:
    blank = dict.fromkeys(PROFILES.schema.names)
    rows = [
        blank
        | {
            "account_id": account_id(n),
            "person_id": account_id(0 if n == FANS - 1 else n),
            "listable": n != SECRET,
            "public": n == HUB,
            "name": "山野集" if n == HUB else None,
            "post_count": 10,
            "influence": n % 100,
            "followers": n,
        }
        for n in range(FANS)
    ]
    Lake(home).replace("profiles", pa.Table.from_pylist(rows, schema=PROFILES.schema))
    Lake(home).append({"edges": pa.Table.from_pylist(edges, schema=EDGES.schema)})


def test_the_accounts_that_reach_most_and_may_be_listed_are_chosen() -> None:
    answer = spread(planted(), 2)
    assert [seed.account_id for seed in answer.seeds] == [account_id(HUB), account_id(SECOND)]
    assert answer.seeds[0].name == "山野集"
    assert answer.learnt_from == 0
    assert answer.guarantee is not None
    assert answer.guarantee == pytest.approx(0.532, abs=0.001)
    assert answer.people == FANS
    assert [seed.reach % 5 for seed in answer.seeds] == [0, 0]


def test_two_accounts_of_one_person_are_one() -> None:
    answer = spread(planted(), 1)
    people = {seed.person_id for seed in answer.seeds}
    assert people == {account_id(0)}
    assert answer.people == FANS  # 120 accounts, one of them the second of a person; rounded to 5


def test_a_repost_teaches_the_chances(tmp_path: Path) -> None:
    home = Home.find(tmp_path)
    follows = [_follow(3 + n, HUB) for n in range(60)] + [_follow(60 + n, SECOND) for n in range(40)]
    reposts = [_follow(60 + n, SECOND, "repost", f"p{n}-{m}") for n in range(40) for m in range(9)]
    theirs = [_follow(3 + n, 60 + n % 40) for n in range(57)]
    write(home, follows + theirs)
    Lake(home).append({"edges": pa.Table.from_pylist(reposts, schema=EDGES.schema)})
    answer = spread(home, 1)
    assert answer.learnt_from == 360
    assert answer.seeds[0].account_id == account_id(SECOND)  # fewer followers, who pass on nearly all of it
    assert answer.reach is not None
    assert answer.reach >= 65


def test_those_who_hear_are_counted_even_where_nobody_passes_it_on(tmp_path: Path) -> None:
    home = Home.find(tmp_path)
    follows = [_follow(3 + n, HUB) for n in range(60)] + [_follow(60 + n, SECOND) for n in range(40)]
    write(home, [*follows, _follow(3, HUB, "repost", "p1")])
    hear, join = spread(home, 1), spread(home, 1, model=Model.THRESHOLD)
    assert hear.reach == 60  # its 60 followers and itself, rounded
    assert join.reach == 60  # who follow nobody else, so one is enough
    far = spread(home, 1, among=None, model=Model.CASCADE)
    assert far.people == FANS


def test_money_buys_what_it_can() -> None:
    costs = {account_id(HUB): 100.0, account_id(SECOND): 10.0}
    answer = spread(planted(), budget=50.0, costs=costs)
    assert [seed.account_id for seed in answer.seeds] == [account_id(SECOND)]


def test_who_opted_out_is_neither_chosen_nor_counted(tmp_path: Path) -> None:
    home = Home.find(tmp_path)
    write(home, [_follow(3 + n, HUB) for n in range(60)] + [_follow(60 + n, SECOND) for n in range(40)])
    block(home, [account_id(HUB)])
    assert spread(home, 1).seeds[0].account_id == account_id(SECOND)


def test_few_people_are_hidden_and_the_question_is_audited() -> None:
    answer = spread(planted(), 2, disclosure=Disclosure(k=500))
    assert answer.hidden
    assert not answer.seeds
    assert entries(planted(), 1)[0].action == "spread"


def test_a_query_says_whom_to_choose_and_whom_to_reach(tmp_path: Path) -> None:
    rows = profiles()
    home = write_world(tmp_path, rows)
    home.models.mkdir()
    (home.models / "state.json").write_text('{"as_of": "2026-08-01T00:00:00+00:00"}')
    build(home)
    edges = [_follow(n, m) for n in range(0, 800, 2) for m in (n + 1, n + 3, 7)]
    Lake(home).append({"edges": pa.Table.from_pylist(edges, schema=EDGES.schema)})
    answer = spread(home, 3, among="region:上海", reach="region:北京")
    of_shanghai = {row["person_id"] for row in rows if row["region"] == "上海"}
    assert not answer.hidden
    assert {seed.person_id for seed in answer.seeds} <= of_shanghai
    assert answer.people is not None
    assert answer.people < 300
    assert spread(home, 3, among="tag:露营>=10 influence:>=p99").hidden


def test_an_analyst_may_not_ask() -> None:
    with pytest.raises(ForbiddenError):
        spread(planted(), 2, role=Role.ANALYST)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({}, "how many"),
        ({"accounts": 0}, "choose 1 to"),
        ({"accounts": 10**9}, "choose 1 to"),
        ({"budget": 5.0}, "needs prices"),
        ({"budget": 5.0, "costs": {}}, "no row of the price list"),
        ({"budget": -5.0, "costs": {account_id(0): 1.0}}, "budget is above 0"),
        ({"budget": 5.0, "costs": {account_id(0): -1.0}}, "above 0"),
        ({"budget": 5.0, "costs": {"u" + "9" * 32: 1.0}}, "priced accounts"),
        ({"accounts": 3, "costs": {account_id(0): 1.0}}, "budget"),
    ],
)
def test_what_makes_no_sense_is_refused(arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(BadInputError, match=words):
        spread(planted(), **arguments)


def test_nothing_mined_and_nobody_joined_is_said(tmp_path: Path) -> None:
    with pytest.raises(NotMinedError, match="profiles"):
        spread(Home.find(tmp_path), 1)
    home = Home.find(tmp_path / "mined")
    write(home, [])
    with pytest.raises(NotMinedError, match="follow or repost"):
        spread(home, 1)
