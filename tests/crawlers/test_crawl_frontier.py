from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from crawlers.frontier import Frontier, Leased, Receipt
from crawlers.frontier.sqlite import SqliteFrontier
from crawlers.protocols.page import Ask


def name(address: str) -> str:
    return hashlib.sha256(address.encode()).hexdigest()


@pytest.fixture
def opened(tmp_path: Path) -> Callable[[], Frontier]:
    return lambda: SqliteFrontier(tmp_path / "f" / "one.sqlite", name)


def drain(frontier: Frontier) -> list[Leased]:
    taken = []
    while (leased := frontier.take()) is not None:
        taken.append(leased)
    return taken


def asks(*numbers: int, priority: int = 0) -> list[Ask]:
    return [Ask(f"http://h/{number}", "page", {"n": number}, priority) for number in numbers]


def test_urgent_asks_overtake_those_that_are_leased_already(opened: Callable[[], Frontier]) -> None:
    frontier = opened()
    frontier.begin("run", {})
    frontier.put(asks(*range(100)))
    assert frontier.take() is not None
    frontier.put(asks(500, priority=9))
    urgent = frontier.take()
    assert urgent is not None
    assert urgent.ask.meta == {"n": 500}
    assert len(drain(frontier)) == 99
    assert not frontier.pending()


def test_an_address_is_asked_once_a_generation(opened: Callable[[], Frontier]) -> None:
    frontier = opened()
    frontier.begin("run", {})
    frontier.put(asks(1, 2))
    frontier.put(asks(2, 3))
    assert [leased.ask.meta["n"] for leased in drain(frontier)] == [1, 2, 3]


def test_what_was_leased_when_the_process_died_is_asked_again(opened: Callable[[], Frontier]) -> None:
    first = opened()
    assert not first.begin("run", {})
    first.put(asks(1, 2, 3, 4))
    one, two, three, _ = drain(first)
    first.put(asks(5))
    first.acknowledge([Receipt(one.id), Receipt(two.id, "the source answered 500")])
    first.put(asks(6))  # never written: the page it came from was not acknowledged either
    del first, three  # no close: as SIGKILL leaves it

    second = opened()
    assert second.begin("run", {})
    assert sorted(leased.ask.meta["n"] for leased in drain(second)) == [2, 3, 4, 5]


def test_children_are_on_disk_no_later_than_their_parents_acknowledgement(
    opened: Callable[[], Frontier], tmp_path: Path
) -> None:
    frontier = opened()
    frontier.begin("run", {})
    frontier.put(asks(1))
    (parent,) = drain(frontier)
    frontier.put(asks(2))
    frontier.acknowledge([Receipt(parent.id)])
    rows = (
        sqlite3.connect(tmp_path / "f" / "one.sqlite")
        .execute("SELECT url, state FROM ask ORDER BY id")
        .fetchall()
    )
    assert rows == [("", 2), ("http://h/2", 0)], "the done address is forgotten, the new one is kept"


def test_memory_outlives_the_generation_and_skips_what_is_unchanged(opened: Callable[[], Frontier]) -> None:
    frontier = opened()
    frontier.begin("run", {})
    ask = Ask("http://h/list", "list", remember=("list:1", "5"))
    frontier.put([ask])
    (leased,) = drain(frontier)
    assert leased.ask.remember == ("list:1", "5")
    frontier.acknowledge([Receipt(leased.id, None, (("list:1", "5"),))])
    frontier.finish()
    frontier.close()

    again = opened()
    assert not again.begin("run", {})
    assert again.generation == 2
    again.put([Ask("http://h/list", "list", remember=("list:1", "5"))])
    assert (drain(again), again.unchanged) == ([], 1)
    again.put([Ask("http://h/list", "list", remember=("list:1", "6"))])
    assert len(drain(again)) == 1


def test_a_failed_page_is_not_remembered(opened: Callable[[], Frontier]) -> None:
    frontier = opened()
    frontier.begin("run", {})
    frontier.put([Ask("http://h/list", "list", remember=("list:1", "5"))])
    (leased,) = drain(frontier)
    frontier.acknowledge([Receipt(leased.id, "no answer in time", (("list:1", "5"),))])
    assert frontier.remembered("list:1") is None


def test_no_address_stays_in_a_finished_frontier(opened: Callable[[], Frontier], tmp_path: Path) -> None:
    frontier = opened()
    frontier.begin("run", {})
    frontier.put(
        [Ask("http://h/u/amy-secret", "user", {"username": "amy-secret"}, remember=("user:amy-secret", "x"))]
    )
    (leased,) = drain(frontier)
    frontier.acknowledge([Receipt(leased.id, None, (("user:amy-secret", "x"),))])
    frontier.finish()
    frontier.close()
    database = sqlite3.connect(tmp_path / "f" / "one.sqlite")
    told = repr(
        [database.execute(f"SELECT * FROM {table}").fetchall() for table in ("ask", "memory", "fact")]
    )
    assert "amy-secret" not in told
    assert (tmp_path / "f").stat().st_mode & 0o077 == 0
