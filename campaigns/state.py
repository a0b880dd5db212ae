"""What campaigns keep in the home's SQLite file: settings, who is in which arm, outcomes, contacts, the suppressed.

Everything is by pseudonym. Rows of people who opted out since are left out wherever they are read.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from sqlalchemy import Column, Connection, Float, Integer, MetaData, String, Table, Text

from privacy import state
from privacy.home import Home

metadata = MetaData()
campaign_table = Table(
    "campaign",
    metadata,
    Column("name", String, primary_key=True),
    Column("created_at", String, nullable=False),  # UTC, ISO 8601, as all times here
    Column("audience", Text, nullable=False),  # the query, or the file's name
    Column("starts", String, nullable=False),
    Column("ends", String, nullable=False),
    Column("settings", Text, nullable=False),  # JSON of campaigns.answers.Settings
    Column("found", Integer, nullable=False),  # people of the audience
    Column("left_out", Text, nullable=False),  # JSON: reason to people
)
member_table = Table(
    "campaign_member",
    metadata,
    Column("campaign", String, primary_key=True),
    Column("person_id", String, primary_key=True),
    Column("arm", String, nullable=False),
    Column("stratum", String, nullable=False),
    Column("score", Float),
    Column("traits", Text, nullable=False),  # JSON, as known when the campaign was made
)
outcome_table = Table(
    "campaign_outcome",
    metadata,
    Column("campaign", String, primary_key=True),
    Column("id", String, primary_key=True),  # the same for a row that comes again
    Column("person_id", String, nullable=False),
    Column("at", String, nullable=False),
    Column("kind", String, nullable=False),  # conversion | refund | contact
    Column("amount", Float),
)
contact_table = Table(
    "contact",
    metadata,
    Column("person_id", String, primary_key=True),
    Column("at", String, primary_key=True),
    Column("what", String, primary_key=True),  # campaign or purpose
)
suppressed_table = Table(
    "suppressed",
    metadata,
    Column("who", String, primary_key=True),  # account id, or customer:ID
    Column("reason", String, primary_key=True),  # unsubscribe | complaint | block | list
    Column("since", String, nullable=False),
    Column("note", String, nullable=False),
)

_ready: set[Path] = set()


@contextmanager
def connect(home: Home) -> Iterator[Connection]:
    """One transaction on the home's state, the campaigns' tables made at first use. Raises StorageError."""
    if home.state not in _ready or not home.state.exists():
        state.make_tables(home, metadata)
        _ready.add(home.state)
    with state.connect(home) as connection:
        yield connection


def stamp(at: datetime) -> str:
    """A moment as it is kept: sortable text in UTC."""
    from datetime import UTC

    return at.astimezone(UTC).isoformat(timespec="microseconds")
