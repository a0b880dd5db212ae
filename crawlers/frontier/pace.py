"""The pace that the workers of a source keep together: its rate and its requests at once, however many they are."""

from __future__ import annotations

import itertools

from crawlers.frontier import scripts
from crawlers.frontier.server import Server


class SharedPace:
    """Turns at asking one source. A request of a worker that died counts as under way until its lease ends."""

    def __init__(self, server: Server, prefix: str, worker: str, lease: int) -> None:
        self._server, self._lease = server, lease
        self._keys = (f"{prefix}:turn", f"{prefix}:busy")
        self._start, self._hold, self._still = map(
            server.script, (scripts.START, scripts.HOLD, scripts.STILL)
        )
        self._tokens = (f"{worker}:{number}" for number in itertools.count())
        self._under_way: list[str] = []
        self.delay = 0.0  # seconds between two requests
        self.concurrency = 1

    def start(self) -> float:
        """Take a turn: 0 where the request may be sent now, else seconds after which to try again."""
        token = next(self._tokens)
        given = (token, self._lease, 1000 * self.delay, self.concurrency)
        wait = float(self._server.run(self._start, self._keys, given)) / 1000
        if wait == 0:
            self._under_way.append(token)
        return wait

    def end(self) -> None:
        """A request is no longer under way."""
        if self._under_way:
            self._server.call(self._server.client.zrem, self._keys[1], self._under_way.pop())

    def hold(self, seconds: float) -> None:
        """Let nobody ask for so long."""
        self._server.run(self._hold, self._keys, (1000 * seconds,))

    def beat(self) -> None:
        """Say that the requests under way still are."""
        self._server.run(self._still, self._keys, (self._lease, *self._under_way))

    def leave(self) -> None:
        """No request is under way any more."""
        while self._under_way:
            self.end()
