"""Seed lists: read a CSV however it was saved, and find each person through the vault, never by guess."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import TextIOWrapper
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO

from audience.errors import NotMinedError
from audience.files import whole
from audience.lookalike.answers import SeedProblem, SeedReport
from audience.search.export import cell
from lake.people import KnownAccounts, plain_handle, plain_url
from lake.store import Lake
from privacy.errors import BadInputError
from privacy.home import Home
from privacy.optouts import blocked
from privacy.pseudonyms import Pseudonyms

MAX_ROWS = 1_000_000
_MAX_BYTES = 200 << 20
_BLOCK = 1 << 16
# Rows that an answer lists; a file can have them all.
MAX_PROBLEMS = 100
_WRITTEN = 80
_SUFFIXES = (".csv", ".tsv", ".txt")
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


def read_csv(source: Path | bytes, more: Mapping[str, str] = MappingProxyType({})) -> SeedRows:
    """Rows of a CSV: UTF-8 with or without BOM, UTF-16 or GB18030; comma, semicolon or tab; ragged rows tolerated.

    A header is recognised by its names; without one, the columns are guessed from their values. A row that names
    nobody comes back empty, so that it is counted. ``more`` are names of further columns (in lower case) that are read,
    to what they are called in the rows. Rows are read while they are asked for, so that a million take no
    more memory than one; they can be gone through again.

    Raises:
        BadInputError: no rows, not text, too large, or no column that names people; too many rows, on the way.
    """
    rows = SeedRows(source, more)
    rows.check()
    return rows


def read_seeds(named: str) -> SeedRows | None:
    """The rows of a seed list that is named by its file; None where a query is meant. Raises as ``read_csv``."""
    path = Path(named)
    if path.is_file():
        return read_csv(path)
    if path.suffix.lower() in _SUFFIXES:
        raise BadInputError(f"there is no file {named}", "name a CSV of seeds, or give a query")
    return None


class SeedRows:
    """The rows of a seed list, read while they are asked for."""

    def __init__(self, source: Path | bytes, more: Mapping[str, str]) -> None:
        self._source = source
        self._encoding = _encoding(source)
        with self._text() as text:
            first = next((line for line in text if line.strip()), "")
        self._delimiter = max(",\t;", key=first.count)
        cells = [part.strip() for part in next(csv.reader([first], delimiter=self._delimiter), [])]
        known = _COLUMNS | dict(more)
        header = [known.get(part.lower().lstrip("\ufeff")) for part in cells]
        self._has_header = any(header)
        self._columns = header if self._has_header else _guess(cells)
        self._empty = not cells

    def check(self) -> None:
        """Raises BadInputError where no row can name anybody."""
        if self._empty:
            raise BadInputError("the seed list is empty", _HINT)
        if not any(column in _NAMING for column in self._columns):
            raise BadInputError("the seed list has no column that names people", _HINT)
        if next(iter(self), None) is None:
            raise BadInputError("the seed list has a header but no rows", _HINT)

    def __iter__(self) -> Iterator[dict[str, str]]:
        """Each row by column; empty where no column that is known holds anything."""
        with self._text() as text:
            lines = (line for line in text if line.strip())
            if self._has_header:
                next(lines, None)
            for number, row in enumerate(csv.reader(lines, delimiter=self._delimiter), start=1):
                if number > MAX_ROWS:
                    raise BadInputError(f"the seed list has more than {MAX_ROWS:,} rows", "split it")
                yield {
                    column: part.strip()
                    for column, part in zip(self._columns, row, strict=False)
                    if column and part.strip()
                }

    def _text(self) -> TextIOWrapper:
        raw = io.BytesIO(self._source) if isinstance(self._source, bytes) else self._source.open("rb")
        return TextIOWrapper(raw, encoding=self._encoding, newline=None)


def resolve(home: Home, rows: Iterable[Row]) -> Seeds:
    """Find the account behind each row; every row counts once: resolved, duplicate, unknown, ambiguous, opted out.

    Raises:
        BadInputError: no rows at all.
        NotMinedError: nothing has been collected yet.
    """
    finder: _Finder | None = None
    counts = dict.fromkeys(("resolved", "unknown", "ambiguous", "opted_out", "duplicates", "malformed"), 0)
    found: dict[str, None] = {}
    problems: list[SeedProblem] = []
    for number, row in enumerate(rows, start=1):
        finder = finder or _Finder(home)
        outcome, accounts = finder.find(row)
        if outcome == "resolved" and all(account in found for account in accounts):
            outcome = "duplicates"
        counts[outcome] += 1
        if outcome == "resolved":
            found.update(dict.fromkeys(accounts))
        elif len(problems) < MAX_PROBLEMS:
            problems.append(_problem(number, outcome, row))
    if finder is None:
        raise BadInputError("the seed list is empty", _HINT)
    report = SeedReport(rows=sum(counts.values()), problems=problems, **counts)
    return Seeds(tuple(found), report)


def write_problems(home: Home, rows: Iterable[Row], path: Path) -> int:
    """Write every row that is no seed to a CSV: its number, why, and what it said; gives back how many.

    What people who opted out were called is not written. Raises StorageError where the disk refuses.
    """
    return _write(_Finder(home), rows, path)


def _write(finder: _Finder, rows: Iterable[Row], path: Path) -> int:
    found, many = set[str](), 0

    def write(drafts: list[Path]) -> None:
        nonlocal many
        with drafts[0].open("w", encoding="utf-8-sig", newline="") as file:
            out = csv.writer(file)
            out.writerow(("row", "reason", "written"))
            for number, row in enumerate(rows, start=1):
                outcome, accounts = finder.find(row)
                if outcome == "resolved" and not found.issuperset(accounts):
                    found.update(accounts)
                    continue
                problem = _problem(number, "duplicates" if outcome == "resolved" else outcome, row)
                out.writerow((problem.row, problem.reason, cell(problem.written)))
                many += 1

    whole([path], write)
    return many


def _problem(number: int, outcome: str, row: Row) -> SeedProblem:
    """A row that is no seed, as it is told: of people who opted out only that the row is one."""
    written = "" if outcome == "opted_out" else " ".join(row.values())[:_WRITTEN]
    reason = "duplicate" if outcome == "duplicates" else outcome
    return SeedProblem.model_validate({"row": number, "reason": reason, "written": written})


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
        if not any(self._lake.exists(table) for table in ("names", "profiles")):
            raise NotMinedError("nobody has been collected yet whom a seed could name")
        self._pseudonyms = Pseudonyms.open(home)
        self._blocked = blocked(home)
        self._names: KnownAccounts | None = None
        self._profiled: set[str] | None = None
        self._links: dict[str, list[str]] | None = None

    def find(self, row: Row) -> tuple[str, Sequence[str]]:
        """What became of a row, and its accounts where it is resolved."""
        if account := row.get("account_id"):
            return self._judge(
                [account] if _ACCOUNT.match(account) and self._is_known(account) else [], account
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
            if account in self._blocked or self._is_known(account):
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

    def _is_known(self, account: str) -> bool:
        """Whether an account was collected: by its name, or only by what it follows or bought."""
        return account in self.names.accounts or account in self.profiled

    @property
    def profiled(self) -> set[str]:
        if self._profiled is None:
            self._profiled = set(self._lake.read("profiles", columns=["account_id"])["account_id"])
        return self._profiled

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


def read_text(source: Path | bytes, what: str) -> str:
    """A file's text in whichever encoding it was saved; BadInputError where it is none, which calls it ``what``."""
    encoding = _encoding(source, what)
    return (source if isinstance(source, bytes) else source.read_bytes()).decode(encoding)


