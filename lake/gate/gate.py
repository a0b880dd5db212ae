"""The gate: the only way from a parser to the lake.

What the source or the person asked to keep out stays out, contact data is redacted, names become pseudonyms, and
what can't be right is refused whole. All of it happens in memory: nothing raw is written but to the vault.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import polars as pl
import pyarrow as pa

from lake.columns import same
from lake.frames import RawFrames
from lake.gate import accounts, edges, frames, keywords, posts
from lake.gate.names import Names
from lake.gate.rejects import Rejects
from lake.raw import RawRows
from lake.schemas import TABLES
from privacy import optouts
from privacy.brands import BrandIndex, load_brands
from privacy.home import Home
from privacy.mentions import Mentions
from privacy.optouts import Reason
from privacy.policies import Policy
from privacy.pseudonyms import Pseudonyms
from privacy.redact import redact_all

# Columns without which a row means nothing: kept whatever the policy entry lists.
ALWAYS = {
    "posts": {"id", "account_id", "created_at", "month", "kind", "searchable"},
    "accounts": {"id", "kind", "public", "listable", "edges_visible"},
    "keywords": {"term", "at", "grain", "month"},
}
PROVENANCE = {"source", "run_id", "collected_at", "policy_id"}
_ORDER = ("names", "accounts", "posts", "edges", "keywords", "rejects")


@dataclass(slots=True)
class CleanRows:
    """Tables in the lake's schemas, names first, and what happened to the rest.

    ``counts``: rows a table, ``rejected``, and ``withheld.<reason>`` for what the source or the person keeps out.
    """

    tables: dict[str, pa.Table]
    counts: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)  # refused rows by reason


class Gate:
    """Admits the rows of one run of one source. One thread at a time."""

    def __init__(
        self,
        home: Home,
        policy: Policy,
        run_id: str,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.home = home
        self.policy = policy
        self.run_id = run_id
        self.source = policy.source
        self.is_mastodon = policy.kind == "mastodon"
        self.now = clock()
        self._clock = clock
        self.pseudonyms = Pseudonyms.open(home)
        self.brands = BrandIndex(load_brands(home), policy.source)
        self._reasons = optouts.register(home)
        self.gone = {i for i, why in self._reasons.items() if why - {Reason.EDGES_HIDDEN}}
        self.edges_hidden = {i for i, why in self._reasons.items() if Reason.EDGES_HIDDEN in why}
        self.names = Names(home, policy.source, self.pseudonyms)
        self.mentions = Mentions(
            self.names.account_id,
            self.names.known,
            ascii_handles=policy.kind in ("mastodon", "discourse"),
            host=urlsplit(policy.base_url).netloc,
            gone=self.gone,
        )
        self._withhold: set[tuple[str, Reason]] = set()
        self._lift: set[tuple[str, Reason]] = set()

    def admit(self, raw: RawRows) -> CleanRows:
        """Clean one batch. Source-side opt-outs are registered before this returns, so they hold from here on."""
        self.now = self._clock()
        return self._admit(raw, None)

    def admit_frames(self, raw: RawFrames) -> CleanRows:
        """The same for rows that come as frames."""
        self.now = self._clock()
        rows = replace(raw, keywords=None).to_rows()
        return self._admit(rows, raw.keywords)

    def _admit(self, raw: RawRows, words: pl.DataFrame | None) -> CleanRows:
        clean = CleanRows({})
        rejects = Rejects(self, raw.rejects)
        made: dict[str, pa.Table] = {}
        made["accounts"] = accounts.admit(self, raw.accounts, clean.counts, rejects)
        made["posts"], from_posts = posts.admit(self, raw.posts, clean.counts, rejects)
        made["edges"] = edges.admit(self, raw.edges, from_posts, clean.counts, rejects)
        made["keywords"] = (
            keywords.admit(self, raw.keywords, rejects)
            if words is None
            else frames.admit(self, words, rejects)
        )
        made["names"] = self.names.take(self)
        made["rejects"] = rejects.table()
        clean.tables = {name: made[name] for name in _ORDER if made[name].num_rows}
        clean.counts.update({name: table.num_rows for name, table in clean.tables.items()})
        clean.counts["rejected"] = clean.counts.pop("rejects", 0)
        clean.refused.update(made["rejects"]["reason"].to_pylist())
        optouts.change(self.home, self._withhold, self._lift)
        self._withhold, self._lift = set(), set()
        return clean

    def withhold(self, account_id: str, reason: Reason) -> None:
        """From now on keep this account (or its follows) out."""
        reasons = self._reasons.setdefault(account_id, set())
        if reason not in reasons:
            reasons.add(reason)
            self._withhold.add((account_id, reason))
            self._lift.discard((account_id, reason))
        (self.edges_hidden if reason is Reason.EDGES_HIDDEN else self.gone).add(account_id)

    def lift(self, account_id: str, reason: Reason) -> None:
        """The source says that a reason of its own no longer holds; what the person asked for still does."""
        reasons = self._reasons.get(account_id)
        if not reasons or reason not in reasons:
            return
        reasons.discard(reason)
        self._lift.add((account_id, reason))
        self._withhold.discard((account_id, reason))
        if reason is Reason.EDGES_HIDDEN:
            self.edges_hidden.discard(account_id)
        elif not reasons - {Reason.EDGES_HIDDEN}:
            self.gone.discard(account_id)

    def free_text(self, column: list[str | None]) -> list[str | None]:
        """Redacted, and without names."""
        return self.mentions.replace_all(redact_all(column))

    def kept(self, table: str) -> set[str]:
        """The columns of this table that may be written."""
        schema = TABLES[table].schema
        listed = {name for name in schema.names if self.policy.keeps(table, name)}
        return listed | ALWAYS.get(table, set()) | PROVENANCE

    def provenance(self, length: int) -> dict[str, Any]:
        """Where the rows come from."""
        return {
            "source": same(self.source, length),
            "run_id": same(self.run_id, length),
            "collected_at": same(self.now, length, TABLES["posts"].schema.field("collected_at").type),
            "policy_id": same(self.policy.id, length),
        }
