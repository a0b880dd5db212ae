"""The words that mining learned to tell each interest by, beside those that it begins with."""

from __future__ import annotations

from collections.abc import Iterator

from privacy.home import Home
from privacy.sensitive import sensitive_matter

_LEAST = 2  # characters: a single one stands in many other words


def grown_words(home: Home) -> dict[str, list[str]]:
    """Tag to the words that it grew, as texts have them, the surest first; none where there is no model that can be read."""
    from nlp.tags import TagModel, TagModelError

    try:
        entries = TagModel.load(home.models / "current" / "tags").grown()
    except TagModelError:
        return {}
    found: dict[str, list[str]] = {}
    for entry in entries:
        if sensitive_matter(entry.word) is None:
            written = [form for form in _written(entry.word) if len(form) >= _LEAST]
            found.setdefault(entry.tag, []).extend(written)
    return found


def _written(word: str) -> Iterator[str]:
    """How it stands in a text: a pair (``蛋卷 桌``) mostly without its space, a board (``@…``) not at all."""
    if not word.startswith("@"):
        yield word.removeprefix("#")
    if " " in word:
        yield word.replace(" ", "")
