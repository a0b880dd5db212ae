"""What the tag model of a home is fitted for: the taxonomy with the team's own tags, and the words struck out."""

from __future__ import annotations

from dataclasses import dataclass, field

from nlp.own_tags import OwnTagsError, read_own_tags
from nlp.taxonomy import Taxonomy, TaxonomyError, load_taxonomy, taxonomy_with
from privacy.errors import BadInputError
from privacy.home import Home
from privacy.sensitive import sensitive_matter


@dataclass(frozen=True, slots=True)
class TagPlan:
    """``veto`` holds ``tag:word`` in lower case."""

    taxonomy: Taxonomy = field(default_factory=load_taxonomy)
    veto: frozenset[str] = frozenset()

    @classmethod
    def of(cls, home: Home) -> TagPlan:
        """The plan of a home. BadInputError where ``tags.toml`` can't be read or has a tag that may not be."""
        try:
            own, taxonomy = read_own_tags(home.own_tags), taxonomy_with(home.own_tags)
        except (OwnTagsError, TaxonomyError) as error:
            raise BadInputError(str(error), f"mend {home.own_tags}, or see: renqun tags list") from error
        for tag in own.tags:
            for text in (tag.name, tag.parent, *tag.words):
                if matter := sensitive_matter(text):
                    raise BadInputError(
                        f"the own tag {tag.name} names a matter that may not stand for a person: {matter}",
                        f"remove it: renqun tags remove {tag.name}",
                    )
        return cls(taxonomy, frozenset(f"{tag}:{word}".lower() for tag, word in own.vetoes))
