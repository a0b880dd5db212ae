"""The gate: the only way from a parser to the lake.

What the source or the person asked to keep out stays out, contact data is redacted, names become pseudonyms, and
what can't be right is refused whole. All of it happens in memory: nothing raw is written but to the vault.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import polars as pl
import pyarrow as pa

from lake.frames import FRAMES, RawFrames
from lake.gate import accounts, edges, keywords, posts, touchpoints
from lake.gate.incoming import Incoming, from_frame, from_rows
from lake.gate.names import Names
from lake.gate.rejects import Rejects
from lake.raw import RawReject, RawRows
from lake.schemas import TABLES
from privacy import optouts
from privacy.brands import BrandIndex, load_brands
from privacy.home import Home
from privacy.mentions import Mentions
from privacy.optouts import Reason
from privacy.policies import Policy
from privacy.pseudonyms import Pseudonyms

if TYPE_CHECKING:
    from lake.people import KnownAccounts

# Columns without which a row means nothing: kept whatever the policy entry lists.
ALWAYS = {
    "posts": {"id", "account_id", "created_at", "month", "kind", "searchable"},
    "accounts": {"id", "kind", "public", "listable", "edges_visible"},
    "keywords": {"term", "at", "grain", "month"},
    "touchpoints": {"id", "account_id", "customer_id", "at", "month", "kind"},
}
PROVENANCE = {"source", "run_id", "collected_at", "policy_id"}
_ORDER = ("names", "accounts", "posts", "edges", "keywords", "touchpoints", "rejects")


@dataclass(slots=True)
class CleanRows:
    """Tables in the lake's schemas, names first, and what happened to the rest.

    ``counts``: rows a table, ``rejected``, and ``withheld.<reason>`` for what the source or the person keeps out.
    """

    tables: dict[str, pa.Table]
    counts: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)  # refused rows by reason


@dataclass(slots=True)
class Prepared:
    """A batch on its way through the gate: what comes in by table, and what was refused before."""

    coming: dict[str, Incoming]
    rejects: Sequence[RawReject]


class Gate:
    """Admits the rows of one run of one source. One thread at a time, but for ``prepared``."""

    def __init__(
        self,
        home: Home,
        policy: Policy,
        run_id: str,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        rehearsal: bool = False,
    ) -> None:
        """A ``rehearsal`` registers no opt-outs: what it lets through is looked at and dropped."""
        self.home = home
        self.policy = policy
        self.run_id = run_id
        self.source = policy.source
        self._policy_id = policy.id
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
        self._rehearsal = rehearsal
        self._withhold: set[tuple[str, Reason]] = set()
        self._lift: set[tuple[str, Reason]] = set()

    def admit(self, raw: RawRows) -> CleanRows:
        """Clean one batch. Source-side opt-outs are registered before this returns, so they hold from here on."""
        coming = {name: from_rows(name, getattr(raw, name, [])) for name in FRAMES}
        return self.admit_prepared(self._prepared(coming, raw.rejects))

    def admit_frames(self, raw: RawFrames) -> CleanRows:
        """The same for rows that come as frames."""
        return self.admit_prepared(self.prepared(raw))

    def prepared(self, raw: RawFrames) -> Prepared:
        """The part of the work that needs nothing of other batches, so that another thread may do it ahead."""
        return self._prepared({name: from_frame(name, getattr(raw, name)) for name in FRAMES}, raw.rejects)

    def _prepared(self, coming: dict[str, Incoming], rejects: Sequence[RawReject]) -> Prepared:
        coming["posts"].frame = posts.prepared(coming["posts"].frame, self.names, self.mentions)
        coming["edges"].frame = edges.prepared(coming["edges"].frame, self.names)
        return Prepared(coming, rejects)

    def admit_prepared(self, batch: Prepared) -> CleanRows:
        """The rest of the work; one thread at a time."""
        self.now = self._clock()
        coming = batch.coming
        counts: Counter[str] = Counter()
        rejects = Rejects(self, batch.rejects)
        made: dict[str, pa.Table] = {}
        made["accounts"] = accounts.admit(self, coming["accounts"], counts, rejects)
        made["posts"], told = posts.admit(self, coming["posts"], counts, rejects)
        made["edges"] = edges.admit(self, coming["edges"], told, counts, rejects)
        made["keywords"] = keywords.admit(self, coming["keywords"], rejects)
        made["touchpoints"] = touchpoints.admit(self, coming["touchpoints"], counts, rejects)
        made["names"] = self.names.take(self)
        made["rejects"] = rejects.table()
        if rejects.withheld:
            counts["withheld.rejects"] += rejects.withheld
        tables = {name: made[name] for name in _ORDER if made[name].num_rows}
        counts.update({name: table.num_rows for name, table in tables.items()})
        counts["rejected"] = counts.pop("rejects", 0)
        if not self._rehearsal:
            optouts.change(self.home, self._withhold, self._lift)
        self._withhold, self._lift = set(), set()
        return CleanRows(tables, counts, Counter(made["rejects"]["reason"].to_pylist()))

    @cached_property
    def people(self) -> KnownAccounts:
        """The accounts collected so far, by handle and URL; read when somebody is first asked for."""
        from lake.people import KnownAccounts

        return KnownAccounts(self.home)

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

    def gone_among(self, ids: pl.Series, withheld: set[str] | None = None) -> list[str]:
        """Which of these accounts are withheld, or in another set of this gate's."""
        among = self.gone if withheld is None else withheld
        return [account_id for account_id in ids.unique() if account_id in among] if among else []

    def kept(self, table: str) -> set[str]:
        """The columns of this table that may be written."""
        schema = TABLES[table].schema
        listed = {name for name in schema.names if self.policy.keeps(table, name)}
        return listed | ALWAYS.get(table, set()) | PROVENANCE

    def provenance(self) -> dict[str, Any]:
        """Where the rows come from."""
        return {
            "source": self.source,
            "run_id": self.run_id,
            "collected_at": self.now,
            "policy_id": self._policy_id,
        }
