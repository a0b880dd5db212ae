"""Edges through the gate: those that posts told, and follows."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from lake import columns as col
from lake.gate.posts import EdgeColumns
from lake.raw import RawEdge
from lake.schemas import EDGES

if TYPE_CHECKING:
    from lake.gate.gate import Gate
    from lake.gate.rejects import Rejects

KINDS = ("follow", "mention", "reply", "repost")


def admit(
    gate: Gate, rows: list[RawEdge], told: EdgeColumns, counts: Counter[str], rejects: Rejects
) -> pa.Table:
    """All edges of the batch but those of withheld accounts, and follows of accounts that hide theirs."""
    if rows and (bad := _faults(gate, rows)):
        rejects.add_all("edges", rows, bad)
        rows = [row for place, row in enumerate(rows) if place not in bad]
    if rows:
        rows = [row for row in rows if gate.policy.keeps("edges", row["kind"])]
    src = told.src + gate.names.account_ids([str(row["src_native_id"]) for row in rows])
    dst = told.dst + gate.names.account_ids([str(row["dst_native_id"]) for row in rows])
    kind = told.kind + [row["kind"] for row in rows]
    posts = iter(
        gate.pseudonyms.posts(gate.source, [str(post) for row in rows if (post := row.get("post_native_id"))])
    )
    post_id = told.post_id + [next(posts) if row.get("post_native_id") else "" for row in rows]
    at = told.at + [row.get("at") or gate.now for row in rows]
    columns: dict[str, list[Any]] = {"src": src, "dst": dst, "kind": kind, "post_id": post_id, "at": at}
    if gate.gone or gate.edges_hidden:
        columns = _visible(gate, columns, counts)
    length = len(columns["src"])
    if not length:
        return EDGES.schema.empty_table()
    stamps = col.stamps(columns["at"])
    made = columns | {"at": stamps, "month": col.months(stamps)} | gate.provenance(length)
    return col.table_of(EDGES, made, length, EDGES.schema.names)


def _faults(gate: Gate, rows: list[RawEdge]) -> dict[int, str]:
    bad: dict[int, str] = {}
    for key in ("src_native_id", "dst_native_id"):
        for place, value in enumerate(col.strings(rows, key)):
            if not value:
                bad.setdefault(place, f"{key} is missing")
    for place, row in enumerate(rows):
        if row.get("kind") not in KINDS:
            bad.setdefault(place, "kind is none of follow, mention, reply, repost")
        elif row.get("src_native_id") == row.get("dst_native_id"):
            bad.setdefault(place, "both ends are the same account")
    for place, time in enumerate(col.times(rows, "at", gate.now)):
        if time is None and (given := rows[place].get("at")) is not None:
            bad.setdefault(place, f"at {col.time_fault(given)}")
    return bad


def _visible(gate: Gate, columns: dict[str, list[Any]], counts: Counter[str]) -> dict[str, list[Any]]:
    """Without the edges that either end keeps hidden."""
    gone, hidden = gate.gone, gate.edges_hidden
    kept = [
        place
        for place, (src, dst, kind) in enumerate(
            zip(columns["src"], columns["dst"], columns["kind"], strict=True)
        )
        if src not in gone
        and dst not in gone
        and (kind != "follow" or (src not in hidden and dst not in hidden))
    ]
    if lost := len(columns["src"]) - len(kept):
        counts["withheld.edges"] += lost
    return {name: [values[place] for place in kept] for name, values in columns.items()}
