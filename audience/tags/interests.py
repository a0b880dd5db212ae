"""The interest taxonomy as audiences use it: the built-in tags and the team's own."""

from __future__ import annotations

from nlp.own_tags import OwnTagsError
from nlp.taxonomy import Taxonomy, TaxonomyError, taxonomy_with
from privacy.errors import BadInputError
from privacy.home import Home


def taxonomy(home: Home) -> Taxonomy:
    """The taxonomy of a home, read once a change. Raises BadInputError where ``tags.toml`` can't be read."""
    try:
        return taxonomy_with(home.own_tags)
    except (OwnTagsError, TaxonomyError) as error:
        raise BadInputError(str(error), f"mend {home.own_tags}") from error
