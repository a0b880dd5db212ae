"""Word lists that are looked up anywhere in a text, in bulk: the longest phrase at a place wins."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import polars as pl

LONGEST_TEXT = 2_000  # characters looked at


class CueFileError(ValueError):
    """A file of cues is not what it should be; the message names the entry."""


def read_cues(path: Path) -> dict[str, Any]:
    """The tables of a TOML file of cues; CueFileError where it can't be read."""
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise CueFileError(f"cannot read {path.name}: {error}") from error


class Finder:
    """Finds phrases by Aho-Corasick (Polars), ASCII in any case; of those at one place the longest."""

    def __init__(self, phrases: Iterable[str]) -> None:
        found = sorted({phrase.lower() for phrase in phrases if phrase}, key=lambda p: (-len(p), p))
        self.phrases = pl.Series("phrase", found, dtype=pl.String)

    def found(self, texts: Sequence[str]) -> pl.DataFrame:
        """row, phrase, start (in bytes of the text in UTF-8): every phrase found, in the order of the texts."""
        column = pl.Series("text", texts, dtype=pl.String).str.slice(0, LONGEST_TEXT).str.to_lowercase()
        phrases = pl.lit(self.phrases).implode()
        frame = pl.DataFrame({"row": pl.int_range(len(column), dtype=pl.UInt32, eager=True), "text": column})
        return (
            frame.lazy()
            .select(
                "row",
                phrase=pl.col("text").str.extract_many(phrases, leftmost=True),
                start=pl.col("text").str.find_many(phrases, leftmost=True),
            )
            .filter(pl.col("phrase").list.len() > 0)
            .explode("phrase", "start")
            .collect()
        )
