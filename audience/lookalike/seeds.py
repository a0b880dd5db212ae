"""Seed lists: which rows of a list became seeds, and what became of the others."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from audience.files import whole
from audience.lookalike.answers import SeedProblem, SeedReport
from audience.named.finder import Finder
from audience.named.lists import HINT, SUFFIXES, NamedRows, Row, read_csv
from audience.search.export import cell
from privacy.errors import BadInputError
from privacy.home import Home

# Rows that an answer lists; a file can have them all.
MAX_PROBLEMS = 100
_WRITTEN = 80
# What ends like a file, or lies in a folder, and has no sign that a query would have.
_PATH = re.compile(r"""[^:：<>=＜＞＝≥≤"“”「」『』()（）]*(?:\.[A-Za-z][A-Za-z0-9]{0,7}|[/\\][^/\\]*)""")


@dataclass(frozen=True, slots=True)
class Seeds:
    """The accounts that a list of seeds named, each once, and what became of its rows."""

    account_ids: tuple[str, ...]
    report: SeedReport


def read_seeds(named: str) -> NamedRows | None:
    """The rows of a seed list that is named by its file; None where a query is meant.

    Raises:
        BadInputError: a folder or a file that isn't there; as ``read_csv``.
    """
    path = Path(named)
    if path.is_file():
        return read_csv(path)
    if named.strip() and path.is_dir():
        raise BadInputError(f"{named} is a folder", _hint(named))
    if path.suffix.lower() in SUFFIXES or _PATH.fullmatch(named):
        raise BadInputError(f"there is no file {named}", _hint(named))
    return None


def _hint(named: str) -> str:
    return (
        f"name a list of seeds, a CSV ({', '.join(SUFFIXES)}), or give a query; words to find: '\"{named}\"'"
    )


def resolve(home: Home, rows: Iterable[Row]) -> Seeds:
    """Find the account behind each row; every row counts once: resolved, duplicate, unknown, ambiguous, opted out.

    Raises:
        BadInputError: no rows at all.
        NotMinedError: nothing has been collected yet.
    """
    finder: Finder | None = None
    counts = dict.fromkeys(("resolved", "unknown", "ambiguous", "opted_out", "duplicates", "malformed"), 0)
    found: dict[str, None] = {}
    problems: list[SeedProblem] = []
    for number, row in enumerate(rows, start=1):
        finder = finder or Finder(home)
        outcome, accounts = finder.find(row)
        if outcome == "resolved" and all(account in found for account in accounts):
            outcome = "duplicates"
        counts[outcome] += 1
        if outcome == "resolved":
            found.update(dict.fromkeys(accounts))
        elif len(problems) < MAX_PROBLEMS:
            problems.append(_problem(number, outcome, row))
    if finder is None:
        raise BadInputError("the seed list is empty", HINT)
    report = SeedReport(rows=sum(counts.values()), problems=problems, **counts)
    return Seeds(tuple(found), report)


def write_problems(home: Home, rows: Iterable[Row], path: Path) -> int:
    """Write every row that is no seed to a CSV: its number, why, and what it said; gives back how many.

    What people who opted out were called is not written. Raises StorageError where the disk refuses.
    """
    return _write(Finder(home), rows, path)


def _write(finder: Finder, rows: Iterable[Row], path: Path) -> int:
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
