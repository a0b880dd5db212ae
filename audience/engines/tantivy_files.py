"""The files that lie beside a Tantivy index, by name. Light: who only asks whether they are there imports nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from audience.engines.base import FACET_FIELDS, TERM_FIELD, TOLD_FIELD
from audience.engines.vectors import VECTORS

_OFTEN = ("tag", "region", "source", "activity", "community", "follows", "topic", "hour", TERM_FIELD)
# Fields whose values are counted, by column: those that are asked for together are counted together.
COLUMNS: Mapping[str, Sequence[str]] = {
    "facets": _OFTEN,
    "more_facets": tuple(name for name in (*FACET_FIELDS, TOLD_FIELD) if name not in _OFTEN),
}
# So many values of a person go into a column's record: as many as most people have.
WIDTHS: Mapping[str, int] = {"facets": 32, "more_facets": 16}
# What is known of each person as one number.
NUMBERS = ("influence", "last_active", "followers", "cell", "mark")

ROWS, ROW_ENDS = "rows.jsonl", "rows.npy"
VALUES = "values.json"
ACCOUNTS, ACCOUNT_UIDS = "accounts.npy", "accounts.uid.npy"
TERMS, TERM_ENDS = "terms.txt", "terms.npy"
PEOPLE, PEOPLE_ENDS = "people.roaring", "people.npy"


def number_of(name: str) -> str:
    """The file of one number of everybody."""
    return f"{name}.number.npy"


def records_of(column: str) -> str:
    """The file of everybody's values in a column."""
    return f"{column}.records.npy"


def rest_of(column: str) -> str:
    """The file of the values that do not go into the records."""
    return f"{column}.rest"


def rest_ends_of(column: str) -> str:
    """The file of where each person's part of the rest ends."""
    return f"{column}.rest.npy"


# Without any of these the index is of no use.
BESIDE = (
    *(ROWS, ROW_ENDS, VALUES, ACCOUNTS, ACCOUNT_UIDS),
    *(TERMS, TERM_ENDS, PEOPLE, PEOPLE_ENDS, VECTORS),
    *map(number_of, NUMBERS),
    *(name(column) for column in COLUMNS for name in (records_of, rest_of, rest_ends_of)),
)
