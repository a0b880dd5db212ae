"""What an audience is compared with: everybody, or the people of another query."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from audience.disclosure.guard import Told
from audience.index.opened import OpenIndex
from audience.search.telling import Counts, Telling, counted_for
from privacy.disclosure import Disclosure


@dataclass(frozen=True, slots=True)
class Baseline:
    """Exact counts of whom an audience is compared with; ``query`` says who, empty for everybody. ``other`` is a group like the audience itself, not everybody.

    Of another group only the values in ``tellable`` may be spoken of: it has to hold to the same rules. ``notes`` say in
    what it is not the group that was asked for.
    """

    persons: int
    counts: Mapping[str, Counts]
    query: str = ""
    other: bool = False
    tellable: Mapping[str, frozenset[str]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def of(self, name: str) -> Counts:
        """Persons by value of one field, as far as it may be told."""
        counts = self.counts[name]
        if not self.other:
            return counts
        return {value: counts[value] for value in self.tellable[name]}

    @classmethod
    def everybody(cls, index: OpenIndex) -> Baseline:
        """All there is in the index."""
        return cls(index.engine.persons, index.baseline)

    @classmethod
    def group(
        cls,
        index: OpenIndex,
        query: str,
        shown: Told,
        fields: Sequence[str],
        size: int,
        disclosure: Disclosure,
    ) -> Baseline:
        """The audience ``shown`` of a query that disclosure lets speak."""
        counts = index.engine.facets(shown.query, shown.scope, counted_for(fields), size)
        telling = Telling(index, shown.query, shown.total, disclosure)
        told = {name: frozenset(telling.of(name, counts)) for name in fields}
        notes = tuple(f"baseline: {note}" for note in shown.notes(disclosure.k))
        return cls(shown.total, counts, query, True, told, notes)
