"""Posts through the gate, and the edges that they tell."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from lake import columns as col
from lake.raw import RawPost
from lake.schemas import POSTS, STRINGS
from privacy.optouts import Reason
from privacy.redact import redact_all

if TYPE_CHECKING:
    from lake.gate.gate import Gate
    from lake.gate.rejects import Rejects

_LANG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z]{4})?(-([A-Za-z]{2}|\d{3}))?")  # BCP 47: language, script, region
_NOT_PUBLIC = ("private", "direct")


@dataclass(slots=True)
class EdgeColumns:
    """Edges told by posts: pseudonyms already."""

    src: list[str] = field(default_factory=list)
    dst: list[str] = field(default_factory=list)
    kind: list[str] = field(default_factory=list)
    post_id: list[str] = field(default_factory=list)
    at: list[datetime] = field(default_factory=list)


def admit(
    gate: Gate, rows: list[RawPost], counts: Counter[str], rejects: Rejects
) -> tuple[pa.Table, EdgeColumns]:
    """The posts that may be kept, and their mention, reply and repost edges."""
    edges = EdgeColumns()
    rows = [row for row in rows if not _withheld(row, counts)] if rows else rows
    if rows and (bad := _faults(rows, gate.now)):
        for place in bad:
            _heed_refused(gate, rows[place])
        rejects.add_all("posts", rows, bad)
        rows = [row for place, row in enumerate(rows) if place not in bad]
    if not rows:
        return POSTS.schema.empty_table(), edges
    natives = [native_id or "" for native_id in col.strings(rows, "author_native_id")]
    authors = gate.names.account_ids(natives)
    rows, authors = _heed(gate, rows, authors, counts)
    if not rows:
        return POSTS.schema.empty_table(), edges
    return _table(gate, rows, authors, edges), edges


def _faults(rows: Sequence[RawPost], now: datetime) -> dict[int, str]:
    """Place and reason of every row that can't be kept."""
    bad: dict[int, str] = {}
    for key in ("native_id", "author_native_id"):
        for place, value in enumerate(col.strings(rows, key)):
            if not value:
                bad.setdefault(place, f"{key} is missing")
    for place, time in enumerate(col.times(rows, "created_at", now)):
        if time is None:
            bad.setdefault(place, f"created_at {col.time_fault(rows[place].get('created_at'))}")
    for key in ("text", "title"):
        for place, text in enumerate(col.pick(rows, key)):
            if text is not None and (not isinstance(text, str) or len(text) > col.MAX_TEXT):
                fault = (
                    f"is longer than {col.MAX_TEXT} characters" if isinstance(text, str) else "is not text"
                )
                bad.setdefault(place, f"{key} {fault}")
    return bad


def _withheld(row: RawPost, counts: Counter[str]) -> bool:
    if row.get("visibility") in _NOT_PUBLIC:
        counts["withheld.not_public"] += 1
        return True
    return False


def _heed_refused(gate: Gate, row: RawPost) -> None:
    """A row that can't be kept may still say that its author wants nothing kept, not even the refused row."""
    author = row.get("author_native_id")
    if row.get("author_noindex") is True and isinstance(author, str) and author:
        gate.withhold(gate.names.account_id(author), Reason.NOINDEX)


def _heed(
    gate: Gate, rows: list[RawPost], authors: list[str], counts: Counter[str]
) -> tuple[list[RawPost], list[str]]:
    """Keep out what withheld accounts wrote."""
    said = col.flags(rows, "author_noindex")
    if True in said or gate.gone:
        for author, noindex in zip(authors, said, strict=True):
            if noindex is True:
                gate.withhold(author, Reason.NOINDEX)
            elif noindex is False and author in gate.gone:
                gate.lift(author, Reason.NOINDEX)
    if not gate.gone:
        return rows, authors
    kept = [place for place, author in enumerate(authors) if author not in gate.gone]
    if lost := len(authors) - len(kept):
        counts["withheld.posts"] += lost
    return [rows[place] for place in kept], [authors[place] for place in kept]


