"""The Redis server that workers share: scripts run on it, and a while without it is waited for."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from privacy.errors import BadInputError, UnavailableError

if TYPE_CHECKING:
    from redis.commands.core import Script

SCHEMES = ("redis", "rediss", "unix")
_TIMEOUT = 10.0  # seconds for one answer
_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 2.0


class Server:
    """One connection pool. Calls that find no server are made again, waiting longer each time, ``patience`` seconds in all.

    Raises UnavailableError after that, and at once from then on.
    """

    def __init__(self, url: str, patience: float) -> None:
        """Connect and look at how the server is set up. Raises BadInputError and UnavailableError."""
        parts = urlsplit(url)
        self.name = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"  # without its password
        if parts.scheme not in SCHEMES:
            raise BadInputError(f"{self.name} is no address of a frontier.", "Write redis://HOST:6379/0.")
        try:
            import redis
        except ImportError:
            raise UnavailableError(
                "A shared frontier needs the redis package.", "Install it: pip install 'renqun[redis]'"
            ) from None
        self._away = (redis.ConnectionError, redis.TimeoutError, redis.exceptions.BusyLoadingError)
        self._error = redis.RedisError
        self._patience = 0.0  # whoever starts is told at once
        self._stop = threading.Event()
        try:
            self.client = redis.Redis.from_url(
                url,
                decode_responses=True,
                socket_timeout=_TIMEOUT,
                socket_connect_timeout=_TIMEOUT,
                retry=None,
            )
        except ValueError as error:
            raise BadInputError(f"{self.name} is no address of a frontier: {error}.") from error
        memory = self.call(self.client.info, "memory")
        if str(memory.get("maxmemory_policy", "")).startswith("allkeys"):
            raise UnavailableError(
                f"Redis at {self.name} throws keys away when its memory is full.",
                "Set its maxmemory-policy to noeviction: a frontier must lose nothing.",
            )
        self.durable = bool(self.call(self.client.info, "persistence").get("aof_enabled"))
        self._patience = patience

    def script(self, source: str) -> Script:
        """Prepare a script."""
        return self.client.register_script(source)

    def call(self, function: Any, *arguments: Any, **named: Any) -> Any:
        """Call until the server answers or patience ends."""
        began, pause = time.monotonic(), _FIRST_PAUSE
        while True:
            try:
                return function(*arguments, **named)
            except self._away as error:
                if time.monotonic() - began >= self._patience or self._stop.wait(pause):
                    self._patience = 0.0
                    raise self._unreachable(error) from error
            except self._error as error:
                raise self._unreachable(error) from error
            pause = min(2 * pause, _LONGEST_PAUSE)

    def run(self, script: Script, keys: Sequence[str], arguments: Sequence[Any]) -> Any:
        """Run a script; it must not matter if it ran already, since only its answer may have been lost."""
        return self.call(script, keys=keys, args=arguments)

    def close(self) -> None:
        """Close the connections."""
        self._stop.set()
        self.client.close()

    def _unreachable(self, error: Exception) -> UnavailableError:
        why = (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
        return UnavailableError(
            f"The frontier at {self.name} can't be used: {why}.",
            "Look after Redis, then run the crawl again: what was committed is kept, and it goes on from there.",
        )
