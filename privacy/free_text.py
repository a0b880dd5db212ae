"""What people may write freely: characters that text has, and not endlessly many of them."""

from __future__ import annotations

import re

from privacy.errors import BadInputError

MAX_NOTE = 1_000
# Controls but tab and line ends, private use, halves of a pair: SQLite, TOML and the index take some of them amiss.
_UNREADABLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ue000-\uf8ff\U000f0000-\U000fffff\U00100000-\U0010ffff]"
)


def unreadable(text: str) -> str:
    """The first character that no text has, such as ``U+0000``; empty where there is none."""
    found = _UNREADABLE.search(text)
    return f"U+{ord(found[0]):04X}" if found else ""


def refuse_unreadable(text: str, what: str, longest: int = MAX_NOTE) -> None:
    """Raises BadInputError where ``what`` (a note, a name …) holds what no text has, or more than ``longest`` characters."""
    if char := unreadable(text):
        raise BadInputError(f"{what} holds the character {char}, which no text has", "leave it out")
    if len(text) > longest:
        raise BadInputError(f"{what} has {len(text):,} characters", f"write {longest:,} at most")
