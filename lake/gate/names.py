"""The vault's part of the gate: which native id, handle and URL belong to a pseudonym."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pyarrow as pa

from lake.columns import table_of
from lake.gate.noted import Noted
from lake.schemas import VAULT
from privacy.home import Home
from privacy.pseudonym_columns import account_column, post_column
from privacy.pseudonyms import Pseudonyms

if TYPE_CHECKING:
    from lake.gate.gate import Gate

_REMEMBERED = 50_000  # accounts: a crawl of millions must not grow; what is forgotten is computed again
_SCHEMA = dict.fromkeys(("id", "kind", "native_id", "handle", "url", "account_id"), pl.String)


class Names:
    """Pseudonyms of one source, and the names rows of the batch at hand. Columns of ids may be asked for by any thread."""

    def __init__(self, home: Home, source: str, pseudonyms: Pseudonyms) -> None:
        self._source = source
        self._pseudonyms = pseudonyms
        self._ids: dict[str, str] = {}
        self._noted = Noted()
        self._rows: list[pl.DataFrame] = []  # of the batch at hand
        self.known = _KnownHandles(home, source)

    def account_id(self, native_id: str) -> str:
        """The pseudonym of one account."""
        found = self._ids.get(native_id)
        if found is None:
            if len(self._ids) >= _REMEMBERED:
                self._ids.clear()
            found = self._ids[native_id] = self._pseudonyms.account(self._source, native_id)
        return found

    def account_ids(self, native_ids: pl.Series) -> pl.Series:
        """The pseudonyms of a column of accounts."""
        return account_column(self._pseudonyms, self._source, native_ids)

    def post_ids(self, native_ids: pl.Series) -> pl.Series:
        """The pseudonyms of a column of posts."""
        return post_column(self._pseudonyms, self._source, native_ids)

    def add_accounts(self, accounts: pl.DataFrame) -> None:
        """Note names of accounts (``id, native_id, handle, url``); what this run has noted lately is not written again."""
        plain = pl.col("handle").str.strip_chars_start("@").str.to_lowercase()
        named = accounts.select("id", "native_id", pl.when(plain != "").then(plain), "url")
        new = named.filter(self._noted.news(named))
        handles = new.filter(pl.col("handle").is_not_null())
        self.known.update(zip(handles["handle"].to_list(), handles["id"].to_list(), strict=True))
        made = new.with_columns(pl.lit("account").alias("kind"), pl.col("id").alias("account_id"))
        self._rows.append(made.select(*_SCHEMA))

    def add_posts(self, posts: pl.DataFrame) -> None:
        """Note the posts' names: ``id, native_id, url, account_id``."""
        made = posts.with_columns(pl.lit("post").alias("kind"), pl.lit(None, pl.String).alias("handle"))
        self._rows.append(made.select(*_SCHEMA))

    def take(self, gate: Gate) -> pa.Table:
        """The names rows since the last call."""
        rows = pl.concat([pl.DataFrame(schema=_SCHEMA), *self._rows])
        self._rows = []
        if gone := gate.gone_among(rows["account_id"]):
            rows = rows.filter(~pl.col("account_id").is_in(gone))
        return table_of(VAULT, rows, VAULT.schema.names, gate.provenance())


class _KnownHandles(dict[str, str]):
    """Handles of this run; the vault's are read when the first handle is asked for that the run doesn't know."""

    def __init__(self, home: Home, source: str) -> None:
        super().__init__()
        self._home = home
        self._source = source
        self._read = False

    def get(self, handle: str, default: str | None = None) -> str | None:  # type: ignore[override]
        """The account's pseudonym."""
        found = super().get(handle)
        if found is None and not self._read:
            self._read = True
            for name, account_id in self._from_vault():
                self.setdefault(name, account_id)
            found = super().get(handle)
        return default if found is None else found

    def _from_vault(self) -> list[tuple[str, str]]:
        from lake.store import Lake

        frame = Lake(self._home).read(
            "names", ["handle", "account_id", "kind"], pl.col("source") == self._source
        )
        accounts = frame.filter((pl.col("kind") == "account") & pl.col("handle").is_not_null())
        return list(accounts.select("handle", "account_id").iter_rows())
