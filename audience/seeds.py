"""Seed lists: read a CSV however it was saved, and find each person through the vault, never by guess."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from audience.answers import SeedReport
from audience.errors import NotMinedError
from lake.people import KnownAccounts, plain_handle, plain_url
from lake.store import Lake
from privacy.errors import BadInputError
from privacy.home import Home
from privacy.optouts import blocked
from privacy.pseudonyms import Pseudonyms

MAX_ROWS = 1_000_000
_MAX_BYTES = 200 << 20
_COLUMNS = {
    "source": "source",
    "来源": "source",
    "平台": "source",
    "native_id": "native_id",
    "id": "native_id",
    "user_id": "native_id",
    "用户id": "native_id",
    "handle": "handle",
    "username": "handle",
    "用户名": "handle",
    "昵称": "handle",
    "账号": "handle",
    "帐号": "handle",
    "url": "url",
    "profile_url": "url",
    "主页": "url",
    "主页链接": "url",
    "链接": "url",
    "customer_id": "customer_id",
    "客户id": "customer_id",
    "客户编号": "customer_id",
    "account_id": "account_id",
    "cost": "cost",
    "price": "cost",
    "报价": "cost",
    "价格": "cost",
    "费用": "cost",
}
_NAMING = ("account_id", "native_id", "handle", "url", "customer_id")
_ACCOUNT = re.compile(r"u[0-9a-f]{32}\Z")
_HINT = "columns: source,native_id or source,handle or url or customer_id"

Row = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Seeds:
    """The accounts that a list of seeds named, each once, and what became of its rows."""

    account_ids: tuple[str, ...]
    report: SeedReport


def read_csv(source: Path | bytes, more: Mapping[str, str] = MappingProxyType({})) -> list[dict[str, str]]:
    """Rows of a CSV: UTF-8 with or without BOM, UTF-16 or GB18030; comma, semicolon or tab; ragged rows tolerated.

    A header is recognised by its names; without one, the columns are guessed from their values. A row that names
    nobody comes back empty, so that it is counted. ``more`` are names of further columns (in lower case) that are read,
    to what they are called in the rows.

    Raises:
        BadInputError: no rows, not text, too large, or no column that names people.
    """
    text = _text(_bytes(source))
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines:
        raise BadInputError("the seed list is empty", _HINT)
    dialect = max(",\t;", key=lines[0].count)
    cells = [
        [cell.strip() for cell in row] for row in csv.reader(io.StringIO("\n".join(lines)), delimiter=dialect)
    ]
    known = _COLUMNS | dict(more)
    header = [known.get(cell.lower().lstrip("\ufeff")) for cell in cells[0]]
    rows = cells[1:] if any(header) else cells
    columns = header if any(header) else _guess(cells)
    if not any(column in _NAMING for column in columns):
        raise BadInputError("the seed list has no column that names people", _HINT)
    if not rows:
        raise BadInputError("the seed list has a header but no rows", _HINT)
    if len(rows) > MAX_ROWS:
        raise BadInputError(f"the seed list has more than {MAX_ROWS:,} rows", "split it")
    return [
        {column: cell for column, cell in zip(columns, row, strict=False) if column and cell} for row in rows
    ]


def resolve(home: Home, rows: Iterable[Row]) -> Seeds:
    """Find the account behind each row; every row counts once: resolved, duplicate, unknown, ambiguous, opted out.

    Raises:
        BadInputError: no rows at all.
        NotMinedError: nothing has been collected yet.
    """
    asked = list(rows)
    if not asked:
        raise BadInputError("the seed list is empty", _HINT)
    if not any(Lake(home).exists(table) for table in ("names", "profiles")):
        raise NotMinedError("nobody has been collected yet whom a seed could name")
    finder = _Finder(home)
    counts = dict.fromkeys(("resolved", "unknown", "ambiguous", "opted_out", "duplicates", "malformed"), 0)
    found: dict[str, None] = {}
    for row in asked:
        outcome, accounts = finder.find(row)
        if outcome == "resolved" and all(account in found for account in accounts):
            outcome = "duplicates"
        counts[outcome] += 1
        if outcome == "resolved":
            found.update(dict.fromkeys(accounts))
    return Seeds(tuple(found), SeedReport(rows=len(asked), **counts))


def named(who: str) -> Row:
    """One person as people write it: a pseudonym, a profile URL, ``source:handle``, else a customer id."""
    who = who.strip()
    if _ACCOUNT.match(who):
        return {"account_id": who}
    if "://" in who:
        return {"url": who}
    source, colon, name = who.partition(":")
    if colon and source and name:
        return (
            {"source": source, "native_id": name[1:]}
            if name[0] == "#"
            else {"source": source, "handle": name}
        )
    return {"customer_id": who} if who else {}


def find_each(home: Home, rows: Iterable[Row]) -> list[tuple[str, Sequence[str]]]:
    """For each row what became of it (resolved, unknown, ambiguous, opted_out, malformed) and the accounts it names."""
    finder = _Finder(home)
    return [finder.find(row) for row in rows]


def prices(home: Home, rows: Iterable[Row]) -> tuple[dict[str, float], int]:
    """What each account of a price list costs, and how many rows name nobody or no price above 0. The lowest counts."""
    finder, found, unused = _Finder(home), dict[str, float](), 0
    for row in rows:
        outcome, accounts = finder.find(row)
        cost = _price(row.get("cost", ""))
        if outcome != "resolved" or cost is None:
            unused += 1
            continue
        found.update({account: min(cost, found.get(account, cost)) for account in accounts})
    return found, unused


def _price(text: str) -> float | None:
    """A price as people write it: ``1,200``, ``¥800``, ``800元``."""
    try:
        price = float(text.strip("¥￥$元 ").replace(",", "").replace("，", ""))
    except ValueError:
        return None
    return price if 0 < price < float("inf") else None


class _Finder:
    """Looks rows up in the vault's names and in the links; each table is read once, and only if it is needed."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._lake = Lake(home)
        self._pseudonyms = Pseudonyms.open(home)
        self._blocked = blocked(home)
        self._names: KnownAccounts | None = None
        self._links: dict[str, list[str]] | None = None

    def find(self, row: Row) -> tuple[str, Sequence[str]]:
        """What became of a row, and its accounts where it is resolved."""
        if account := row.get("account_id"):
            return self._judge(
                [account] if _ACCOUNT.match(account) and account in self.names.accounts else [], account
            )
        source = row.get("source", "")
        if (native := row.get("native_id")) and source:
            return self._native(source, native)
        if handle := row.get("handle"):
            return self._handle(source, handle)
        if url := row.get("url"):
            return self._judge(self.names.by_url.get(plain_url(url), ()))
        if customer := row.get("customer_id"):
            return ("resolved", found) if (found := self.links.get(customer, [])) else ("unknown", ())
        return "malformed", ()

    def _native(self, source: str, native: str) -> tuple[str, Sequence[str]]:
        for written in dict.fromkeys((native, native.lower())):
            account = self._pseudonyms.account(source, written)
            if account in self._blocked or account in self.names.accounts:
                return self._judge([account], account)
        return "unknown", ()

    def _handle(self, source: str, handle: str) -> tuple[str, Sequence[str]]:
        plain = plain_handle(handle)
        if not source and len(self.names.sources) > 1:
            return ("ambiguous" if self.names.any_handle(plain) else "unknown"), ()
        source = source or next(iter(self.names.sources), "")
        return self._judge(
            self.names.by_handle.get((source, plain), ()), self._pseudonyms.account(source, plain)
        )

    def _judge(self, accounts: Sequence[str], named: str = "") -> tuple[str, Sequence[str]]:
        if named in self._blocked or any(account in self._blocked for account in accounts):
            return "opted_out", ()
        if not accounts:
            return "unknown", ()
        return ("resolved", accounts) if len(set(accounts)) == 1 else ("ambiguous", ())

    @property
    def names(self) -> KnownAccounts:
        if self._names is None:
            self._names = KnownAccounts(self._home)
        return self._names

    @property
    def links(self) -> dict[str, list[str]]:
        if self._links is None:
            self._links = {}
            for customer, account in self._lake.read(
                "links", columns=["customer_id", "account_id"]
            ).iter_rows():
                self._links.setdefault(customer, []).append(account)
        return self._links


def _bytes(source: Path | bytes) -> bytes:
    if isinstance(source, bytes):
        content = source
    else:
        try:
            if source.stat().st_size > _MAX_BYTES:
                raise BadInputError("the seed list is larger than 200 MB", "split it")
            content = source.read_bytes()
        except OSError as error:
            raise BadInputError(
                f"the seed list cannot be read: {error.strerror}", f"look at {source.name}"
            ) from error
    if len(content) > _MAX_BYTES:
        raise BadInputError("the seed list is larger than 200 MB", "split it")
    return content


def _text(content: bytes) -> str:
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encodings: tuple[str, ...] = ("utf-16",)
    else:
        encodings = ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise BadInputError("the seed list is not text", "save it as CSV in UTF-8")


def _guess(cells: list[list[str]]) -> list[str | None]:
    """Columns of a list without a header, from its first row: URLs, pseudonyms, else source and handle."""
    first = cells[0]
    for at, cell in enumerate(first):
        if "://" in cell:
            return [None] * at + ["url"]
        if _ACCOUNT.match(cell):
            return [None] * at + ["account_id"]
    return ["source", "handle"] if len(first) == 2 else [None]
