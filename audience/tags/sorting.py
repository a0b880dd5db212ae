"""Sort the lake's posts into classes that only have a name and a few words: for shares of talk, never for people.

A post may be about politics or health, so classes may be named so here; nothing of it is kept, and no account gets a class.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from audience.errors import NotMinedError
from audience.index.opened import first_step
from audience.tags.answers import SortedClass, SortedPosts
from audience.tags.own import refuse_long
from graph.intervals import wilson
from lake.store import Lake
from nlp.kernels import MOST
from nlp.normalise import normalise
from privacy.disclosure import Disclosure, Role, require
from privacy.errors import BadInputError
from privacy.home import Home

LEAST_POSTS = 500  # fewer hold too little text to learn from
MOST_CLASSES = 30
SURE = 0.5  # expected share from which a post counts as of a class
_SIZE, _EPOCHS = 64, 3
_SPAM = 0.7


def sort_posts(
    home: Home,
    classes: Mapping[str, Sequence[str]],
    role: Role = Role.ANALYST,
    disclosure: Disclosure | None = None,
) -> SortedPosts:
    """Shares of the posts by class, learned from the posts themselves without any label. Role: analyst.

    At most 12,000 posts are drawn, evenly; a post that no class has for sure is left over.

    Raises:
        BadInputError: fewer than two classes or too many, a class whose words stand in no post, too few posts.
        NotMinedError: nothing was mined yet.
    """
    from nlp.self_training import SelfTrained
    from nlp.vectors import WordVectors

    require(role, Role.ANALYST)
    disclosure = disclosure or Disclosure.from_settings()
    seeds = _seeds(classes)
    posts = _drawn(home)
    docs = posts["words"].str.split(" ").to_list()
    _refuse_unheard(seeds, posts["words"])
    model = SelfTrained(seeds).fit(docs, WordVectors.fit(docs, size=_SIZE, epochs=_EPOCHS))
    expected = model.predict(docs)
    best, sure = expected.argmax(axis=1), expected.max(axis=1) >= SURE
    names = pl.Series("name", list(seeds), dtype=pl.String).gather(best)
    sorted_posts = posts.select("account_id", names.alias("name")).filter(pl.Series(sure))
    counted = sorted_posts.group_by("name").agg(pl.len(), pl.col("account_id").n_unique().alias("people"))
    found = {name: (count, people) for name, count, people in counted.iter_rows()}
    told = [_told(name, *found.get(name, (0, 0)), posts.height, disclosure) for name in seeds]
    return SortedPosts(
        posts=disclosure.rounded(posts.height),
        left_over=round(1.0 - sorted_posts.height / posts.height, 4),
        classes=sorted(told, key=lambda one: (-(one.share or 0.0), one.name)),
    )


def _seeds(classes: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    if not 2 <= len(classes) <= MOST_CLASSES:
        raise BadInputError(f"posts are sorted into 2 to {MOST_CLASSES} classes, not {len(classes)}")
    seeds = {
        name: list(dict.fromkeys(word for text in words for word in normalise(text).lower().split()))
        for name, words in classes.items()
    }
    if empty := [name for name, words in seeds.items() if not words]:
        raise BadInputError(f"the class {empty[0]} has no words", "give each class three words or more")
    for words in seeds.values():
        refuse_long(words)
    return seeds


def _drawn(home: Home) -> pl.DataFrame:
    lake = Lake(home)
    if not lake.exists("annotations"):
        raise NotMinedError("no posts were mined yet", first_step(home))
    posts = lake.read("annotations", columns=["post_id", "account_id", "words", "spam"])
    posts = posts.filter(pl.col("spam").fill_null(0.0) < _SPAM, pl.col("words") != "").sort("post_id")
    if posts.height < LEAST_POSTS:
        raise BadInputError(
            f"{posts.height} posts are too few to learn classes from",
            f"collect {LEAST_POSTS} or more, and mine them",
        )
    return posts.gather_every(-(-posts.height // MOST))


def _refuse_unheard(seeds: Mapping[str, Sequence[str]], words: pl.Series) -> None:
    texts = words.str.replace_all(" ", "", literal=True)
    for name, said in seeds.items():
        if not texts.str.contains_any(list(said)).any():
            raise BadInputError(f"no post has a word of the class {name}", "name words that people use")


def _told(name: str, count: int, people: int, posts: int, disclosure: Disclosure) -> SortedClass:
    if disclosure.hidden(people):
        return SortedClass(name=name, hidden=True)
    low, high = wilson(count, posts)
    return SortedClass(
        name=name,
        hidden=False,
        posts=disclosure.rounded(count),
        share=round(count / posts, 4),
        low=round(low, 4),
        high=round(high, 4),
    )
