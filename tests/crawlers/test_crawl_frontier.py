"""One contract, two frontiers: every test of the base class runs against SQLite and against a real redis-server."""

from __future__ import annotations

import hashlib
import sqlite3
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path

import pytest

from crawlers.frontier import PASSING, Frontier, Leased, Receipt
from crawlers.frontier.redis import RedisFrontier
from crawlers.frontier.sqlite import SqliteFrontier
from crawlers.protocols.page import Ask
from privacy.errors import BadInputError, UnavailableError
from tests.crawlers.redis_lab import SERVER, RedisServer


def name(address: str) -> str:
    return hashlib.sha256(address.encode()).hexdigest()


def drain(frontier: Frontier) -> list[Leased]:
    taken = []
    while (leased := frontier.take()) is not None:
        taken.append(leased)
    return taken


def asks(*numbers: int, priority: int = 0) -> list[Ask]:
    return [Ask(f"http://h/{number}", "page", {"n": number}, priority) for number in numbers]


def numbers(frontier: Frontier) -> list[int]:
    return [leased.ask.meta["n"] for leased in drain(frontier)]


class FrontierContract(ABC):
    """What holds of every frontier. A subclass opens one, lets it die, and shows all that it keeps."""

    @abstractmethod
    def open(self) -> Frontier:
        """The frontier, as a process that starts opens it."""

    @abstractmethod
    def die(self, frontier: Frontier) -> None:
        """What a SIGKILL leaves of a frontier, once its leases have ended."""

    @abstractmethod
    def kept(self) -> str:
        """All that is kept, as text."""

    def begun(self, run: str = "run") -> Frontier:
        frontier = self.open()
        frontier.begin(run, {"since": "2026-01-01"})
        return frontier

    def test_urgent_asks_overtake_those_that_are_leased_already(self) -> None:
        frontier = self.begun()
        frontier.put(asks(*range(100)))
        assert frontier.take() is not None
        frontier.put(asks(500, priority=9))
        urgent = frontier.take()
        assert urgent is not None
        assert urgent.ask.meta == {"n": 500}
        assert len(drain(frontier)) == 99
        assert not frontier.pending()
        assert frontier.unfinished() == 101

    def test_priorities_go_from_high_to_below_zero_and_the_older_first(self) -> None:
        frontier = self.begun()
        frontier.put([*asks(1, 2), *asks(3, priority=-5), *asks(4, priority=20), *asks(5)])
        assert numbers(frontier) == [4, 1, 2, 5, 3]

    def test_an_address_is_asked_once_a_generation(self) -> None:
        frontier = self.begun()
        frontier.put(asks(1, 2))
        frontier.put(asks(2, 3))
        first = drain(frontier)
        assert [leased.ask.meta["n"] for leased in first] == [1, 2, 3]
        frontier.acknowledge([Receipt(leased.id) for leased in first])
        frontier.put(asks(1, 2, 3))
        assert numbers(frontier) == []

    def test_what_was_leased_when_the_process_died_is_asked_again(self) -> None:
        first = self.begun("first")
        assert not first.resumed
        first.put(asks(1, 2, 3, 4))
        one, two, _three, _four = drain(first)
        first.put(asks(5))
        first.acknowledge([Receipt(one.id), Receipt(two.id, "the source answered 500")])
        assert first.failures() == 1
        first.put(asks(6))  # never written: the page it came from was not acknowledged either
        self.die(first)

        second = self.begun("second")
        assert second.resumed
        assert second.workers() == {"second"}
        assert sorted(numbers(second)) == [2, 3, 4, 5]
        assert second.failures() == 0, "what failed is tried again"

    def test_facts_of_a_generation_are_those_of_whoever_began_it(self) -> None:
        first = self.begun()
        first.note("newest", "today")
        self.die(first)
        second = self.open()
        assert second.begin("second", {"since": "other"})
        assert (second.fact("since"), second.fact("newest"), second.fact("none")) == (
            "2026-01-01",
            "today",
            None,
        )
        assert second.finish()
        second.close()
        third = self.open()
        assert not third.begin("third", {"since": "later"})
        assert (third.fact("since"), third.fact("newest")) == ("later", "today")

    def test_children_are_kept_no_later_than_their_parents_acknowledgement(self) -> None:
        frontier = self.begun()
        frontier.put(asks(1))
        (parent,) = drain(frontier)
        frontier.put(asks(2))
        frontier.acknowledge([Receipt(parent.id)])
        kept = self.kept()
        assert "http://h/2" in kept
        assert "http://h/1" not in kept, "the address that is done is forgotten"

    def test_many_children_and_receipts_at_once(self) -> None:
        frontier = self.begun()
        frontier.put(asks(*range(3000)))
        frontier.put(asks(9999, priority=1))
        taken = drain(frontier)
        assert len(taken) == 3001
        frontier.put(asks(*range(10_000, 12_500)))
        frontier.acknowledge([Receipt(leased.id) for leased in taken])
        assert frontier.unfinished() == 2500

    def test_memory_outlives_the_generation_and_skips_what_is_unchanged(self) -> None:
        frontier = self.begun()
        ask = Ask("http://h/list", "list", remember=("list:1", "5"))
        frontier.put([ask])
        (leased,) = drain(frontier)
        assert leased.ask.remember == ("list:1", "5")
        frontier.acknowledge([Receipt(leased.id, None, (leased.ask.remember,))])
        assert frontier.finish()
        frontier.close()

        again = self.begun()
        assert not again.resumed
        assert again.generation == 2
        assert again.remembered("list:1") == "5"
        again.put([Ask("http://h/list", "list", remember=("list:1", "5"))])
        assert (drain(again), again.unchanged) == ([], 1)
        again.put([Ask("http://h/list", "list", remember=("list:1", "6"))])
        assert len(drain(again)) == 1

    def test_passing_memory_ends_with_its_generation(self) -> None:
        frontier = self.begun()
        frontier.put(asks(1, 2))
        one, two = drain(frontier)
        memory = ((f"{PASSING}user:amy", "visible:4711"), ("list:1", "5"))
        frontier.acknowledge([Receipt(one.id, None, memory)])
        assert frontier.remembered(f"{PASSING}user:amy") == "visible:4711"
        assert frontier.remembered("user:amy") is None
        frontier.close()

        again = self.begun()
        assert again.resumed
        assert again.remembered(f"{PASSING}user:amy") == "visible:4711"
        drain(again)
        again.acknowledge([Receipt(two.id)])
        assert again.finish()
        assert again.remembered(f"{PASSING}user:amy") is None
        assert again.remembered("list:1") == "5"
        again.close()
        assert "4711" not in self.kept()

    def test_a_failed_page_is_not_remembered(self) -> None:
        frontier = self.begun()
        frontier.put([Ask("http://h/list", "list", remember=("list:1", "5"))])
        (leased,) = drain(frontier)
        frontier.acknowledge([Receipt(leased.id, "no answer in time", (("list:1", "5"),))])
        assert frontier.remembered("list:1") is None

    def test_the_outcome_of_an_address(self) -> None:
        frontier = self.begun()
        frontier.put(asks(1, 2, 3))
        one, two, _ = drain(frontier)
        frontier.acknowledge([Receipt(one.id), Receipt(two.id, "no answer in time")])
        outcomes = [frontier.outcome(f"http://h/{number}") for number in (1, 2, 3, 4)]
        assert outcomes == ["", "no answer in time", None, None]

    def test_a_generation_is_finished_once_and_only_when_all_is_done(self) -> None:
        frontier = self.begun()
        frontier.put(asks(1, 2))
        assert not frontier.finish(), "asks wait"
        taken = drain(frontier)
        assert not frontier.finish(), "asks are leased"
        frontier.acknowledge([Receipt(taken[0].id), Receipt(taken[1].id, "the source answered 403")])
        assert frontier.finish()
        assert not frontier.finish()
        assert frontier.failures() == 1, "known until the next generation"

    def test_acknowledging_twice_does_no_harm(self) -> None:
        frontier = self.begun()
        frontier.put(asks(1))
        (leased,) = drain(frontier)
        frontier.acknowledge([Receipt(leased.id)])
        frontier.acknowledge([Receipt(leased.id)])
        assert frontier.unfinished() == 0
        assert numbers(frontier) == []

    def test_no_address_stays_in_a_finished_frontier(self) -> None:
        frontier = self.begun()
        url = "http://h/u/amy-secret"
        frontier.put(
            [
                Ask(url, "user", {"username": "amy-secret"}, remember=("user:amy-secret", "x")),
                Ask(f"{url}/posts", "posts", {"username": "amy-secret"}),
            ]
        )
        one, two = drain(frontier)
        frontier.acknowledge(
            [
                Receipt(one.id, None, (("user:amy-secret", "x"),)),
                Receipt(two.id, f"robots.txt disallows {url}"),
            ]
        )
        assert frontier.finish()
        frontier.close()
        assert "amy-secret" not in self.kept()


