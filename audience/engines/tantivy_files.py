"""The files that lie beside a Tantivy index, by name. Light: who only asks whether they are there imports nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from audience.engines.base import FACET_FIELDS, TERM_FIELD

_OFTEN = ("tag", "region", "source", "activity", "community", "follows", "topic", "hour")
# Columns of numbers that stand for values of facets. Several fields share one, since each column more costs every person
# time when it is written and every search when it is counted; those that are asked for most stand together.
COLUMNS: Mapping[str, Sequence[str]] = {
    "facets": _OFTEN,
    "more_facets": tuple(name for name in FACET_FIELDS if name not in _OFTEN),
    "term_facet": (TERM_FIELD,),
}

ROWS, ROW_ENDS = "rows.jsonl", "rows.npy"
VALUES = "values.json"
ACCOUNTS, ACCOUNT_UIDS = "accounts.npy", "accounts.uid.npy"


def numbers_of(column: str) -> str:
    """The file of a column's numbers, person after person."""
    return f"{column}.numbers"


def ends_of(column: str) -> str:
    """The file of where each person's numbers end."""
    return f"{column}.npy"


# Without any of these the index is of no use.
BESIDE = (
    *(ROWS, ROW_ENDS, VALUES, ACCOUNTS, ACCOUNT_UIDS),
    *(of(column) for column in COLUMNS for of in (numbers_of, ends_of)),
)
