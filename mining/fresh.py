"""Is there anything to mine? Answered from file names, before any heavy import."""

from __future__ import annotations

from datetime import datetime

from lake.store import Lake
from mining.state import (
    READS,
    MiningState,
    dictionary_digest,
    feature_sizes,
    file_digest,
    half_life_days,
    load_state,
)
from privacy.home import Home


def is_fresh(home: Home, as_of: datetime | None = None) -> bool:
    """True when the derived tables already reflect the lake, brands.toml, the dictionary and, if given, ``as_of``."""
    state = load_state(home)
    if state is None or (as_of is not None and state.as_of_time != as_of):
        return False
    return not stale_because(home, state)


def stale_because(home: Home, state: MiningState) -> list[str]:
    """Names of what changed since ``state`` was written, empty when nothing did."""
    lake = Lake(home)
    changed = [name for name in READS if lake.version(name) != state.versions.get(name)]
    if file_digest(home.brands) != state.brands:
        changed.append("brands.toml")
    if dictionary_digest(home) != state.dictionary:
        changed.append("dictionary.txt")
    if file_digest(home.own_tags) != state.own_tags:
        changed.append("tags.toml")
    if half_life_days() != state.half_life:
        changed.append("RENQUN_HALF_LIFE")
    if not feature_sizes(home).items() >= state.features.items():  # what answers add beside them is theirs
        changed.append("features")
    if lake.version("profiles") is None:
        changed.append("profiles")
    return changed
