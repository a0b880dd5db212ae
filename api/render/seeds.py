"""What became of a seed list, in the terminal."""

from __future__ import annotations

from audience.lookalike.answers import SeedReport


def seed_line(seeds: SeedReport) -> str:
    """What became of the seed list, in one line."""
    rest = {
        "unknown": seeds.unknown,
        "ambiguous": seeds.ambiguous,
        "opted out": seeds.opted_out,
        "repeated": seeds.duplicates,
        "malformed": seeds.malformed,
    }
    said = [f"{number:,} {what}" for what, number in rest.items() if number]
    line = f"Seeds: {seeds.rows:,} rows, {seeds.resolved:,} resolved"
    if seeds.unprofiled:
        line += f" ({seeds.unprofiled:,} of them without a profile)"
    return ", ".join([line, *said])
