"""What an import would do: the first rows as they would be kept, and what would be refused. Nothing is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from crawlers.importers.base import Options
from crawlers.importers.registry import IMPORTERS
from lake.gate import CleanRows, Gate
from lake.gate.gate import PROVENANCE
from lake.raw import RawRows
from privacy.errors import BadInputError
from privacy.home import Home
from privacy.policies import load_policies

ROWS = 5
_APART = ("names", "rejects")


@dataclass(slots=True)
class Rehearsal:
    """``rows`` are the first of each table, redacted; ``counts`` rows a table; ``refused`` rows by reason."""

    said: list[str] = field(default_factory=list)
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)

    def to_dict(self) -> dict[str, Any]:
        """As JSON values, but for times."""
        return {
            "said": self.said,
            "rows": self.rows,
            "counts": dict(self.counts),
            "refused": dict(self.refused),
        }

    def see(self, clean: CleanRows) -> None:
        """Take in what the gate let through."""
        self.refused.update(clean.refused)
        for name, table in clean.tables.items():
            if name not in _APART:
                self.counts[name] += table.num_rows
                shown = self.rows.setdefault(name, [])
                shown += [_shown(row) for row in table.slice(0, ROWS - len(shown)).to_pylist()]


def rehearse(home: Home, paths: Sequence[Path], format: str, options: Options) -> Rehearsal:
    """Read everything through the gate and drop it. Raises BadInputError and NoPolicyError as the import would."""
    if format not in IMPORTERS:
        raise BadInputError(f"There is no dry run of {format}.", f"Formats: {', '.join(IMPORTERS)}.")
    if options.source is None:
        raise BadInputError("A dry run needs the source.", "--source NAME")
    policy = load_policies(home).for_source(options.source)
    zone, base_url = options.timezone or policy.timezone, policy.base_url.rstrip("/")
    options = replace(options, timezone=zone, base_url=base_url)
    gate = Gate(home, policy, "rehearsal", rehearsal=True)
    found = Rehearsal()
    for path in paths:
        for importer in IMPORTERS[format].split(path):
            for part in importer.read(path, options):
                rows = part.rows
                found.see(gate.admit(rows) if isinstance(rows, RawRows) else gate.admit_frames(rows))
                found.said += [said for said in (part.said, part.broke_off) if said]
    return found


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if value not in (None, []) and name not in PROVENANCE}