def _encoding(source: Path | bytes, what: str = "the seed list") -> str:
    """The first encoding of which the whole list is text. Raises BadInputError."""
    try:
        size = len(source) if isinstance(source, bytes) else source.stat().st_size
        if size > _MAX_BYTES:
            raise BadInputError(f"{what} is larger than {_MAX_BYTES >> 20} MB", "split it")
        with io.BytesIO(source) if isinstance(source, bytes) else source.open("rb") as file:
            marked = file.read(2) in (b"\xff\xfe", b"\xfe\xff")
            for encoding in ("utf-16",) if marked else ("utf-8-sig", "gb18030"):
                file.seek(0)
                if _is_text(file, encoding):
                    return encoding
    except OSError as error:
        where = "it" if isinstance(source, bytes) else source.name
        raise BadInputError(f"{what} cannot be read: {error.strerror}", f"look at {where}") from error
    raise BadInputError(f"{what} is not text", "save it in UTF-8")


def _is_text(file: BinaryIO, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        while block := file.read(_BLOCK):
            if "\x00" in decoder.decode(block):
                return False
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _guess(first: list[str]) -> list[str | None]:
    """Columns of a list without a header, from its first row: URLs, pseudonyms, else source and handle."""
    for at, value in enumerate(first):
        if "://" in value:
            return [None] * at + ["url"]
        if _ACCOUNT.match(value):
            return [None] * at + ["account_id"]
    return ["source", "handle"] if len(first) == 2 else [None]
