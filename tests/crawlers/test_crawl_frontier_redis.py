"""The contract of frontiers against a real redis-server, and what sharing it among workers adds."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from crawlers.frontier import Frontier, Receipt
from crawlers.frontier.redis import RedisFrontier
from privacy.errors import BadInputError, UnavailableError
from tests.crawlers.frontier_contract import FrontierContract, asks, drain, name, numbers
from tests.crawlers.redis_lab import SERVER, RedisServer


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
