"""Interest tags: which there are, the words behind one, a team's own, and how often a tag is right."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from api.examples.kinds import answers
from api.examples.words import (
    CLASSES,
    JUDGED,
    OWN_TAG_REQUEST,
    SORTED_POSTS,
    TAG_PRECISION,
    TAG_SAMPLE,
    TAG_WORDS_ANSWER,
    TAGS_ANSWER,
)
from api.guard import Analyst, HomeIn, Planner
from audience.tags import own as own_tags
from audience.tags.answers import SortedPosts, TagInfo, TagPrecision, TagSample, TagWords
from audience.tags.lexicon import MOST_POSTS, tag_list, tag_precision, tag_sample, tag_words
from audience.tags.sorting import sort_posts
from nlp.own_tags import OWN_PARENT

router = APIRouter(tags=["tags"])
Tag = Annotated[str, Path(description="a second-level tag", examples=["露营"])]


class OwnTagRequest(BaseModel):
    """A tag of the team's: by words, by example posts, or both."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [OWN_TAG_REQUEST]})

    name: str
    words: list[str] = []
    examples: list[str] = Field(default=[], description="posts; only the words that set them apart are kept")
    parent: str = OWN_PARENT


class VetoRequest(BaseModel):
    """A word to strike out of a tag, or to take back."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"word": "灯", "undo": False}]})

    word: str
    undo: bool = False


@router.get("/tags", responses=answers(tags=TAGS_ANSWER))
def list_tags(
    home: HomeIn, caller: Analyst, own: Annotated[bool, Query(description="only the team's own")] = False
) -> list[TagInfo]:
    """The tags, with how many people have each. Role: analyst."""
    del caller
    return tag_list(home, own)


@router.post("/tags", responses=answers(tag=TAGS_ANSWER[0]))
def add_tag(home: HomeIn, caller: Planner, request: Annotated[OwnTagRequest, Body()]) -> TagInfo:
    """Add an own tag, or replace it; it counts from the next `renqun mine` on. Role: planner."""
    tag = own_tags.add(
        home, request.name, request.words, request.examples, request.parent, caller.role, caller.name
    )
    return next(one for one in tag_list(home, own_only=True) if one.tag == tag.name)


@router.post("/tags/sort", responses=answers(sorted=SORTED_POSTS))
def sort_by_classes(
    home: HomeIn,
    caller: Analyst,
    classes: Annotated[dict[str, list[str]], Body(examples=[CLASSES], description="class to its words")],
) -> SortedPosts:
    """Shares of posts by classes that have only a few words each; of posts alone, never of people. Role: analyst."""
    return sort_posts(home, classes, caller.role)


@router.delete("/tags/{tag}", status_code=204)
def remove_tag(home: HomeIn, caller: Planner, tag: Tag) -> None:
    """Take an own tag away. Role: planner."""
    own_tags.remove(home, tag, caller.role, caller.name)


@router.get("/tags/{tag}/words", responses=answers(words=TAG_WORDS_ANSWER))
def words_of_tag(home: HomeIn, caller: Analyst, tag: Tag) -> TagWords:
    """The words that tell a tag, each with its reason. Role: analyst."""
    del caller
    return tag_words(home, tag)


@router.post("/tags/{tag}/vetoes", status_code=204)
def veto_word(home: HomeIn, caller: Planner, tag: Tag, request: Annotated[VetoRequest, Body()]) -> None:
    """Strike a word out of a tag, or take that back; counts from the next `renqun mine` on. Role: planner."""
    own_tags.veto(home, tag, request.word, request.undo, caller.role, caller.name)


@router.get("/tags/{tag}/sample", responses=answers(sample=TAG_SAMPLE))
def sample_of_tag(
    home: HomeIn,
    caller: Planner,
    tag: Tag,
    posts: Annotated[int, Query(ge=1, le=MOST_POSTS)] = 20,
    seed: Annotated[int, Query(description="another number draws other posts")] = 7,
) -> TagSample:
    """Posts that got a tag, redacted, to be judged. Role: planner, audited."""
    return tag_sample(home, tag, posts, seed, caller.role, caller.name)


@router.post("/tags/{tag}/precision", responses=answers(precision=TAG_PRECISION))
def precision_of_tag(
    home: HomeIn,
    caller: Planner,
    tag: Tag,
    judged: Annotated[dict[str, bool], Body(examples=[JUDGED], description="post id to whether it is right")],
) -> TagPrecision:
    """How often a tag is right, by judged posts, with the 95 % interval. Role: planner."""
    return tag_precision(home, tag, judged, caller.role, caller.name)
