"""Interest tags from outside: the list, the words behind one, and how often a tag is right on posts that people judge."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl

from audience.errors import NotMinedError
from audience.index.opened import first_step
from audience.search.excerpts import excerpt
from audience.tags.answers import SamplePost, TagInfo, TagPrecision, TagSample, TagWord, TagWords
from audience.tags.interests import taxonomy
from audience.tags.own import own_tags
from graph.intervals import wilson
from lake.store import Lake
from nlp.tags import Grown, TagModel, TagModelError
from privacy.audit import record
from privacy.disclosure import Disclosure, Role, require
from privacy.errors import BadInputError, NotFoundError
from privacy.home import Home
from privacy.sensitive import sensitive_matter

CLEAR = 0.5  # probability from which a post counts as tagged
MOST_POSTS = 200
_MODEL = ("current", "tags")


def tag_list(home: Home, own_only: bool = False, disclosure: Disclosure | None = None) -> list[TagInfo]:
    """All tags in the taxonomy's order, own ones last, with how many people have each."""
    disclosure = disclosure or Disclosure.from_settings()
    tree, own = taxonomy(home), own_tags(home)
    people = _people(home)
    found = []
    for tag in tree.tags:
        mine = own.find(tag)
        if sensitive_matter(tag) or (own_only and mine is None):
            continue
        found.append(
            TagInfo(
                tag=tag,
                parent=tree.parent_of[tag],
                own=mine is not None,
                words=list(tree.words_of(tag)),
                examples=mine.examples if mine else 0,
                people=disclosure.count(people[tag]) if tag in people else None,
            )
        )
    return found


def tag_words(home: Home, tag: str, disclosure: Disclosure | None = None) -> TagWords:
    """The words that tell a tag, each with its reason; vetoes are marked, also those that wait for the next mining.

    Raises NotFoundError for an unknown tag, NotMinedError where no model was fitted yet.
    """
    disclosure = disclosure or Disclosure.from_settings()
    tree, own = taxonomy(home), own_tags(home)
    _check(home, tag)
    model = _model(home)
    told = model.words_of(tag) if tag in model.tags else []
    struck = {word for name, word in own.vetoes if name == tag}
    words = [
        _told(entry, entry.word in struck, disclosure) for entry in told if not sensitive_matter(entry.word)
    ]
    seen = {entry.word for entry in told}
    silent = [word for word in tree.words_of(tag) if word not in seen]
    words += [_silent(word, "seed", False, "no post has it yet, or too many do") for word in silent]
    gone = sorted(struck - seen - set(silent))
    words += [_silent(word, "grown", True, "struck out") for word in gone]
    vetoes = frozenset(f"{name}:{word}".lower() for name, word in own.vetoes)
    return TagWords(tag=tag, parent=tree.parent_of[tag], words=words, waiting=not model.is_of(tree, vetoes))


def tag_sample(
    home: Home,
    tag: str,
    posts: int = 20,
    seed: int = 7,
    role: Role = Role.PLANNER,
    who: str = "local",
    disclosure: Disclosure | None = None,
) -> TagSample:
    """Draw posts that got the tag, redacted, for people to judge: the same for the same seed. Role: planner, audited.

    Posts that may not be shown are left out, and those that name a sensitive matter. Raises NotFoundError,
    NotMinedError.
    """
    require(role, Role.PLANNER)
    if not 1 <= posts <= MOST_POSTS:
        raise BadInputError(f"a sample has 1 to {MOST_POSTS} posts")
    if seed < 0:
        raise BadInputError("a seed is 0 or more", "leave it out for 7")
    disclosure = disclosure or Disclosure.from_settings()
    _check(home, tag)
    tagged = _tagged(home, tag)
    record(home, who, role, "tags sample", {"tag": tag, "posts": min(posts, tagged.height), "seed": seed})
    if disclosure.hidden(tagged["account_id"].n_unique()):
        return TagSample(tag=tag, hidden=True, reason=f"fewer than {disclosure.k} people wrote on it")
    drawn = np.sort(np.random.default_rng(seed).permutation(tagged.height)[: 2 * posts])
    shown = _shown(home, tagged[drawn])[:posts]
    return TagSample(
        tag=tag,
        hidden=False,
        tagged=disclosure.rounded(tagged.height),
        expected=round(float(np.mean([post.probability for post in shown])), 3) if shown else None,
        posts=shown,
    )


