"""A mined home for segments to be saved in, and what may happen to it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa

from audience.index.build import build
from audience.search.ask import search
from lake.schemas import PROFILES
from lake.store import Lake
from privacy.home import Home
from tests.audience.audience_world import AS_OF, profiles, tags, write_world

TAG = tags()[0]


def segment_home(root: Path) -> Home:
    """Four hundred accounts, mined as of AS_OF and indexed."""
    made = write_world(root, profiles(400))
    made.models.mkdir(parents=True)
    (made.models / "state.json").write_text(json.dumps({"as_of": AS_OF.isoformat()}))
    build(made)
    return made


def mined_again(home: Home, rows: list[dict[str, Any]]) -> None:
    """As ``renqun mine`` leaves it: new profiles, a new index."""
    Lake(home).replace("profiles", pa.Table.from_pylist(rows, schema=PROFILES.schema))
    build(home)


def found(home: Home, query: str) -> set[str]:
    return {member.person_id for member in search(home, query, limit=1000).members}
