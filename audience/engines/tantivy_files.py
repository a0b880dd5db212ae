"""The files that lie beside a Tantivy index, by name. Light: who only asks whether they are there imports nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from audience.engines.base import FACET_FIELDS, TERM_FIELD, TOLD_FIELD
from audience.engines.vectors import VECTORS

_OFTEN = ("tag", "region", "source", "activity", "community", "follows", "topic", "hour")
# Fields whose values are counted, by column: to look a person up takes longer than to read on, so those that are asked for
# together are counted together, and the columns of a person stand in this order, one after the other.
COLUMNS: Mapping[str, Sequence[str]] = {
    "facets": _OFTEN,
    "term_facet": (TERM_FIELD,),
    "more_facets": tuple(name for name in (*FACET_FIELDS, TOLD_FIELD) if name not in _OFTEN),
}
# What is known of each person as one number.
NUMBERS = ("influence", "last_active", "followers", "cell", "mark")

ROWS, ROW_ENDS = "rows.jsonl", "rows.npy"
VALUES = "values.json"
PERSON_VALUES, PERSON_VALUE_ENDS = "person.values", "person.values.npy"
ACCOUNTS, ACCOUNT_UIDS = "accounts.npy", "accounts.uid.npy"
TERMS, TERM_ENDS = "terms.txt", "terms.npy"
PEOPLE, PEOPLE_ENDS = "people.roaring", "people.npy"


def number_of(name: str) -> str:
    """The file of one number of everybody."""
    return f"{name}.number.npy"


# Without any of these the index is of no use.
BESIDE = (
    *(ROWS, ROW_ENDS, VALUES, PERSON_VALUES, PERSON_VALUE_ENDS, ACCOUNTS, ACCOUNT_UIDS),
    *(TERMS, TERM_ENDS, PEOPLE, PEOPLE_ENDS, VECTORS),
    *map(number_of, NUMBERS),
)
