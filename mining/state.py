"""What the last mining run read: one small JSON file, written last, so that a half-done run counts as not done."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path

from nlp.decay import HALF_LIFE_DAYS
from privacy.errors import BadInputError
from privacy.home import Home

READS = ("posts", "accounts", "edges", "links", "touchpoints")
FEATURES = "features"
# Raised when the meaning of a derived table changes: older homes are then mined again in full.
FORMAT = 6


@dataclass(frozen=True, slots=True)
class MiningState:
    """The lake versions, settings and models that the derived tables were made from."""

    as_of: str
    versions: dict[str, int | None]
    brands: str
    models: str
    rows: dict[str, int] = field(default_factory=dict)
    features: dict[str, int] = field(default_factory=dict)  # bytes a file
    named: int = 0  # community ids that were ever given
    tracked: str = ""  # version of the brands that posts were read for
    dictionary: str = ""  # hash of the user dictionary that words were cut with
    topic_share: float | None = None  # of the newest posts had a topic when topics were fitted
    own_tags: str = ""  # digest of tags.toml
    half_life: float = 0.0  # days after which a post weighs half
    format: int = FORMAT

    @property
    def as_of_time(self) -> datetime:
        """The reference moment of decay, activity and recency, as an aware datetime."""
        return datetime.fromisoformat(self.as_of)


def _path(home: Home) -> Path:
    return home.models / "state.json"


def load_state(home: Home) -> MiningState | None:
    """The last finished run's state; None when there was none or its format is older."""
    try:
        data = json.loads(_path(home).read_text("utf-8"))
        state = MiningState(**data)
    except (FileNotFoundError, ValueError, TypeError):
        return None
    return state if state.format == FORMAT else None


def save_state(home: Home, state: MiningState) -> None:
    """Write the state in one rename, so that a kill leaves the old one or the new one."""
    path = _path(home)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps(asdict(state), ensure_ascii=False, indent=1), "utf-8")
    partial.replace(path)


def feature_sizes(home: Home) -> dict[str, int]:
    """Bytes of each file of the feature matrix: tells a missing or cut-off file without reading it."""
    folder = home.models / FEATURES
    return {path.name: path.stat().st_size for path in sorted(folder.glob("*"))}


def half_life_days() -> float:
    """Days after which a post weighs half in the strength of an interest: ``RENQUN_HALF_LIFE``, else 45.

    Raises BadInputError for what is no number of days from 1 to 3650.
    """
    given = os.environ.get("RENQUN_HALF_LIFE", str(HALF_LIFE_DAYS))
    try:
        days = float(given)
    except ValueError:
        days = 0.0
    if not 1 <= days <= 3650:
        raise BadInputError(f"RENQUN_HALF_LIFE must be a number of days from 1 to 3650, not {given!r}.")
    return days


def dictionary_digest(home: Home) -> str:
    """A hash of the user dictionary: a changed word is cut otherwise."""
    return file_digest(home.dictionary)


def file_digest(path: Path) -> str:
    """A hash of a settings file, empty where there is none: brands.toml and tags.toml change the profiles."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return ""
    return hashlib.sha256(content).hexdigest()[:16] if content else ""
