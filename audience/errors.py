"""What can be wrong with a question to an audience."""

from __future__ import annotations

import unicodedata

from privacy.errors import BadInputError, UnavailableError


class BadQueryError(BadInputError):
    """A query that cannot be read or names something unknown.

    ``position`` is the offset into ``text`` (0 is the first character) where that is, None for queries that were not text.
    """

    def __init__(self, message: str, hint: str = "", *, text: str = "", position: int | None = None) -> None:
        column = "" if position is None else f" (column {position + 1})"
        super().__init__(message + column, hint)
        self.plain = message
        self.text = text
        self.position = position

    def caret(self) -> str:
        """The query with a caret below the place, two lines; empty where there is no place. Wide characters count 2."""
        if self.position is None:
            return ""
        before = self.text[: self.position]
        width = sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in before)
        return f"{self.text}\n{' ' * width}^"


class SensitiveQueryError(BadQueryError):
    """A condition on a matter that people may not be grouped by."""


class NotMinedError(UnavailableError):
    """What the answer needs has not been mined or indexed yet, or only half."""

    def __init__(self, message: str, hint: str = "run: renqun mine") -> None:
        super().__init__(message, hint)
