"""The tracked accounts of ``brands.toml``, found among what was collected."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lake.store import Lake
from privacy.brands import load_brands
from privacy.home import Home

if TYPE_CHECKING:
    import polars as pl


def tracked_accounts(home: Home) -> pl.DataFrame:
    """brand, role, account_id: one row a tracked account that is in the vault; a brand never seen has none."""
    import polars as pl

    asked = [
        {"brand": brand.name, "role": str(brand.role), "source": source, "name": name.lstrip("@").lower()}
        for brand in load_brands(home)
        for source, _, name in (account.partition(":") for account in brand.accounts)
    ]
    schema = {"brand": pl.String, "role": pl.String, "source": pl.String, "name": pl.String}
    wanted = pl.DataFrame(asked, schema=schema)
    names = Lake(home).read(
        "names",
        columns=["id", "kind", "source", "native_id", "handle"],
        where=pl.col("source").is_in(wanted["source"].unique().sort().implode()),
    )
    accounts = names.filter(pl.col("kind") == "account")
    by_handle = accounts.select("source", pl.col("handle").alias("name"), "id").drop_nulls()
    by_native_id = accounts.select("source", pl.format("#{}", "native_id").alias("name"), "id")
    found = wanted.join(pl.concat([by_handle, by_native_id]), on=["source", "name"])
    return found.select("brand", "role", pl.col("id").alias("account_id")).unique(maintain_order=True)
