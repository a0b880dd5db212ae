"""What groups of people are interested in more than everybody is."""

from __future__ import annotations

import polars as pl

from audience.search.answers import FacetValue
from audience.search.tgi import Comparison
from privacy.disclosure import Disclosure
from privacy.sensitive import sensitive_matter


class Interests:
    """Each person's interests, once, whatever accounts they are of; none that names a sensitive matter."""

    def __init__(self, profiles: pl.DataFrame) -> None:
        """Of ``person_id`` and ``tags``, those of profiles."""
        found = (
            profiles.explode("tags")
            .drop_nulls("tags")
            .select("person_id", pl.col("tags").struct.field("tag"))
            .unique()
        )
        barred = [tag for tag in found["tag"].unique() if sensitive_matter(tag) is not None]
        self._tags = found.filter(~pl.col("tag").is_in(barred))
        self._everybody = _people(self._tags)
        self._persons = profiles["person_id"].n_unique()

    def more(self, people: pl.Series, disclosure: Disclosure, shown: int) -> list[FacetValue]:
        """At most ``shown`` interests that these people (ids, each once) have more than everybody, surest first.

        The people are a group that nobody made up by a question: what all of them have may be told.
        """
        found = _people(self._tags.filter(pl.col("person_id").is_in(people.implode())))
        of_all = {tag for tag, number in found.items() if number == len(people)}
        beside = Comparison(len(people), self._persons, disclosure)
        return [FacetValue(**row) for row in beside.more(found, self._everybody, shown, certain=of_all)]


def _people(tags: pl.DataFrame) -> dict[str, int]:
    return dict(tags.group_by("tag").len().iter_rows())
