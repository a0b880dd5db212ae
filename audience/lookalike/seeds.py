"""Seed lists: which rows of a list became seeds, and what became of the others."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from audience.files import whole
from audience.lookalike.answers import SeedProblem, SeedReport
from audience.named.finder import Finder
from audience.named.lists import HINT, NamedRows, Row, read_csv
from audience.search.export import cell
from privacy.errors import BadInputError
from privacy.home import Home

# Rows that an answer lists; a file can have them all.
MAX_PROBLEMS = 100
_WRITTEN = 80
_SUFFIXES = (".csv", ".tsv", ".txt")


@dataclass(frozen=True, slots=True)
class Seeds:
    """The accounts that a list of seeds named, each once, and what became of its rows."""

    account_ids: tuple[str, ...]
    report: SeedReport


def read_seeds(named: str) -> NamedRows | None:
    """The rows of a seed list that is named by its file; None where a query is meant. Raises as ``read_csv``."""
    path = Path(named)
    if path.is_file():
        return read_csv(path)
    if path.suffix.lower() in _SUFFIXES:
        raise BadInputError(f"there is no file {named}", "name a CSV of seeds, or give a query")
    return None


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
