"""The files that lie beside a Tantivy index, by name. Light: who only asks whether they are there imports nothing else."""

from __future__ import annotations

from audience.engines.base import FACET_FIELDS, TERM_FIELD

# Fields whose values are counted, and what is known of each person as one number.
COUNTED = (*FACET_FIELDS, TERM_FIELD)
NUMBERS = ("influence", "last_active", "followers", "cell", "mark")

ROWS, ROW_ENDS = "rows.jsonl", "rows.npy"
VALUES = "values.json"
ACCOUNTS, ACCOUNT_UIDS = "accounts.npy", "accounts.uid.npy"
TERMS, TERM_ENDS = "terms.txt", "terms.npy"
PEOPLE, PEOPLE_ENDS = "people.roaring", "people.npy"


def number_of(name: str) -> str:
    """The file of one number of everybody."""
    return f"{name}.number.npy"


def values_of(field: str) -> str:
    """The file of a field's values as numbers, person after person."""
    return f"{field}.values"


def ends_of(field: str) -> str:
    """The file of where each person's values end."""
    return f"{field}.ends.npy"


# Without any of these the index is of no use.
BESIDE = (
    *(ROWS, ROW_ENDS, VALUES, ACCOUNTS, ACCOUNT_UIDS, TERMS, TERM_ENDS, PEOPLE, PEOPLE_ENDS),
    *map(number_of, NUMBERS),
    *(of(field) for field in COUNTED for of in (values_of, ends_of)),
)
