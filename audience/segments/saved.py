"""The saved segments as queries find them."""

from __future__ import annotations

from collections.abc import Sequence

from audience.query.model import AudienceQuery
from audience.query.segments import Frozen
from audience.query.text import parse
from audience.segments.records import Record, all_of
from privacy.home import Home


class SavedSegments:
    """Reads the home's segments once, when the first is asked for."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._records: dict[str, Record] | None = None

    def names(self) -> Sequence[str]:
        """Every name, for suggestions."""
        return list(self._known())

    def find(self, name: str) -> AudienceQuery | Frozen | None:
        """A dynamic segment's query or a frozen one's term; None where there is no segment of this name.

        A frozen one that was not computed yet is read as its query.
        """
        record = self._known().get(name)
        if record is None:
            return None
        return Frozen(record.term) if record.frozen and record.indexed else parse(record.query)

    def _known(self) -> dict[str, Record]:
        if self._records is None:
            self._records = {record.name: record for record in all_of(self._home)}
        return self._records