class TestSqlite(FrontierContract):
    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self.path = tmp_path / "f" / "one.sqlite"

    def open(self) -> Frontier:
        return SqliteFrontier(self.path, name)

    def die(self, frontier: Frontier) -> None:
        del frontier  # no close: as SIGKILL leaves it

    def kept(self) -> str:
        database = sqlite3.connect(self.path)
        tables = ("ask", "memory", "fact")
        return repr([database.execute(f"SELECT * FROM {table}").fetchall() for table in tables])

    def test_nobody_else_may_read_the_folder(self) -> None:
        self.begun()
        assert self.path.parent.stat().st_mode & 0o077 == 0


@pytest.mark.skipif(
    SERVER is None, reason="no redis-server on this machine (Debian: apt install redis-server)"
)
class TestRedis(FrontierContract):
    @pytest.fixture(autouse=True)
    def _server(self, tmp_path: Path) -> Iterator[None]:
        self.server = RedisServer(tmp_path / "redis")
        self.opened: list[RedisFrontier] = []
        yield
        for frontier in self.opened:
            self.silence(frontier)
        self.server.kill()

    def open(self, lease: float = 0.4, patience: float = 5.0) -> RedisFrontier:
        frontier = RedisFrontier(self.server.url, "mastodon", "place", name, lease, patience)
        self.opened.append(frontier)
        return frontier

    def silence(self, frontier: Frontier) -> None:
        """It no longer says that it lives."""
        assert isinstance(frontier, RedisFrontier)
        frontier._left.set()

    def die(self, frontier: Frontier) -> None:
        self.silence(frontier)
        time.sleep(0.6)

    def kept(self) -> str:
        return self.server.everything()

    def two(self) -> tuple[Frontier, Frontier]:
        return self.begun("one"), self.begun("two")

    def test_workers_share_the_queue_and_the_filter(self) -> None:
        one, two = self.two()
        assert (one.resumed, two.resumed) == (False, True)
        one.put(asks(*range(40)))
        mine = [one.take()]
        two.put(asks(*range(60)))
        theirs = drain(two)
        mine += drain(one)
        assert len(theirs) == 28
        assert sorted(leased.ask.meta["n"] for leased in [*mine, *theirs] if leased) == list(range(60))

    def test_an_empty_queue_is_waited_at_while_others_hold_leases(self) -> None:
        one, two = self.two()
        one.put(asks(1))
        (parent,) = drain(one)
        assert two.take() is None
        assert two.pending(), "the page of the other worker may lead on"
        assert not two.finish()
        one.put(asks(2))
        one.acknowledge([Receipt(parent.id)])
        time.sleep(0.3)
        (child,) = drain(two)
        assert not one.finish()
        two.acknowledge([Receipt(child.id)])
        time.sleep(0.3)
        assert (one.take(), two.take()) == (None, None)
        assert not one.pending()
        assert not two.pending()
        assert [one.finish(), two.finish()] == [True, False], "exactly one worker finishes"
        two.put(asks(3))
        time.sleep(0.3)
        assert two.take() is None, "it is over, also for who comes late"

    def test_leases_of_a_silent_worker_return_and_it_counts_no_more(self) -> None:
        one, two = self.two()
        one.put(asks(1, 2, 3))
        held = drain(one)
        assert numbers(two) == []
        self.silence(one)
        time.sleep(0.9)
        assert sorted(numbers(two)) == [1, 2, 3]
        assert two.workers() == {"two"}
        one.acknowledge([Receipt(held[0].id)])  # it was slow, not dead: its rows are committed
        assert two.unfinished() == 2

    def test_a_worker_that_beats_keeps_its_leases(self) -> None:
        one, two = self.two()
        one.put(asks(1, 2, 3))
        drain(one)
        time.sleep(1.2)  # three times the lease
        assert numbers(two) == []
        assert two.workers() == {"one", "two"}

    def test_who_leaves_gives_back_what_it_holds(self) -> None:
        one, two = self.two()
        one.put(asks(1, 2))
        drain(one)
        one.put(asks(3))
        one.close()
        assert sorted(numbers(two)) == [1, 2, 3]
        assert two.workers() == {"two"}

    def test_failed_asks_are_not_tried_again_while_others_work(self) -> None:
        one = self.begun("one")
        one.put(asks(1, 2))
        first, _ = drain(one)
        one.acknowledge([Receipt(first.id, "no answer in time")])
        two = self.begun("two")
        assert numbers(two) == []
        assert two.failures() == 1

    def test_a_killed_server_that_comes_back_has_lost_nothing(self) -> None:
        one = self.begun()
        one.put(asks(*range(100)))
        taken = [one.take(), one.take()]
        one.acknowledge([Receipt(leased.id) for leased in taken if leased])
        self.server.kill()
        self.server.start()
        assert len(drain(one)) == 98
        assert one.unfinished() == 98

    def test_an_answer_that_was_lost_leaks_no_lease(self) -> None:
        one = self.begun()
        one.put(asks(*range(50)))
        assert isinstance(one, RedisFrontier)
        step = one._step

        def unheard(keys: list[str], args: tuple[str, ...]) -> object:
            from redis import ConnectionError as Lost

            one._step = step
            step(keys=keys, args=args)
            raise Lost("the answer never came")

        one._step = unheard  # type: ignore[assignment]
        assert sorted(numbers(one)) == list(range(50))

    def test_a_server_that_stays_away_is_told_of_in_one_line(self) -> None:
        one = self.open(patience=0.3)
        one.begin("run", {})
        self.server.kill()
        one.put(asks(1))
        with pytest.raises(
            UnavailableError, match=r"frontier at redis://127.0.0.1:\d+/0 can't be used: .*refused"
        ):
            one.take()
        one.close()

    def test_a_server_that_was_emptied_is_told_of(self) -> None:
        one = self.open()
        one.begin("run", {})
        one.put(asks(1))
        one.take()
        one.server.client.flushall()
        one.put(asks(2))
        with pytest.raises(UnavailableError, match="no longer has this frontier"):
            one.unfinished()

    def test_a_server_that_throws_keys_away_is_refused(self) -> None:
        self.open().server.client.config_set("maxmemory-policy", "allkeys-lru")
        with pytest.raises(UnavailableError, match="throws keys away"):
            self.open()

    def test_homes_and_sources_do_not_meet(self) -> None:
        one = self.begun()
        one.put(asks(1))
        other = RedisFrontier(self.server.url, "mastodon", "place", lambda text: name(f"other{text}"), 0.4)
        self.opened.append(other)
        assert not other.begin("run", {})
        assert numbers(other) == []
        assert numbers(one) == [1]

    def test_workers_take_turns_at_the_policys_rate(self) -> None:
        one, two = self.two()
        assert one.pace is not None
        assert two.pace is not None
        for pace in (one.pace, two.pace):
            pace.delay, pace.concurrency = 0.2, 2
        assert one.pace.start() == 0
        assert 0 < two.pace.start() <= 0.2
        time.sleep(0.2)
        assert two.pace.start() == 0
        time.sleep(0.2)
        assert one.pace.start() > 0, "two requests are under way"
        two.pace.end()
        assert one.pace.start() == 0
        one.pace.end()
        two.pace.hold(5)
        assert 4 < one.pace.start() <= 5, "who is asked to wait tells the others"


def test_what_is_no_address_of_a_frontier_is_refused() -> None:
    for url in ("http://127.0.0.1:6379", "localhost:6379", "redis://127.0.0.1:port/0"):
        with pytest.raises(BadInputError, match="is no address of a frontier"):
            RedisFrontier(url, "mastodon", "place", name)


def test_a_password_is_not_told() -> None:
    with pytest.raises(UnavailableError) as told:
        RedisFrontier("redis://:secret@127.0.0.1:1/0", "mastodon", "place", name)
    assert "secret" not in f"{told.value} {told.value.hint}"


def test_without_the_redis_package_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "redis", None)  # as Python marks what can't be imported
    with pytest.raises(UnavailableError, match="needs the redis package") as told:
        RedisFrontier("redis://127.0.0.1:1/0", "mastodon", "place", name)
    assert "renqun[redis]" in told.value.hint
