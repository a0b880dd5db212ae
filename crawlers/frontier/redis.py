"""The frontier in Redis, which several workers share, on one machine or on many.

A worker holds its leases while it says every few seconds that it lives; those of one that fell silent go back to the
queue. What a slow worker still acknowledges counts all the same, since its rows are committed. When the queue is empty
while others hold leases, ``pending`` stays true: their pages may lead on.

Every change is one script (``scripts``), so it happens whole or not at all, and takes one round trip. With Redis'
append-only file a killed server loses nothing it had answered; the same holds here as for SQLite: what a power cut
takes is the newest, which only repeats work.
"""

from __future__ import annotations

import heapq
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import orjson

from crawlers.frontier import scripts
from crawlers.frontier.base import PASSING, Frontier, Leased, Receipt, memory_name
from crawlers.frontier.pace import SharedPace
from crawlers.frontier.server import Server
from crawlers.protocols.page import Ask
from privacy.errors import UnavailableError

LEASE_SECONDS, PATIENCE_SECONDS = 30.0, 60.0
_PREFETCH, _CHUNK = 32, 1000
_LOOK_SECONDS = 0.2  # between two looks into an empty queue
_NOTHING = 1 << 30


class RedisFrontier(Frontier):
    """``name`` hashes an address or a memory key with the home's key, so homes don't meet on one server.

    All methods raise UnavailableError where Redis stays away for ``patience`` seconds, or lost what it kept.
    """

    shared = True

    def __init__(
        self,
        url: str,
        spider: str,
        source: str,
        name: Callable[[str], str],
        lease: float = LEASE_SECONDS,
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        self.server = Server(url, patience)
        if not self.server.durable:
            self.warning = (
                f"Redis at {self.server.name} keeps no append-only file: restarted, it forgets the crawl."
            )
        self._name = name
        self._prefix = f"renqun:{{{source}:{name('frontier')[:16]}}}"
        self._keys = {key: f"{self._prefix}:{spider}:{key}" for key in scripts.KEYS}
        self._lease = int(1000 * lease)
        self._begin, self._step, self._reclaim, self._beat, self._finish, self._leave = map(
            self.server.script,
            (scripts.BEGIN, scripts.STEP, scripts.RECLAIM, scripts.BEAT, scripts.FINISH, scripts.LEAVE),
        )
        self._worker, self._generation = "", 0
        self._lock = threading.RLock()
        self._fresh: list[tuple[str, bytes, str, str]] = []
        self._urgent = _NOTHING  # smallest rank among the asks that came since the last lease
        self._heap: list[Leased] = []
        self._held: set[int] = set()  # leased and not yet acknowledged
        self._waiting = self._elsewhere = 0
        self._next_look = 0.0
        self._over = self._doubt = False
        self._left = threading.Event()

    def begin(self, run_id: str, facts: Mapping[str, str]) -> bool:
        """Join the workers of an unfinished generation, or start a new one."""
        self._worker = run_id
        self.pace = SharedPace(self.server, f"{self._prefix}:pace", run_id, self._lease)
        flat = [text for pair in facts.items() for text in pair]
        resumed, generation = self._run(self._begin, *flat)
        self.resumed, self._generation = bool(resumed), int(generation)
        threading.Thread(target=self._keep_alive, name="frontier", daemon=True).start()
        return self.resumed

    def workers(self) -> set[str]:
        """Those that have not left and whose leases have not returned."""
        return set(self.server.call(self.server.client.zrange, self._keys["workers"], 0, -1))

    @property
    def generation(self) -> int:
        """How many crawls this frontier has begun."""
        return self._generation or int(self.fact("generation") or 0)

    def fact(self, key: str) -> str | None:
        """What was noted by whichever worker."""
        found: str | None = self.server.call(self.server.client.hget, self._keys["facts"], key)
        return found

    def note(self, key: str, value: str) -> None:
        """Note a fact for all workers."""
        self.server.call(self.server.client.hset, self._keys["facts"], key, value)

    def remembered(self, key: str) -> str | None:
        """The value kept for a memory key."""
        kept_in = self._keys["passing" if key.startswith(PASSING) else "memory"]
        kept_as = memory_name(self._name, key)
        found: str | None = self.server.call(self.server.client.hget, kept_in, kept_as)
        return found

    def outcome(self, url: str) -> str | None:
        """What became of an address, whichever worker asked it."""
        number = self.server.call(self.server.client.hget, self._keys["seen"], self._name(url))
        if number is None:
            return None
        with self.server.client.pipeline(transaction=True) as both:
            both.hget(self._keys["failed"], number)
            both.hexists(self._keys["asks"], number)
            reason, still = self.server.call(both.execute)
        return reason if reason is not None else None if still else ""

    def put(self, asks: Iterable[Ask]) -> None:
        """Keep new asks until the next step, which filters them."""
        with self._lock:
            for ask in asks:
                key, value = ask.remember or ("", "")
                body = b"%d %s" % (ask.priority, orjson.dumps([ask.url, ask.kind, ask.meta, ask.remember]))
                self._fresh.append((self._name(ask.url), body, self._name(key) if key else "", value))
                self._urgent = min(self._urgent, -ask.priority)

    def take(self) -> Leased | None:
        """Lease the most urgent ask, or None when there is none to hand out now."""
        with self._lock:
            if not self._heap or self._urgent < self._heap[0].rank:
                self._lease_some()
            return heapq.heappop(self._heap) if self._heap else None

    def acknowledge(self, receipts: Iterable[Receipt]) -> None:
        """Close asks in the step that writes what they led to, or in one after it."""
        with self._lock:
            todo = list(receipts)
            self._write_fresh(keep=_CHUNK)
            while todo:
                part, todo = todo[:_CHUNK], todo[_CHUNK:]
                self._take_step(0, part)
                self._held -= {receipt.ask_id for receipt in part}

    def pending(self) -> bool:
        """Whether asks wait, or others hold leases whose pages may lead on."""
        return bool(self._heap) or (not self._over and bool(self._fresh or self._waiting or self._elsewhere))

    def unfinished(self) -> int:
        """How many asks are neither done nor failed, with whichever worker."""
        with self._lock:
            self._write_fresh()
            self._take_step(0, [])
            if self._over:
                return 0
            client = self.server.client
            return int(self.server.call(client.zcard, self._keys["queue"])) + int(
                self.server.call(client.hlen, self._keys["leases"])
            )

    def failures(self) -> int:
        """How many asks of this generation failed or were refused, with whichever worker."""
        open_ones = int(self.server.call(self.server.client.hlen, self._keys["failed"]))
        return open_ones + int(self.fact("failures") or 0)

    def finish(self) -> bool:
        """Close the generation if nothing is unfinished; one worker is told True."""
        with self._lock:
            self._write_fresh()
            return bool(self._run(self._finish))

    def close(self) -> None:
        """Write what is unwritten, give the leases back and leave."""
        self._left.set()
        try:
            with self._lock:
                if self.pace is not None:
                    self._write_fresh()
                    self._run(self._leave)
                    self.pace.leave()
        except UnavailableError:
            pass  # the leases return by themselves
        finally:
            self.server.close()

    def _lease_some(self) -> None:
        """Write new asks, then lease the most urgent ones; an empty queue is looked into now and then."""
        dry = not (self._fresh or self._waiting or self._heap)
        if self._over or (dry and time.monotonic() < self._next_look):
            return
        self._next_look = time.monotonic() + _LOOK_SECONDS
        self._write_fresh(keep=_CHUNK)
        self._urgent = _NOTHING
        for number, text in self._take_step(_PREFETCH if not self._heap else 2, []):
            priority, _, body = text.partition(" ")
            url, kind, meta, remember = orjson.loads(body)
            ask = Ask(url, kind, meta, int(priority), tuple(remember) if remember else None)
            heapq.heappush(self._heap, Leased(-ask.priority, int(number), ask))
            self._held.add(int(number))

    def _write_fresh(self, keep: int = 0) -> None:
        """Write new asks in steps of their own, until no more than ``keep`` are left."""
        while len(self._fresh) > keep:
            self._take_step(0, [])

    def _take_step(self, want: int, receipts: list[Receipt]) -> list[tuple[str, str]]:
        """One step: the oldest new asks go in, receipts are taken, ``want`` asks come out."""
        fresh, self._fresh = self._fresh[:_CHUNK], self._fresh[_CHUNK:]
        memory = [
            text
            for receipt in receipts
            if receipt.reason is None
            for key, value in receipt.remember
            for text in (memory_name(self._name, key), value)
        ]
        arguments: list[Any] = [want, len(fresh), len(receipts)]
        for ask in fresh:
            arguments += ask
        for receipt in receipts:
            arguments += (f"{receipt.ask_id:015d}", receipt.reason or "")
        told = self._run(self._lease_step if want else self._step, *arguments, *memory)
        if told[0] == "over":
            self._over, self._heap, self._held = True, [], set()
            return []
        _, unchanged, self._waiting, self._elsewhere, taken = told
        self.unchanged += unchanged
        return list(zip(taken[::2], taken[1::2], strict=True))

    def _lease_step(self, keys: list[str], args: tuple[Any, ...]) -> Any:
        """A step that leases. Where the answer of the one before never came, what it leased is given back first."""
        if self._doubt:
            held = (f"{number:015d}" for number in self._held)
            self._reclaim(keys=keys, args=(*args[:3], *held))
        self._doubt = True
        told = self._step(keys=keys, args=args)
        self._doubt = False
        return told

    def _run(self, script: Any, *arguments: Any) -> Any:
        told = self.server.run(
            script, list(self._keys.values()), (self._generation, self._worker, self._lease, *arguments)
        )
        if told == "gone" or (isinstance(told, list) and told[0] == "gone"):
            raise UnavailableError(
                f"Redis at {self.server.name} no longer has this frontier: it was emptied, or started again without "
                "its append-only file.",
                "Set appendonly yes, then run the crawl again: committed rows are kept, but it begins anew.",
            )
        return told

    def _keep_alive(self) -> None:
        """Say that this worker lives, and notice those that fell silent, until it leaves."""
        while not self._left.wait(self._lease / 3000):
            try:
                self._run(self._beat)
                if self.pace is not None:
                    self.pace.beat()
            except UnavailableError:
                continue  # the crawl's own calls say so