def tag_precision(
    home: Home, tag: str, judged: Mapping[str, bool], role: Role = Role.PLANNER, who: str = "local"
) -> TagPrecision:
    """Precision of a tag by judged posts (post id to whether it is right). Role: planner.

    Raises BadInputError where nothing was judged, or a post did not get the tag.
    """
    require(role, Role.PLANNER)
    _check(home, tag)
    if not judged:
        raise BadInputError("no post was judged", f"draw some: renqun tags check {tag} --sample")
    strange = sorted(set(judged) - set(_tagged(home, tag)["post_id"]))
    if strange:
        raise BadInputError(
            f"{strange[0]} is no post with the tag {tag}", "judge posts that renqun tags check drew for it"
        )
    right = sum(judged.values())
    low, high = wilson(right, len(judged))
    record(home, who, role, "tags check", {"tag": tag, "judged": len(judged), "right": right})
    return TagPrecision(
        tag=tag,
        judged=len(judged),
        right=right,
        precision=round(right / len(judged), 4),
        low=round(low, 4),
        high=round(high, 4),
    )


def _check(home: Home, tag: str) -> None:
    if tag not in taxonomy(home).parent_of or sensitive_matter(tag):
        raise NotFoundError(f"there is no tag {tag}", "see: renqun tags list")


def _model(home: Home) -> TagModel:
    folder = home.models.joinpath(*_MODEL)
    if not folder.exists():
        raise NotMinedError(
            "the words of tags are learned by mining, and nothing was mined yet", first_step(home)
        )
    try:
        return TagModel.load(folder)
    except TagModelError as error:
        raise NotMinedError(f"no tag model is there to read: {error}") from error


def _people(home: Home) -> dict[str, int]:
    lake = Lake(home)
    if not lake.exists("profiles"):
        return {}
    held = lake.read("profiles", columns=["person_id", "tags"]).explode("tags").drop_nulls("tags")
    named = held.with_columns(pl.col("tags").struct.field("tag"))
    return dict(named.group_by("tag").agg(pl.col("person_id").n_unique()).iter_rows())


def _told(entry: Grown, vetoed: bool, disclosure: Disclosure) -> TagWord:
    known = not disclosure.hidden(int(entry.accounts))
    seen = entry.posts >= 1
    return TagWord(
        word=entry.word,
        origin="seed" if entry.seed else "grown",
        pmi=round(entry.pmi, 2) if seen else None,
        z=round(entry.z, 1) if seen else None,
        posts=disclosure.rounded(int(entry.posts)) if known else None,
        vetoed=vetoed,
        reason=entry.reason if seen else "no post has it yet",
    )


def _silent(word: str, origin: str, vetoed: bool, reason: str) -> TagWord:
    return TagWord.model_validate(
        {
            "word": word,
            "origin": origin,
            "pmi": None,
            "z": None,
            "posts": None,
            "vetoed": vetoed,
            "reason": reason,
        }
    )


def _tagged(home: Home, tag: str) -> pl.DataFrame:
    """post_id, account_id, p of the searchable posts with the tag, by post id."""
    lake = Lake(home)
    if not lake.exists("annotations"):
        raise NotMinedError("no posts were mined yet", first_step(home))
    rows = lake.read("annotations", columns=["post_id", "account_id", "searchable", "tags", "tag_probs"])
    return (
        rows.filter(pl.col("searchable"), pl.col("tags").list.contains(tag))
        .explode("tags", "tag_probs")
        .filter(pl.col("tags") == tag, pl.col("tag_probs") >= CLEAR)
        .select("post_id", "account_id", pl.col("tag_probs").alias("p"))
        .sort("post_id")
    )


def _shown(home: Home, drawn: pl.DataFrame) -> list[SamplePost]:
    wanted = pl.col("id").is_in(drawn["post_id"].implode())
    posts = Lake(home).read(
        "posts", columns=["id", "created_at", "title", "text", "searchable"], where=wanted
    )
    rows = drawn.join(posts.filter("searchable"), left_on="post_id", right_on="id").sort("post_id")
    found = []
    for row in rows.iter_rows(named=True):
        text = " ".join(part for part in (row["title"], row["text"]) if part)
        if sensitive_matter(text) is None:
            found.append(
                SamplePost(
                    post_id=row["post_id"],
                    at=row["created_at"],
                    probability=round(row["p"], 3),
                    excerpt=excerpt(text, ()).text,
                )
            )
    return found
