"""What an import would do: the first rows as they would be kept, and what would be refused. Nothing is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from crawlers.importers.base import Options
from crawlers.importers.registry import IMPORTERS
from crawlers.importers.run import format_of, policy_for
from lake.gate import CleanRows, Gate
from lake.gate.gate import PROVENANCE
from lake.raw import RawRows
from lake.runs import decisions_of, withheld_of
from privacy.errors import BadInputError
from privacy.home import Home

ROWS = 5
_APART = ("names", "rejects")


@dataclass(slots=True)
class Rehearsal:
    """``rows`` are the first of each table, redacted; ``counts`` rows a table; ``refused`` rows by reason; ``withheld`` those of which nothing would be kept."""

    said: list[str] = field(default_factory=list)
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    withheld: Counter[str] = field(default_factory=Counter)

    def to_dict(self) -> dict[str, Any]:
        """As JSON values, but for times."""
        return {
            "said": self.said,
            "rows": self.rows,
            "counts": dict(self.counts),
            "refused": dict(self.refused),
            "withheld": dict(self.withheld),
        }

    def say(self, words: str) -> None:
        """Take in what people should know, once."""
        if words and words not in self.said:
            self.said.append(words)

    def see(self, clean: CleanRows) -> None:
        """Take in what the gate let through."""
        self.refused.update(clean.refused)
        self.withheld.update(withheld_of(decisions_of(clean.counts)))
        for name, table in clean.tables.items():
            if name not in _APART:
                self.counts[name] += table.num_rows
                shown = self.rows.setdefault(name, [])
                shown += [_shown(row) for row in table.slice(0, ROWS - len(shown)).to_pylist()]


def rehearse(home: Home, paths: Sequence[Path], format: str | None, options: Options) -> Rehearsal:
    """Read everything through the gate and drop it; without a ``format`` each path's is told by its content.

    Raises BadInputError and NoPolicyError as the import would.
    """
    found = Rehearsal()
    gates: dict[str, Gate] = {}
    for path in paths:
        name = format_of(path, format)
        if name not in IMPORTERS:
            raise BadInputError(f"There is no dry run of {name}.", f"Formats: {', '.join(IMPORTERS)}.")
        found.say("" if format else f"Read as {name}.")
        for importer in IMPORTERS[name].split(path):
            policy, said = policy_for(home, importer, options)
            found.say(said)
            gate = gates.setdefault(policy.source, Gate(home, policy, "rehearsal", rehearsal=True))
            zone, base_url = options.timezone or policy.timezone, policy.base_url.rstrip("/")
            for part in importer.read(path, replace(options, timezone=zone, base_url=base_url)):
                rows = part.rows
                found.see(gate.admit(rows) if isinstance(rows, RawRows) else gate.admit_frames(rows))
                found.say(part.said)
                found.say(part.broke_off)
    return found


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if value not in (None, []) and name not in PROVENANCE}
