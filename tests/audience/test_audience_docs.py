"""The tables of docs/queries.md: every query in them reads as they say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from audience.query.fields import FIELDS
from audience.query.reading import reading
from audience.query.text import parse, to_text

TEXT = (Path(__file__).parents[2] / "docs" / "queries.md").read_text("utf-8")
ROWS = re.findall(r"^\| `(.+)` \| (.+) \|$", TEXT, re.M)


@pytest.mark.parametrize(("query", "told"), ROWS)
def test_a_row_reads_as_it_says(query: str, told: str) -> None:
    assert reading(parse(query)) == told
    assert parse(to_text(parse(query))) == parse(query)


def test_every_field_has_a_row() -> None:
    shown: set[str] = set()
    for query, _ in ROWS:
        shown |= {condition.field for condition in parse(query).conditions()}
    assert shown == set(FIELDS.values())
