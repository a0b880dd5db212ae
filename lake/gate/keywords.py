"""Search keywords through the gate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa

from lake import columns as col
from lake.raw import RawKeyword
from lake.schemas import KEYWORDS, STRINGS

if TYPE_CHECKING:
    from lake.gate.gate import Gate
    from lake.gate.rejects import Rejects

GRAINS = ("hour", "day")
_MAX_RANK = 2**31 - 1


def admit(gate: Gate, rows: list[RawKeyword], rejects: Rejects) -> pa.Table:
    """The keywords with a term, a time and a grain; their words are redacted like any text."""
    terms = gate.free_text([term and term.strip() for term in col.strings(rows, "term")])
    times = col.times(rows, "at", gate.now)
    grains = col.pick(rows, "grain")
    bad: dict[int, str] = {}
    for place, (term, time, grain) in enumerate(zip(terms, times, grains, strict=True)):
        if not term or time is None or grain not in GRAINS:
            bad[place] = (
                "term is missing"
                if not term
                else f"at {col.time_fault(rows[place].get('at'))}"
                if time is None
                else "grain is neither hour nor day"
            )
    if bad:
        rejects.add_all("keywords", rows, bad)
        rows, terms, times, grains = (
            [value for place, value in enumerate(column) if place not in bad]
            for column in (rows, terms, times, grains)
        )
    if not rows:
        return KEYWORDS.schema.empty_table()
    stamps = col.stamps(times)
    related = col.string_lists(rows, "related")
    flat = iter(gate.free_text([word for words in related for word in words]))
    ranks = [
        rank if rank is None or rank <= _MAX_RANK else None for rank in col.counts(rows, "rank").to_pylist()
    ]
    made: dict[str, Any] = {
        "term": terms,
        "at": stamps,
        "grain": grains,
        "month": col.months(stamps),
        "rank": ranks,
        "volume": [_volume(value) for value in col.pick(rows, "volume")],
        "category": gate.free_text(col.strings(rows, "category")),
        "description": gate.free_text(col.strings(rows, "description")),
        "related": pa.array([[word for _ in words if (word := next(flat))] for words in related], STRINGS),
        "advert": col.flags(rows, "advert"),
    }
    return col.table_of(KEYWORDS, made | gate.provenance(len(rows)), len(rows), gate.kept("keywords"))


def _volume(value: Any) -> float | None:
    """A number from 0; not-a-number and infinity are absent."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value) if 0 <= value < float("inf") else None
