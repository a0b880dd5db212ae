"""What the gate refuses: kept whole in the vault, with the reason, so that nothing is lost in silence."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import polars as pl
import pyarrow as pa

from lake.columns import table_of
from lake.raw import RawReject
from lake.schemas import REJECTS
from privacy.naming import words_of
from privacy.pseudonyms import Pseudonyms

if TYPE_CHECKING:
    from lake.gate.gate import Gate

_AUTHOR_KEYS = {
    "posts": "author_native_id",
    "accounts": "native_id",
    "edges": "src_native_id",
    "touchpoints": "native_id",
}


class Rejects:
    """The refused rows of one batch."""

    def __init__(self, gate: Gate, rows: Sequence[RawReject]) -> None:
        self._gate = gate
        self.withheld = 0  # rows that name somebody who is withheld, while nobody can tell whose they are
        self._rows: list[tuple[str, str, Any]] = [
            (str(row.get("table") or "unknown"), str(row.get("reason") or "unknown"), row.get("row"))
            for row in rows
        ]

    def add(self, table: str, reason: str, row: Any) -> None:
        """Refuse one row."""
        self._rows.append((table, reason, row))

    def table(self) -> pa.Table:
        """The rejects rows; of an account that is withheld nothing is kept, not even this, nor a page that names it."""
        made = []
        for table, reason, row in self._rows:
            account_id, text = self._account_of(table, row), _text(row)
            if self._may_stay(account_id, text):
                name = self._id(table, reason, _text(_without_page(row)))
                made.append((name, table, reason, text, account_id))
        if not made:
            return REJECTS.schema.empty_table()
        names = ("id", "table", "reason", "row", "account_id")
        frame = pl.DataFrame(made, schema=dict.fromkeys(names, pl.String), orient="row")
        return table_of(REJECTS, frame, REJECTS.schema.names, self._gate.provenance())

    def _may_stay(self, account_id: str | None, text: str) -> bool:
        """Not where it is of a withheld account, or names one while nobody can tell whose it is."""
        if not self._gate.gone:
            return True
        if account_id is not None:
            return account_id not in self._gate.gone
        names_one = names_one_of(self._gate.gone, self._gate.pseudonyms, self._gate.source, text)
        self.withheld += names_one
        return not names_one

    def _id(self, table: str, reason: str, text: str) -> str:
        """The same row refused again for the same reason is the same reject, on whichever page it stood."""
        return (
            "r" + hashlib.sha256(f"{self._gate.source}\0{table}\0{reason}\0{text}".encode()).hexdigest()[:32]
        )

    def _account_of(self, table: str, row: Any) -> str | None:
        native_id = _person_of(table, row) if isinstance(row, Mapping) else None
        if not isinstance(native_id, str) or not native_id:
            return None
        if table == "touchpoints" and isinstance(source := row.get("source"), str):
            return self._gate.pseudonyms.account(source, native_id)
        return self._gate.names.account_id(native_id)


def names_one_of(accounts: set[str] | frozenset[str], pseudonyms: Pseudonyms, source: str, text: str) -> bool:
    """Whether any word of raw text is the native id of one of these accounts."""
    return not accounts.isdisjoint(pseudonyms.accounts(source, words_of(text)))


def _person_of(table: str, row: Mapping[str, Any]) -> Any:
    """The native id of whose row it is; a page is of the person whose profile or list was asked for."""
    if table == "pages":
        meta = row.get("meta")
        return (meta.get("owner") or meta.get("native_id")) if isinstance(meta, Mapping) else None
    return row.get(_AUTHOR_KEYS.get(table, ""))


def _without_page(row: Any) -> Any:
    return {key: value for key, value in row.items() if key != "page"} if isinstance(row, Mapping) else row


def _text(row: Any) -> str:
    text = row if isinstance(row, str) else json.dumps(row, default=_plain, sort_keys=True)
    return text.encode("utf-8", "backslashreplace").decode()


def _plain(value: Any) -> str:
    return value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else str(value)
