"""Accounts through the gate."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from lake import columns as col
from lake.raw import RawAccount
from lake.schemas import ACCOUNTS
from privacy.optouts import Reason

if TYPE_CHECKING:
    from lake.gate.gate import Gate
    from lake.gate.rejects import Rejects

ADULT = 18
_BANDS = ((25, "18-24"), (35, "25-34"), (45, "35-44"), (55, "45-54"), (200, "55+"))
_GENDERS = {"f": "f", "female": "f", "w": "f", "女": "f", "m": "m", "male": "m", "男": "m"}
_KINDS = {
    "bot": "bot",
    "service": "bot",
    "application": "bot",
    "organisation": "organisation",
    "organization": "organisation",
    "group": "organisation",
    "brand": "organisation",  # only brands.toml makes a brand or a medium of an account
    "media": "organisation",
}
_DAY = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")


def admit(gate: Gate, rows: list[RawAccount], counts: Counter[str], rejects: Rejects) -> pa.Table:
    """The accounts that may be kept; each is taken once a batch, as it was seen last."""
    if not rows:
        return ACCOUNTS.schema.empty_table()
    native_ids = col.strings(rows, "native_id")
    bad = {place: "native_id is missing" for place, value in enumerate(native_ids) if not value}
    rejects.add_all("accounts", rows, bad)
    once = {native_id: row for native_id, row in zip(native_ids, rows, strict=True) if native_id}
    ids = gate.names.account_ids(list(once))
    ages = [age_on(row.get("birthday"), gate.now.date()) for row in once.values()]
    kept: list[tuple[str, str, RawAccount, int | None]] = []
    for account_id, (native_id, row), age in zip(ids, once.items(), ages, strict=True):
        reason = _heed(gate, account_id, row, age)
        if reason is None:
            kept.append((account_id, native_id, row, age))
        else:
            counts[f"withheld.{reason}"] += 1
    return _table(gate, kept) if kept else ACCOUNTS.schema.empty_table()


def _heed(gate: Gate, account_id: str, row: RawAccount, age: int | None) -> Reason | None:
    """Register what the source says of this account; the reason to keep nothing of it, if there is one."""
    says: tuple[tuple[Reason, object], ...] = (
        (Reason.NOINDEX, row.get("noindex")),
        (Reason.PROFILE_HIDDEN, row.get("profile_hidden")),
        (Reason.MINOR, None if age is None else age < ADULT),
        (Reason.EDGES_HIDDEN, row.get("hide_collections")),
    )
    found = None
    for reason, said in says:
        if said is True:
            gate.withhold(account_id, reason)
            found = found or (reason if reason is not Reason.EDGES_HIDDEN else None)
        elif said is False:
            gate.lift(account_id, reason)
    if found is None and account_id in gate.gone:
        return Reason.OPTED_OUT
    return found


def _table(gate: Gate, kept: list[tuple[str, str, RawAccount, int | None]]) -> pa.Table:
    rows = [row for _, _, row, _ in kept]
    handles, urls = col.strings(rows, "handle"), col.strings(rows, "url")
    for (account_id, native_id, _, _), handle, url in zip(kept, handles, urls, strict=True):
        gate.names.add_account(account_id, native_id, handle, url)
    brands = [
        gate.brands.find(native_id, handle)
        for (_, native_id, _, _), handle in zip(kept, handles, strict=True)
    ]
    verified = col.flags(rows, "verified")
    kinds = [
        brand.kind if brand else _KINDS.get((kind or "").lower(), "person")
        for brand, kind in zip(brands, col.strings(rows, "kind"), strict=True)
    ]
    public = [
        brand is not None or (kind == "organisation" and sure is True)
        for brand, kind, sure in zip(brands, kinds, verified, strict=True)
    ]
    names = [
        (brand.name if brand else name) if shown else None
        for brand, name, shown in zip(brands, gate.free_text(col.strings(rows, "name")), public, strict=True)
    ]
    made: dict[str, Any] = {
        "id": [account_id for account_id, *_ in kept],
        "kind": kinds,
        "public": public,
        "name": names,
        "gender": [_GENDERS.get((value or "").strip().lower()) for value in col.strings(rows, "gender")],
        "age_band": [band(age) for *_, age in kept],
        "verified": verified,
        "registered_at": col.times(rows, "registered_at", gate.now),
        "last_active_at": col.times(rows, "last_active_at", gate.now),
        "listable": _listable(gate, rows),
        "edges_visible": [account_id not in gate.edges_hidden for account_id, *_ in kept],
    }
    made |= {
        key: gate.free_text(col.strings(rows, key)) for key in ("bio", "region", "education", "occupation")
    }
    made |= {key: col.counts(rows, key) for key in ("followers_count", "following_count", "posts_count")}
    return col.table_of(ACCOUNTS, made | gate.provenance(len(kept)), len(kept), gate.kept("accounts"))


def _listable(gate: Gate, rows: list[RawAccount]) -> list[bool]:
    """``discoverable`` not true: never listed. Sources other than Mastodon have no such flag, unless they say so."""
    missing = not gate.is_mastodon or gate.policy.discoverable_missing == "listable"
    return [missing if said is None else said for said in col.flags(rows, "discoverable")]


def age_on(birthday: date | str | None, today: date) -> int | None:
    """Whole years, or None where the day isn't stated, isn't a day or can't be (over 110)."""
    if isinstance(birthday, datetime):
        birthday = birthday.date()
    if isinstance(birthday, str):
        match = _DAY.match(birthday.strip())
        try:
            birthday = date(*map(int, match.groups())) if match else None
        except ValueError:
            return None
    if not isinstance(birthday, date):
        return None
    age = today.year - birthday.year - ((today.month, today.day) < (birthday.month, birthday.day))
    return age if 0 <= age <= 110 else None


def band(age: int | None) -> str | None:
    """The age band; none under 18."""
    if age is None or age < ADULT:
        return None
    return next(name for below, name in _BANDS if age < below)
