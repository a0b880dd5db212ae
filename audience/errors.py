"""What can be wrong with a question to an audience."""

from __future__ import annotations

import unicodedata

from privacy.errors import BadInputError, UnavailableError

# Characters of a long query that are shown on either side of an error's place.
_AROUND = 40


class BadQueryError(BadInputError):
    """A query that cannot be read or names something unknown.

    ``position`` is the offset into ``text`` (0 is the first character) where that is, None for queries that were not text;
    ``path`` is the place in a query's JSON (``all.1``), empty for text and where it is not one place.
    """

    def __init__(
        self, message: str, hint: str = "", *, text: str = "", position: int | None = None, path: str = ""
    ) -> None:
        place = path if position is None else f"column {position + 1}"
        super().__init__(message + (f" ({place})" if place else ""), hint)
        self.plain = message
        self.text = text
        self.position = position
        self.path = path

    def drawn(self) -> str:
        """The query's part around the place with a caret below it, two lines; empty where there is no place.

        Wide characters count two columns; characters that would move a terminal's cursor are shown as spaces.
        """
        if self.position is None:
            return ""
        first = max(0, self.position - _AROUND)
        before = ("…" if first else "") + _plain(self.text[first : self.position])
        after = _plain(self.text[self.position : self.position + _AROUND])
        more = "…" if self.position + _AROUND < len(self.text) else ""
        width = sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in before)
        return f"{before}{after}{more}\n{' ' * width}^"


def _plain(text: str) -> str:
    return "".join(" " if unicodedata.category(char)[0] == "C" else char for char in text)


class SensitiveQueryError(BadQueryError):
    """A condition on a matter that people may not be grouped by."""


class NotMinedError(UnavailableError):
    """What the answer needs has not been mined or indexed yet, or only half."""

    def __init__(self, message: str, hint: str = "run: renqun mine") -> None:
        super().__init__(message, hint)
