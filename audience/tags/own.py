"""The team's own tags and vetoes, kept in ``tags.toml``: they take effect with the next ``renqun mine``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

import polars as pl

from audience.errors import SensitiveQueryError
from audience.index.build import user_words
from audience.tags.interests import taxonomy
from lake.locks import held
from lake.store import Lake
from nlp.normalise import normalise, normalise_all
from nlp.own_tags import (
    COMMON,
    COMMON_OF,
    OWN_PARENT,
    OwnTag,
    OwnTags,
    OwnTagsError,
    read_own_tags,
    telling_words,
)
from nlp.taxonomy import TaxonomyError, load_taxonomy
from privacy.audit import record
from privacy.disclosure import Role, require
from privacy.errors import BadInputError, NotFoundError
from privacy.home import Home
from privacy.policies import toml_value, write_text
from privacy.redact import redact_all
from privacy.sensitive import sensitive_matter

LEAST_EXAMPLES = 3
MOST_WORDS = 100
LONGEST_NAME = 20
LONGEST_WORD = 40
_BACKGROUND = 20_000


def own_tags(home: Home) -> OwnTags:
    """What ``tags.toml`` holds. Raises BadInputError where it can't be read."""
    try:
        return read_own_tags(home.own_tags)
    except OwnTagsError as error:
        raise BadInputError(str(error), f"mend {home.own_tags}") from error


def add(
    home: Home,
    name: str,
    words: Sequence[str] = (),
    examples: Sequence[str] = (),
    parent: str = OWN_PARENT,
    role: Role = Role.PLANNER,
    who: str = "local",
) -> OwnTag:
    """Add an own tag by words, by example posts, or both; an own tag of that name is replaced.

    Of examples only the words that set them apart from the lake's posts are kept. Role: planner.

    Raises:
        BadInputError: no words, too few examples, a name that is taken, a word that stands in too many posts.
        SensitiveQueryError: the name, a word or an example is about a matter that may not stand for a person.
    """
    require(role, Role.PLANNER)
    name, parent = _name(name, "tag"), _name(parent, "top interest")
    for text in (name, parent, *words, "".join(words), "".join(reversed(words))):
        _refuse_sensitive(text)
    chosen = _chosen(words)
    if not chosen and not examples:
        raise BadInputError(f"the tag {name} needs words or example posts", "such as: --words 登山包,登山鞋")
    drawn = _drawn(home, examples) if examples else []
    every = tuple(dict.fromkeys((*chosen, *drawn)))[:MOST_WORDS]
    _refuse_common(home, (name, *chosen))
    tag = OwnTag(name, every, parent, len(examples))
    with _changing(home):
        before = own_tags(home)
        _write(home, replace(before, tags=(*(one for one in before.tags if one.name != name), tag)))
    record(home, who, role, "tags add", {"tag": name, "words": len(every), "examples": len(examples)})
    return tag


def remove(home: Home, name: str, role: Role = Role.PLANNER, who: str = "local") -> None:
    """Take an own tag away. Raises NotFoundError where there is none of this name. Role: planner."""
    require(role, Role.PLANNER)
    with _changing(home):
        before = own_tags(home)
        if before.find(name) is None:
            what = (
                "is built in: strike its words out instead"
                if name in load_taxonomy().tags
                else "is not there"
            )
            raise NotFoundError(f"the own tag {name} {what}", "see: renqun tags list --own")
        kept = tuple(tag for tag in before.tags if tag.name != name)
        vetoes = tuple(veto for veto in before.vetoes if veto[0] != name)
        _write(home, OwnTags(kept, vetoes))
    record(home, who, role, "tags remove", {"tag": name})


def veto(
    home: Home,
    tag: str,
    word: str,
    undo: bool = False,
    role: Role = Role.PLANNER,
    who: str = "local",
) -> None:
    """Strike a word out of a tag, or take that back. Role: planner.

    Raises NotFoundError for an unknown tag, or an undo of what was not struck out; BadInputError for the tag's name.
    """
    require(role, Role.PLANNER)
    word = " ".join(normalise(word).lower().split())
    if tag not in taxonomy(home).parent_of:
        raise NotFoundError(f"there is no tag {tag}", "see: renqun tags list")
    if not word or word == tag.lower():
        raise BadInputError(
            "a tag's own name can't be struck out", f"own tags go with: renqun tags remove {tag}"
        )
    refuse_long([word])
    with _changing(home):
        before = own_tags(home)
        entry = (tag, word)
        if undo and entry not in before.vetoes:
            raise NotFoundError(f"{word} is not struck out of {tag}", f"see: renqun tags words {tag}")
        others = tuple(one for one in before.vetoes if one != entry)
        _write(home, replace(before, vetoes=others if undo else (*others, entry)))
    record(home, who, role, "tags veto", {"tag": tag, "word": word, "undo": undo})


