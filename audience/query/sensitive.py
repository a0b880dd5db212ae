"""Sensitive matters in queries: in one condition, or spread over words that stand side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

from audience.errors import SensitiveQueryError
from audience.query.model import AudienceQuery, Words
from privacy.sensitive import sensitive_matter


def refuse_sensitive(text: str) -> None:
    """Raises SensitiveQueryError, without a place, where ``text`` is on a matter that people may not be searched by."""
    matter = _matter_of(text)
    if matter is not None:
        raise refusal(matter)


def refusal(matter: str) -> SensitiveQueryError:
    """The error for a condition on this matter."""
    return SensitiveQueryError(
        f"people may not be searched by this: {matter}",
        "leave the condition out; sensitive matters are listed in privacy/sensitive.toml",
    )


def spread_matter(query: AudienceQuery) -> tuple[Words, str] | None:
    """The first of the words that make up a sensitive matter only together, in either order, and the matter."""
    for words in _together(query):
        for order in (words, words[::-1]):
            matter = _joined(order)
            if matter is not None:
                return _first(words, order), matter
    return None


def _first(words: Sequence[Words], order: Sequence[Words]) -> Words:
    """Of words that make up a matter in this order, those before and behind it left off, the first as written."""
    while len(order) > 1 and _joined(order[1:]):
        order = order[1:]
    while len(order) > 1 and _joined(order[:-1]):
        order = order[:-1]
    return next(word for word in words if word in order)


def _joined(words: Sequence[Words]) -> str | None:
    return _matter_of("".join(word.value for word in words))


def _together(query: AudienceQuery) -> Iterator[list[Words]]:
    """The words that each group asks for side by side: a matter may be spread over conditions."""
    for nodes in (query.all, query.none):
        words = [node for node in nodes if isinstance(node, Words)]
        if len(words) > 1:
            yield words
    for node in query.children():
        if isinstance(node, AudienceQuery):
            yield from _together(node)


@lru_cache(maxsize=4_096)
def _matter_of(text: str) -> str | None:
    """Also with the spaces taken out and traditional or full-width forms made plain, so that no spelling slips by."""
    from nlp.normalise import normalise

    plain = normalise(text)
    forms = (text, plain, "".join(plain.split()))
    return next((matter for form in forms if (matter := sensitive_matter(form)) is not None), None)
