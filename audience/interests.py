"""The interest taxonomy as audiences use it: read once a process."""

from __future__ import annotations

from functools import lru_cache

from nlp.taxonomy import Taxonomy, load_taxonomy


@lru_cache(maxsize=1)
def taxonomy() -> Taxonomy:
    """The built-in taxonomy; reading it takes some 50 ms."""
    return load_taxonomy()
