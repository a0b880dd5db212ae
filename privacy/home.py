"""Where renqun keeps things: one folder, the home, chosen by ``--home`` or ``RENQUN_HOME``."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

DEFAULT_HOME = "renqun-home"


@dataclass(frozen=True)
class Home:
    """The paths below one home folder, each made once; nothing is created on disk until it is needed."""

    root: Path

    @classmethod
    def find(cls, root: str | Path | None = None) -> Home:
        """Take ``root``, else ``RENQUN_HOME``, else ``./renqun-home``; always an absolute path."""
        return cls(Path(root or os.environ.get("RENQUN_HOME") or DEFAULT_HOME).expanduser().absolute())

    @cached_property
    def lake(self) -> Path:
        """Delta tables that hold pseudonyms only."""
        return self.root / "lake"

    @cached_property
    def vault(self) -> Path:
        """The key, the names and the refused rows: the one place that holds personal data (mode 0700)."""
        return self.root / "vault"

    @cached_property
    def key_file(self) -> Path:
        """The HMAC key of the pseudonyms (mode 0600)."""
        return self.vault / "pseudonym.key"

    @cached_property
    def frontier(self) -> Path:
        """One SQLite frontier a crawl."""
        return self.root / "frontier"

    @cached_property
    def robots(self) -> Path:
        """What each host answered for its robots.txt, and when."""
        return self.root / "robots"

    @cached_property
    def models(self) -> Path:
        """Versioned model artefacts: dictionary, tag model, topics."""
        return self.root / "models"

    @cached_property
    def index(self) -> Path:
        """The Tantivy index."""
        return self.root / "index"

    @cached_property
    def state(self) -> Path:
        """The SQLite file for audit, opt-outs, API keys and mining state."""
        return self.root / "state.sqlite"

    @cached_property
    def sources(self) -> Path:
        """One policy entry a source: without one, no crawl."""
        return self.root / "sources.toml"

    @cached_property
    def schedule(self) -> Path:
        """When which source is crawled again."""
        return self.root / "schedule.toml"

    @cached_property
    def schedule_state(self) -> Path:
        """When each was last crawled for the schedule, and how that went."""
        return self.root / "schedule-state.json"

    @cached_property
    def dictionary(self) -> Path:
        """The user's own words for cutting text."""
        return self.root / "dictionary.txt"

    @cached_property
    def brands(self) -> Path:
        """The tracked accounts: ours, competitors, media."""
        return self.root / "brands.toml"

    @cached_property
    def own_tags(self) -> Path:
        """The team's own interest tags, and words struck out of tags."""
        return self.root / "tags.toml"
