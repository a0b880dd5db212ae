"""The vault's part of the gate: which native id, handle and URL belong to a pseudonym."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from lake.schemas import VAULT
from privacy.home import Home
from privacy.pseudonyms import Pseudonyms

if TYPE_CHECKING:
    from lake.gate.gate import Gate

_REMEMBERED = (
    50_000  # accounts: a crawl of millions must not grow; what is forgotten is computed or written again
)
_Row = tuple[str, str, str, str | None, str | None, str]


class Names:
    """Pseudonyms of one source, each computed once, and the names rows of the batch at hand."""

    def __init__(self, home: Home, source: str, pseudonyms: Pseudonyms) -> None:
        self._home = home
        self._source = source
        self._pseudonyms = pseudonyms
        self._ids: dict[str, str] = {}
        self._written: dict[str, tuple[str | None, str | None]] = {}
        self._rows: list[_Row] = []
        self.known = _KnownHandles(home, source)

    def account_id(self, native_id: str) -> str:
        """The pseudonym of one account."""
        found = self._ids.get(native_id)
        if found is None:
            if len(self._ids) >= _REMEMBERED:
                self._ids.clear()
            found = self._ids[native_id] = self._pseudonyms.account(self._source, native_id)
        return found

    def account_ids(self, native_ids: list[str]) -> list[str]:
        """The pseudonyms of a column; each different account of it is computed at most once."""
        ids = self._ids
        if len(ids) >= _REMEMBERED:
            ids.clear()
        new = {native_id for native_id in native_ids if native_id not in ids}
        if new:
            ids.update(zip(new, self._pseudonyms.accounts(self._source, new), strict=True))
        return [ids[native_id] for native_id in native_ids]

    def add_account(self, account_id: str, native_id: str, handle: str | None, url: str | None) -> None:
        """Note an account's names; what this run has noted lately is not written again."""
        handle = handle.lstrip("@").lower() if handle else None
        if handle:
            self.known[handle] = account_id
        before = self._written.get(account_id)
        if before is not None and handle in (None, before[0]) and url in (None, before[1]):
            return
        if before is None and len(self._written) >= _REMEMBERED:
            self._written.clear()
        self._written[account_id] = (handle, url or (before[1] if before else None))
        self._rows.append((account_id, "account", native_id, handle, url, account_id))

    def add_posts(
        self, ids: list[str], native_ids: list[str], urls: list[str | None], account_ids: list[str]
    ) -> None:
        """Note the posts' names."""
        self._rows.extend(
            (post_id, "post", native_id, None, url, account_id)
            for post_id, native_id, url, account_id in zip(ids, native_ids, urls, account_ids, strict=True)
        )

    def take(self, gate: Gate) -> pa.Table:
        """The names rows since the last call."""
        rows = [row for row in self._rows if row[5] not in gate.gone] if gate.gone else self._rows
        self._rows = []
        if not rows:
            return VAULT.schema.empty_table()
        columns = dict(
            zip(
                ("id", "kind", "native_id", "handle", "url", "account_id"),
                map(list, zip(*rows, strict=True)),
                strict=True,
            )
        )
        arrays = columns | gate.provenance(len(rows))
        return pa.Table.from_arrays(
            [
                pa.array(arrays[f.name], f.type) if isinstance(arrays[f.name], list) else arrays[f.name]
                for f in VAULT.schema
            ],
            schema=VAULT.schema,
        )


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
        import polars as pl

        from lake.store import Lake

        frame = Lake(self._home).read(
            "names", ["handle", "account_id", "kind"], pl.col("source") == self._source
        )
        accounts = frame.filter((pl.col("kind") == "account") & pl.col("handle").is_not_null())
        return list(accounts.select("handle", "account_id").iter_rows())
