"""A real redis-server on a free loopback port, with its append-only file, that a test may kill and start again."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

SERVER = shutil.which("redis-server")


class RedisServer:
    """One server; its data lies in ``folder``."""

    def __init__(self, folder: Path, durable: bool = True) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._durable = folder, durable
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self.start()

    @property
    def url(self) -> str:
        """Its address."""
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start it and wait until it answers."""
        assert SERVER is not None
        kept = ["--appendonly", "yes" if self._durable else "no", "--save", "", "--dir", str(self._folder)]
        command = [SERVER, "--port", str(self.port), "--bind", "127.0.0.1", *kept]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        for _ in range(200):
            try:
                with Redis(port=self.port) as client:
                    client.ping()
                return
            except RedisError:
                time.sleep(0.05)
        raise AssertionError("redis-server does not answer")

    def kill(self) -> None:
        """End it as a crash would."""
        self._process.kill()
        self._process.wait()

    def everything(self) -> str:
        """All keys and values, as text."""
        with Redis(port=self.port) as client:
            return repr([(key, client.dump(key)) for key in sorted(client.keys())])
