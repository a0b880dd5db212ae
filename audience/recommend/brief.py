"""From a campaign brief, pasted as text, to audiences: which interests, brands and regions it names, and who has them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from audience.disclosure.guard import told
from audience.index.opened import OpenIndex, open_index
from audience.query.model import AudienceQuery, Condition, Interest, Named, Words
from audience.query.reading import reading
from audience.query.text import to_text
from audience.recommend.answers import BriefAnswer, SuggestedAudience
from audience.recommend.brief_words import Read, read_brief
from audience.search.ask import search
from audience.search.read import read_query
from audience.tags.interests import taxonomy
from privacy.audit import record
from privacy.disclosure import Disclosure, Role, require
from privacy.errors import BadInputError
from privacy.home import Home

MAX_LENGTH = 20_000
LEVEL = 3
_TAGS, _WORDS = 3, 5


def brief(
    home: Home,
    text: str,
    role: Role = Role.ANALYST,
    who: str = "local",
    disclosure: Disclosure | None = None,
) -> BriefAnswer:
    """Suggest audiences for a brief, each with its size. Needs role analyst.

    The interests named (by themselves or by their words) at level 3 or more make the first suggestion, narrowed to regions
    that the brief names. Where it is too small, interests of any level and then the top interests above them are
    suggested (cold start by the taxonomy); then who posts the brief's words, and who follows what those people
    follow more than everybody.

    Raises:
        BadInputError: no text, too much of it, or nothing in it that is known.
        NotMinedError: there is no index.
    """
    require(role, Role.ANALYST)
    disclosure = disclosure or Disclosure.from_settings()
    if not text.strip():
        raise BadInputError("the brief is empty", "paste a few sentences about the product and its buyers")
    if len(text) > MAX_LENGTH:
        raise BadInputError(
            f"the brief is longer than {MAX_LENGTH:,} characters", "paste the part on the buyers"
        )
    index = open_index(home)
    interests = taxonomy(home)
    read = read_brief(index, text, interests, disclosure.k)
    if not read.matches and not read.words:
        raise BadInputError(
            "nothing in the brief is known: no interest, brand, region or word that people use",
            "name the product, what it is for and who buys it",
        )
    suggestions = [
        found
        for why, query in _queries(read, interests.parent_of)
        if (found := _sized(index, query, why, disclosure)) is not None
    ]
    shown = [one for one in suggestions if not one.hidden]
    use = []
    if shown:
        first = search(
            home, shown[0].query, limit=0, facets=("follows",), role=role, who=who, disclosure=disclosure
        )
        use = first.over_indexed
        followed = [v.value for facet in first.facets for v in facet.values if v.low > 100][:_TAGS]
        if followed:
            also = AudienceQuery(any=tuple(Named(field="follows", value=name) for name in followed))
            found = _sized(
                index, also, "they follow what the first audience follows more than everybody", disclosure
            )
            suggestions += [found] if found is not None else []
    answer = BriefAnswer(
        matches=read.matches,
        suggestions=sorted(suggestions, key=lambda one: one.hidden),
        use=use,
        unknown=read.unknown,
        k=disclosure.k,
        warnings=_warnings(read, shown),
    )
    record(home, who, role, "brief", {"queries": [one.query for one in answer.suggestions]})
    return answer


def _queries(read: Read, parent_of: Mapping[str, str]) -> list[tuple[str, AudienceQuery]]:
    """Why and what, best fit first; a query that another gives already comes once."""
    tags = [match.value for match in read.matches if match.field == "tag"][:_TAGS]
    parents = [match.value for match in read.matches if match.field == "parent"]
    above = list(dict.fromkeys([*parents, *(parent_of[tag] for tag in tags)]))[:_TAGS]
    brands = [match.value for match in read.matches if match.field == "follows"]
    regions = tuple(
        Named(field="region", value=match.value) for match in read.matches if match.field == "region"
    )
    strong = [Interest(field="tag", value=tag, min=LEVEL) for tag in tags]
    weak = [Interest(field="tag", value=tag) for tag in tags]
    top = [Interest(field="parent", value=parent) for parent in above]
    follow = [Named(field="follows", value=name) for name in brands]
    words = [Words(field="words", value=word) for word in read.words[:_WORDS]]
    offered: list[tuple[str, Sequence[Condition]]] = [
        (f"the interests that the brief names, at level {LEVEL} or more", strong),
        ("the same interests at any level", weak),
        ("the top interests above them", top),
        ("they follow the brands that the brief names", follow),
        ("they post the brief's words", words),
    ]
    found: dict[str, tuple[str, AudienceQuery]] = {}
    for why, conditions in offered:
        for places, where in ((regions, ", in the regions that it names"), ((), "")):
            if not conditions or (where and not places):
                continue
            query = AudienceQuery(all=(AudienceQuery(any=tuple(conditions)), *_any(places)))
            found.setdefault(to_text(query), (why + where, query))
    return list(found.values())


def _any(places: Sequence[Condition]) -> tuple[AudienceQuery, ...]:
    return (AudienceQuery(any=tuple(places)),) if places else ()


def _sized(
    index: OpenIndex, query: AudienceQuery, why: str, disclosure: Disclosure
) -> SuggestedAudience | None:
    asked, resolved = read_query(index, query, disclosure.k)
    shown = told(index, resolved, index.scope(), disclosure)
    return SuggestedAudience(
        query=to_text(asked),
        reading=reading(asked, index.names),
        why=why,
        hidden=bool(shown.hidden),
        total=None if shown.hidden else disclosure.count(shown.total),
        notes=shown.notes(disclosure.k),
    )


def _warnings(read: Read, shown: Sequence[SuggestedAudience]) -> list[str]:
    warnings = [f"left out, since it is a sensitive matter: {matter}" for matter in read.sensitive]
    if not shown:
        warnings.append("each of these audiences is too small to be shown: collect more, or widen the brief")
    return warnings
