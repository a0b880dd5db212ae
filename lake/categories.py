"""What is known of the categories of each hot list: how they were learned, and how that was checked."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from privacy.home import Home

CATEGORY_COLUMNS = (
    *("term", "at", "rank", "volume", "advert", "category", "description"),
    *("reads", "discussions", "originals"),
)
_FILE = "categories.json"


@dataclass(frozen=True, slots=True)
class CategoryModel:
    """The categories of one source: learned from so many topics that had one, and judged on later ones of these.

    ``usual`` is what always naming the most frequent category would have got right; ``filled`` how many topics that had
    none got one.
    """

    source: str
    learned_until: datetime
    topics: int
    classes: Sequence[str]
    checked_since: datetime
    checked_topics: int
    right: int
    usual: float
    filled: int


def write_models(home: Home, models: Sequence[CategoryModel]) -> None:
    """Keep what was learned, in place of what was."""
    home.models.mkdir(parents=True, exist_ok=True)
    partial = home.models / f"{_FILE}.partial"
    text = json.dumps([asdict(one) for one in models], ensure_ascii=False, default=datetime.isoformat)
    partial.write_text(text, "utf-8")
    partial.replace(home.models / _FILE)


def read_models(home: Home) -> Mapping[str, CategoryModel]:
    """What was learned, by source; empty where nothing was, or where the file cannot be read."""
    try:
        rows = json.loads((home.models / _FILE).read_text("utf-8"))
        times = ("learned_until", "checked_since")
        return {
            row["source"]: CategoryModel(
                **{**row, **{name: datetime.fromisoformat(row[name]) for name in times}}
            )
            for row in rows
        }
    except (OSError, ValueError, TypeError, KeyError):
        return {}
