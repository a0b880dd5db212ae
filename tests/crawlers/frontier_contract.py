"""What holds of every frontier, as tests that a module for each kind of frontier inherits."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod

from crawlers.frontier import PASSING, Frontier, Leased, Receipt
from crawlers.protocols.page import Ask


def name(address: str) -> str:
    """The name of an address in a frontier."""
    return hashlib.sha256(address.encode()).hexdigest()


def drain(frontier: Frontier) -> list[Leased]:
    """Take all that waits."""
    taken = []
    while (leased := frontier.take()) is not None:
        taken.append(leased)
    return taken


def asks(*numbers: int, priority: int = 0) -> list[Ask]:
    """Asks for pages of these numbers."""
    return [Ask(f"http://h/{number}", "page", {"n": number}, priority) for number in numbers]


def numbers(frontier: Frontier) -> list[int]:
    """The numbers of the pages that wait, as they are taken."""
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
        """A frontier that a run has begun."""
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