@contextmanager
def _changing(home: Home) -> Iterator[None]:
    home.root.mkdir(parents=True, exist_ok=True)
    with held(home.own_tags.with_suffix(".lock")):
        yield


def _write(home: Home, own: OwnTags) -> None:
    """Check that the taxonomy takes them, then replace the file at once."""
    try:
        load_taxonomy().extended(own)
    except TaxonomyError as error:
        raise BadInputError(str(error), "choose another name") from error
    entries = [
        f"[[tag]]\nname = {toml_value(tag.name)}\nparent = {toml_value(tag.parent)}\n"
        f"words = {toml_value(tag.words)}\nexamples = {tag.examples}\n"
        for tag in own.tags
    ]
    entries += [f"[[veto]]\ntag = {toml_value(tag)}\nword = {toml_value(word)}\n" for tag, word in own.vetoes]
    write_text(home, home.own_tags, "\n".join(entries))


def _name(text: str, what: str) -> str:
    name = normalise(text).replace(" ", "")
    if not name or len(name) > LONGEST_NAME or name[0] in "#@" or ":" in name:
        raise BadInputError(
            f"{text!r} can't name a {what}", f"1 to {LONGEST_NAME} characters without spaces, # or :"
        )
    return name


def _chosen(words: Sequence[str]) -> list[str]:
    """Words as posts have them; BadInputError for those of one character, which stand in everything, and endless ones."""
    found = list(dict.fromkeys(word for text in words for word in normalise(text).lower().split()))
    if short := [word for word in found if len(word) < 2]:
        raise BadInputError(
            f"{short[0]!r} is a single character: it would be found in everything",
            "give words of two or more",
        )
    refuse_long(found)
    if len(found) > MOST_WORDS:
        raise BadInputError(
            f"a tag takes at most {MOST_WORDS} words, not {len(found)}", "give the most telling ones"
        )
    return found


def refuse_long(words: Sequence[str]) -> None:
    """Raises BadInputError for a word that no post has, and that would take long to look for."""
    if long := next((word for word in words if len(word) > LONGEST_WORD), None):
        raise BadInputError(
            f"{long[:LONGEST_WORD]}… has {len(long):,} characters", f"a word has {LONGEST_WORD} at most"
        )


def _refuse_sensitive(text: str, what: str = "a tag") -> None:
    plain = normalise(text)
    for form in (text, plain, "".join(plain.split())):
        if matter := sensitive_matter(form):
            raise SensitiveQueryError(
                f"{what} may not stand for a matter of this kind: {matter}",
                "sensitive matters are listed in privacy/sensitive.toml",
            )


def _words(home: Home) -> pl.Series:
    """The cut words of a part of the lake's posts, one text a post; none where nothing was mined yet."""
    lake = Lake(home)
    if not lake.exists("annotations"):
        return pl.Series("words", [], dtype=pl.String)
    words = lake.read("annotations", columns=["post_id", "words"]).sort("post_id")["words"]
    return words.gather_every(max(1, len(words) // _BACKGROUND))


def _drawn(home: Home, examples: Sequence[str]) -> list[str]:
    """The words that set the examples apart. Nothing else of them is kept."""
    from nlp.segment import Segmenter

    texts = [text for text in redact_all([one.strip() for one in examples]) if text]
    if len(texts) < LEAST_EXAMPLES:
        raise BadInputError(
            f"{len(texts)} example posts are too few to learn from",
            f"give {LEAST_EXAMPLES} or more, or --words",
        )
    for text in texts:
        _refuse_sensitive(text, "an example")
    docs = Segmenter(user_words(home)).cut_all(normalise_all(texts))
    told = [one.word for one in telling_words(docs, _words(home).str.split(" ").to_list())]
    if not told:
        raise BadInputError(
            "no word sets these examples apart from other posts",
            "give more of them, or name words with --words",
        )
    return told


def _refuse_common(home: Home, words: Sequence[str]) -> None:
    """Refuse words that stand in a large part of all posts, as words or inside others: they tell nothing apart."""
    texts = _words(home).str.replace_all(" ", "", literal=True)
    if len(texts) < COMMON_OF:
        return
    for word in words:
        share = float(texts.str.contains(word.replace(" ", ""), literal=True).mean() or 0.0)  # type: ignore[arg-type]
        if share > COMMON:
            raise BadInputError(
                f"{word!r} stands in {share:.0%} of all posts: it tells nothing apart",
                "choose words of the matter itself",
            )
