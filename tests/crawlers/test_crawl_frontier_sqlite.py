"""The contract of frontiers against SQLite, and what a file of its own adds."""

from __future__ import annotations

import sqlite3
import time
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from crawlers.frontier import Frontier, Leased
from crawlers.frontier.sqlite import SqliteFrontier
from tests.crawlers.frontier_contract import FrontierContract, asks, name


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

    def test_asks_that_are_being_written_still_wait(self) -> None:
        """The writer's thread writes them while the crawl looks whether anything is left to ask."""
        frontier = self.begun()
        assert isinstance(frontier, SqliteFrontier)
        waits: list[bool] = []
        with ThreadPoolExecutor(1) as crawl:
            taken: list[Future[Leased | None]] = []

            def look(statement: str) -> None:
                if statement.startswith("INSERT OR IGNORE INTO ask"):
                    waits.append(frontier.pending())
                    taken.append(crawl.submit(frontier.take))
                    time.sleep(0.2)  # so that it looks while the ask is neither here nor there

            frontier._db.set_trace_callback(look)
            frontier.put(asks(1))
            frontier.acknowledge([])
            frontier._db.set_trace_callback(None)
            leased = taken[0].result(timeout=30)
        assert waits == [True]
        assert leased is not None
        assert not frontier.pending()
        frontier.put(asks(1))
        assert frontier.take() is None, "it is known"
        assert not frontier.pending()
