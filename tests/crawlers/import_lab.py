"""What the tests of importers share: homes with policy entries, and what an import left in the lake."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from crawlers.importers import run
from crawlers.importers.base import Options
from crawlers.report import RunReport
from lake.store import Lake
from privacy.home import Home
from privacy.policies import Policy, add_policy
from privacy.pseudonyms import Pseudonyms
from tests.crawlers.crawl_lab import KEPT


def allow(home: Home, source: str, kind: str, base_url: str = "https://example.test", **more: Any) -> None:
    """A policy entry of a user's."""
    basis, terms = "written for a test", "https://example.test/terms"
    add_policy(
        home,
        Policy(
            source=source,
            base_url=base_url,
            kind=kind,
            terms_url=terms,
            legal_basis=basis,
            fields=KEPT,
            **more,
        ),
    )


def take(home: Home, path: Path, format: str | None = None, source: str | None = None) -> RunReport:
    """Import one path that holds files of one source."""
    [report] = run.import_files(home, [path], format, Options(source=source))
    return report


class Kept:
    """What the lake holds of one source."""

    def __init__(self, home: Home, source: str) -> None:
        self._names = Pseudonyms.open(home)
        self._source = source
        lake = Lake(home)
        self.posts = {row["id"]: row for row in lake.read("posts").to_dicts()} if lake.exists("posts") else {}
        self.accounts = (
            {row["id"]: row for row in lake.read("accounts").to_dicts()} if lake.exists("accounts") else {}
        )
        self.edges = lake.read("edges").to_dicts() if lake.exists("edges") else []
        self.rejects = lake.read("rejects").to_dicts() if lake.exists("rejects") else []
        names = lake.read("names").to_dicts() if lake.exists("names") else []
        self.handles = {row["native_id"]: row["handle"] for row in names if row["kind"] == "account"}

    def account(self, native_id: str) -> str:
        """The pseudonym of an account."""
        return self._names.account(self._source, native_id)

    def post(self, native_id: str) -> dict[str, Any]:
        """The row of a post."""
        return self.posts[self.post_id(native_id)]

    def post_id(self, native_id: str) -> str:
        """The pseudonym of a post."""
        return self._names.posts(self._source, [native_id])[0]

    def profile(self, native_id: str) -> dict[str, Any]:
        """The row of an account."""
        return self.accounts[self.account(native_id)]

    def edge(self, kind: str) -> set[tuple[str, str]]:
        """The pairs of accounts that edges of this kind join."""
        return {(row["src"], row["dst"]) for row in self.edges if row["kind"] == kind}
