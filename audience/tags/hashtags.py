"""Hashtags that suit a text, as people of the lake use them."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from pydantic import Field

from audience.answer import Answer
from audience.errors import NotMinedError
from audience.index.build import user_words
from nlp.hashtags import LIKELY, HashtagModel
from nlp.normalise import normalise
from nlp.segment import Segmenter
from privacy.disclosure import Role, require
from privacy.errors import BadInputError
from privacy.home import Home

LONGEST = 10_000  # characters
MOST = 10
_FOLDER = "hashtags"


class HashtagSuggestion(Answer):
    """A hashtag, and how likely it is that the author of such a text gives it (0 to 1)."""

    hashtag: str
    score: float


class HashtagsAnswer(Answer):
    """Hashtags that suit the text, likeliest first; empty where nothing speaks for any."""

    suggestions: list[HashtagSuggestion] = Field(default_factory=list)
    known: int = Field(description="hashtags that can be suggested: those that enough people use")


def suggest_hashtags(
    home: Home, text: str, limit: int = 3, role: Role = Role.ANALYST, least: float = LIKELY
) -> HashtagsAnswer:
    """Suggest up to ``limit`` hashtags for a text; beside the first, none less likely than ``least``. Needs role analyst.

    Raises BadInputError for an empty or overlong text or a limit or ``least`` out of bounds, NotMinedError where none were learned.
    """
    require(role, Role.ANALYST)
    if not 1 <= limit <= MOST:
        raise BadInputError(f"limit is 1 to {MOST}", "leave it out for three")
    if not 0 <= least <= 1:
        raise BadInputError("the least chance is 0 to 1", f"leave it out for {LIKELY}")
    if len(text) > LONGEST:
        raise BadInputError(f"the text has more than {LONGEST:,} characters", "give a shorter one")
    words = Segmenter(user_words(home)).cut(normalise(text))
    if not words:
        raise BadInputError("the text has no words", "for example 周末去营地搭了新买的天幕")
    file = home.models / _FOLDER / "hashtags.joblib"
    model = _model(file.parent, file.stat().st_mtime_ns) if file.is_file() else None
    if model is None:
        raise NotMinedError("no hashtags were learned yet", "run: renqun hashtags learn")
    found = model.suggest([words], limit, least)[0]
    suggestions = [HashtagSuggestion(hashtag=tag, score=score) for tag, score in found]
    return HashtagsAnswer(suggestions=suggestions, known=len(model.names))


@lru_cache(maxsize=2)
def _model(folder: Path, changed: int) -> HashtagModel | None:
    del changed  # a file that was written anew is read anew
    return HashtagModel.load(folder)
