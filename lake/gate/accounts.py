"""Accounts through the gate."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date
from typing import TYPE_CHECKING

import polars as pl
import pyarrow as pa

from lake import columns as col
from lake.gate.incoming import Incoming, count, in_range, missing
from lake.gate.text import free_of_names
from lake.schemas import ACCOUNTS
from privacy.optouts import Reason

if TYPE_CHECKING:
    from lake.gate.gate import Gate
    from lake.gate.rejects import Rejects

ADULT = 18
BANDS = ((25, "18-24"), (35, "25-34"), (45, "35-44"), (55, "45-54"), (200, "55+"))
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
_SAID = {
    "noindex": Reason.NOINDEX,
    "profile_hidden": Reason.PROFILE_HIDDEN,
    "minor": Reason.MINOR,
    "hide_collections": Reason.EDGES_HIDDEN,
}


def admit(gate: Gate, incoming: Incoming, counts: Counter[str], rejects: Rejects) -> pa.Table:
    """The accounts that may be kept; each is taken once a batch, as it was seen last."""
    if incoming.frame.is_empty():
        return ACCOUNTS.schema.empty_table()
    rows, refused = incoming.good(missing("native_id"), rejects)
    said = refused.filter(pl.col("native_id").is_not_null())
    if not said.is_empty():  # a row that can't be kept may still say that its owner wants nothing kept
        _heed(gate, _known(gate, said), counts)
    rows = _heed(gate, _known(gate, rows.unique("native_id", keep="last", maintain_order=True)), counts)
    return _table(gate, rows) if not rows.is_empty() else ACCOUNTS.schema.empty_table()


def _known(gate: Gate, rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with their pseudonyms, and whose owners are minors."""
    ids = gate.names.account_ids(rows["native_id"]).alias("id")
    rows = rows.with_columns(ids, _ages(rows["birthday"], gate.now.date()))
    return rows.with_columns((pl.col("age") < ADULT).alias("minor"))


def _ages(birthdays: pl.Series, today: date) -> pl.Series:
    different = birthdays.drop_nulls().unique()
    ages = [age_on(birthday, today) for birthday in different]
    return birthdays.replace_strict(different, ages, default=None, return_dtype=pl.Int64).alias("age")


def _heed(gate: Gate, rows: pl.DataFrame, counts: Counter[str]) -> pl.DataFrame:
    """Register what the source says of its accounts; those of which nothing may be kept are left out."""
    reasons: dict[str, Reason] = {}
    for account_id, *said in (
        rows.select("id", *_SAID).filter(pl.any_horizontal(pl.col(*_SAID).is_not_null())).iter_rows()
    ):
        for reason, value in zip(_SAID.values(), said, strict=True):
            if value is True:
                gate.withhold(account_id, reason)
                if reason is not Reason.EDGES_HIDDEN:
                    reasons.setdefault(account_id, reason)
            elif value is False:
                gate.lift(account_id, reason)
    gone = gate.gone_among(rows["id"])
    counts.update(f"withheld.{reasons.get(account_id, Reason.OPTED_OUT)}" for account_id in gone)
    if hidden := int(rows["hide_collections"].sum() or 0):
        counts["withheld.hide_collections"] += hidden
    return rows.filter(~pl.col("id").is_in(gone)) if gone else rows


def _table(gate: Gate, rows: pl.DataFrame) -> pa.Table:
    gate.names.add_accounts(rows.select("id", "native_id", "handle", "url"))
    rows = rows.with_columns(*_brands(gate, rows))
    kind = pl.coalesce(
        "brand_kind",
        pl.col("kind").str.to_lowercase().replace_strict(_KINDS, default="person", return_dtype=pl.String),
        pl.lit("person"),
    )
    organisation = (kind == "organisation") & pl.col("verified").fill_null(False)
    public = pl.col("brand_name").is_not_null() | organisation
    shown = rows.select(pl.when(public).then("name").alias("name")).to_series()
    name = pl.coalesce("brand_name", free_of_names(shown, gate.mentions))
    gender = pl.col("gender").str.strip_chars().str.to_lowercase()
    hidden = gate.gone_among(rows["id"], gate.edges_hidden)
    made = rows.with_columns(
        kind.alias("kind"),
        public.alias("public"),
        pl.when(public).then(name).alias("name"),
        gender.replace_strict(_GENDERS, default=None, return_dtype=pl.String).alias("gender"),
        _age_band(),
        *(pl.when(in_range(when, gate.now)).then(when) for when in ("registered_at", "last_active_at")),
        _listable(gate).alias("listable"),
        (~pl.col("id").is_in(hidden)).alias("edges_visible"),
        *(free_of_names(rows[key], gate.mentions) for key in ("bio", "region", "education", "occupation")),
        *map(count, ("followers_count", "following_count", "posts_count")),
    )
    return col.table_of(ACCOUNTS, made, gate.kept("accounts"), gate.provenance())


def _brands(gate: Gate, rows: pl.DataFrame) -> tuple[pl.Series, pl.Series]:
    """Name and kind of the brand of each account; null for everyone else."""
    nobody = pl.Series([None], dtype=pl.String).new_from_index(0, rows.height)
    if not gate.brands:
        return nobody.alias("brand_name"), nobody.alias("brand_kind")
    found = [gate.brands.find(*names) for names in rows.select("native_id", "handle").iter_rows()]
    return (
        pl.Series("brand_name", [brand and brand.name for brand in found], dtype=pl.String),
        pl.Series("brand_kind", [brand and brand.kind for brand in found], dtype=pl.String),
    )


def _listable(gate: Gate) -> pl.Expr:
    """``discoverable`` not true: never listed. Sources other than Mastodon have no such flag, unless they say so."""
    missing = not gate.is_mastodon or gate.policy.discoverable_missing == "listable"
    return pl.col("discoverable").fill_null(missing)


def age_on(birthday: str, today: date) -> int | None:
    """Whole years, or None where that isn't a day or can't be (over 110)."""
    match = _DAY.match(birthday.strip())
    try:
        born = date(*map(int, match.groups())) if match else None
    except ValueError:
        return None
    if born is None:
        return None
    age = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    return age if 0 <= age <= 110 else None


def _age_band() -> pl.Expr:
    """The age band; none under 18."""
    adult = pl.col("age") >= ADULT
    bands = [pl.when(adult & (pl.col("age") < below)).then(pl.lit(name)) for below, name in BANDS]
    return pl.coalesce(*bands).alias("age_band")
