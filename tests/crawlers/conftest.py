"""Fixtures: a sandbox over HTTP, misbehaving servers, and an empty home."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from privacy.home import Home
from tests.crawlers.crawl_lab import Answer, Faulty, Sandbox, serve_sandbox


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """About 150 users over 10 days."""
    yield from serve_sandbox(tmp_path_factory.mktemp("sandbox"), "--users", "150", "--days", "10")


@pytest.fixture
def faulty() -> Iterator[Callable[[Answer], Faulty]]:
    """Start misbehaving servers; they end with the test."""
    running: list[Faulty] = []

    def start(answer: Answer) -> Faulty:
        server = Faulty(answer)
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        running.append(server)
        return server

    yield start
    for server in running:
        server.shutdown()
        server.server_close()


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """An empty home."""
    return Home(tmp_path / "home")