def _table(gate: Gate, rows: list[RawPost], authors: list[str], edges: EdgeColumns) -> pa.Table:
    natives = [native_id or "" for native_id in col.strings(rows, "native_id")]
    ids = gate.pseudonyms.posts(gate.source, natives)
    for author, native_id, handle in {
        author: (author, native, handle)
        for author, native, handle in zip(
            authors, col.strings(rows, "author_native_id"), col.strings(rows, "author_handle"), strict=True
        )
    }.values():
        gate.names.add_account(author, native_id or "", handle, None)
    gate.names.add_posts(ids, natives, col.strings(rows, "url"), authors)
    times = [time.astimezone(UTC) for time in col.pick(rows, "created_at")]
    mentioned, own = _mentions(gate, rows)
    replied, reply_to = _linked_accounts(gate, rows, "reply_to"), _linked_posts(gate, rows, "reply_to")
    reposted, repost_of = _linked_accounts(gate, rows, "repost_of"), _linked_posts(gate, rows, "repost_of")
    _note_edges(gate, edges, (ids, authors, times), mentioned, replied, reposted)
    stamps = col.stamps(times)
    made: dict[str, Any] = {
        "id": ids,
        "account_id": authors,
        "created_at": stamps,
        "month": col.months(stamps),
        "text": gate.mentions.replace_all(redact_all(col.strings(rows, "text")), own),
        "title": gate.mentions.replace_all(redact_all(col.strings(rows, "title")), own),
        "lang": [lang if lang and _LANG.fullmatch(lang) else None for lang in col.strings(rows, "lang")],
        "board": gate.free_text(col.strings(rows, "board")),
        "hashtags": pa.array(_hashtags(rows), STRINGS),
        "kind": [
            "repost" if of else "reply" if to or account else "post"
            for of, to, account in zip(repost_of, reply_to, replied, strict=True)
        ],
        "reply_to_id": reply_to,
        "reply_to_account_id": replied,
        "repost_of_id": repost_of,
        "repost_of_account_id": reposted,
        "mention_ids": pa.array(mentioned, STRINGS),
        "likes": col.counts(rows, "likes"),
        "replies": col.counts(rows, "replies"),
        "reposts": col.counts(rows, "reposts"),
        "searchable": _searchable(gate, rows),
    }
    return col.table_of(POSTS, made | gate.provenance(len(rows)), len(rows), gate.kept("posts"))


def _searchable(gate: Gate, rows: list[RawPost]) -> list[bool]:
    """Mastodon: ``indexable`` not true, or unlisted, is not searchable. Elsewhere only what the source says."""
    missing = not gate.is_mastodon or gate.policy.indexable_missing == "searchable"
    return [
        (missing if said is None else said) and seen != "unlisted"
        for said, seen in zip(col.flags(rows, "author_indexable"), col.pick(rows, "visibility"), strict=True)
    ]


def _mentions(gate: Gate, rows: list[RawPost]) -> tuple[list[list[str]], list[dict[str, str] | None]]:
    """The mentioned accounts of each row, and the handles that its own list gives them."""
    ids: list[list[str]] = []
    own: list[dict[str, str] | None] = []
    for listed in col.pick(rows, "mentions"):
        if not isinstance(listed, list) or not listed:
            ids.append([])
            own.append(None)
            continue
        handles: dict[str, str] = {}
        found: dict[str, None] = {}
        for mention in listed:
            native_id = mention.get("native_id") if isinstance(mention, dict) else None
            if not isinstance(native_id, str) or not native_id:
                continue
            account_id = gate.names.account_id(native_id)
            if account_id not in gate.gone:
                found[account_id] = None
            if isinstance(handle := mention.get("handle"), str) and handle:
                full = handle.lstrip("@").lower()
                handles[full] = account_id
                handles.setdefault(full.split("@")[0], account_id)
        ids.append(list(found))
        own.append(handles)
    return ids, own


def _linked_accounts(gate: Gate, rows: list[RawPost], what: str) -> list[str | None]:
    column = col.strings(rows, f"{what}_author_native_id")
    if not any(column):
        return column
    ids = [native_id and gate.names.account_id(native_id) for native_id in column]
    return [None if account_id in gate.gone else account_id for account_id in ids] if gate.gone else ids


def _linked_posts(gate: Gate, rows: list[RawPost], what: str) -> list[str | None]:
    column = col.strings(rows, f"{what}_native_id")
    found = [native_id for native_id in column if native_id]
    ids = iter(gate.pseudonyms.posts(gate.source, found))
    return [next(ids) if native_id else None for native_id in column]


def _hashtags(rows: list[RawPost]) -> list[list[str]]:
    """Without the number sign, and redacted like any text."""
    column = col.string_lists(rows, "hashtags")
    flat = iter(redact_all([tag.strip("#＃ ") for tags in column for tag in tags]))
    return [[tag for _ in tags if (tag := next(flat))] for tags in column]


def _note_edges(
    gate: Gate,
    edges: EdgeColumns,
    posts: tuple[list[str], list[str], list[datetime]],
    mentioned: list[list[str]],
    replied: list[str | None],
    reposted: list[str | None],
) -> None:
    """One edge a person reached by a post; nobody has an edge to themselves."""
    lists: tuple[tuple[str, Sequence[Sequence[str | None]]], ...] = (
        ("mention", mentioned),
        ("reply", [(one,) for one in replied]),
        ("repost", [(one,) for one in reposted]),
    )
    for kind, reached in lists:
        if not gate.policy.keeps("edges", kind):
            continue
        for post_id, author, time, accounts in zip(*posts, reached, strict=True):
            for account_id in accounts:
                if account_id and account_id != author:
                    edges.src.append(author)
                    edges.dst.append(account_id)
                    edges.kind.append(kind)
                    edges.post_id.append(post_id)
                    edges.at.append(time)
