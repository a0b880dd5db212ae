"""The contract of frontiers against SQLite, and what a file of its own adds."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from crawlers.frontier import Frontier
from crawlers.frontier.sqlite import SqliteFrontier
from tests.crawlers.frontier_contract import FrontierContract, name


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
