"""A team's own tags: by words or examples, found like built-in ones, judged, struck out, refused where sensitive."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from audience.errors import SensitiveQueryError
from audience.index.build import build
from audience.recommend.brief import brief
from audience.search.ask import search
from audience.tags.interests import taxonomy
from audience.tags.lexicon import tag_list, tag_precision, tag_sample, tag_words
from audience.tags.own import add, own_tags, remove, veto
from audience.worth.target import target
from lake.store import Lake
from mining.fresh import is_fresh
from mining.run import mine
from privacy.disclosure import Role
from privacy.errors import BadInputError, ForbiddenError, NotFoundError
from privacy.home import Home
from tests.mining.small_lake import AS_OF, collect, raw_rows

KITES = ["新扎的风筝终于放飞了", "风筝飞得真高，线轮转得飞快", "带着风筝去河边放飞", "线轮卡住，风筝落在树上"]


def _with_kites(folder: Path) -> Home:
    home = Home(folder)
    rows = raw_rows(range(90), 12, seed=1)
    for number, post in enumerate(rows.posts):
        if number % 12 < 6 and number < 60 * 12:
            post["text"] = f"{KITES[number % 4]} {number}"
    collect(home, rows, "run-1")
    mine(home, as_of=AS_OF)
    return home


@pytest.fixture(scope="module")
def lit(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A mined home with an own tag, refitted once."""
    home = _with_kites(tmp_path_factory.mktemp("lit"))
    assert is_fresh(home)
    add(home, "放风筝", examples=KITES, parent="户外")
    assert not is_fresh(home)
    topics = Lake(home).read("topics", columns=["topic"])
    report = mine(home, as_of=AS_OF)
    assert not report.refitted
    assert Lake(home).read("topics", columns=["topic"]).equals(topics)
    build(home)
    return home


def test_examples_leave_their_telling_words_alone(lit: Home) -> None:
    tag = own_tags(lit).find("放风筝")
    assert tag is not None
    assert tag.examples == 4
    assert any("风筝" in word for word in tag.words)
    assert all(len(word) <= 6 for word in tag.words)
    (info,) = tag_list(lit, own_only=True)
    assert (info.tag, info.parent, info.own) == ("放风筝", "户外", True)
    assert info.people is not None
    assert info.people >= 40


def test_own_tags_are_asked_for_like_others(lit: Home) -> None:
    found = search(lit, "tag:放风筝", facets=True)
    assert found.total is not None
    assert found.total >= 40
    below = search(lit, "tag:户外")
    assert below.total is not None
    assert below.total >= found.total
    facet = next(one for one in found.facets if one.field == "tag")
    assert "放风筝" in {value.value for value in facet.values}


def test_every_word_has_its_reason(lit: Home) -> None:
    answer = tag_words(lit, "放风筝")
    assert not answer.waiting
    told = [word for word in answer.words if word.pmi is not None]
    assert told
    assert all(word.reason for word in answer.words)
    assert {word.origin for word in answer.words} <= {"seed", "grown"}
    with pytest.raises(NotFoundError):
        tag_words(lit, "没有这个")


def test_a_sample_is_judged(lit: Home) -> None:
    drawn = tag_sample(lit, "放风筝", posts=10)
    assert len(drawn.posts) == 10
    assert drawn == tag_sample(lit, "放风筝", posts=10)
    assert drawn != tag_sample(lit, "放风筝", posts=10, seed=8)
    told = tag_precision(lit, "放风筝", {post.post_id: n < 9 for n, post in enumerate(drawn.posts)})
    assert (told.judged, told.right, told.precision) == (10, 9, 0.9)
    assert told.low < 0.9 < told.high
    with pytest.raises(BadInputError, match="no post with the tag"):
        tag_precision(lit, "放风筝", {"p" + "0" * 32: True})
    with pytest.raises(BadInputError, match="no post was judged"):
        tag_precision(lit, "放风筝", {})
    with pytest.raises(ForbiddenError):
        tag_sample(lit, "放风筝", role=Role.ANALYST)
    assert tag_sample(lit, "高尔夫").hidden


def test_struck_out_words_are_gone_with_the_next_mining(tmp_path: Path) -> None:
    home = _with_kites(tmp_path)
    word = next(w.word for w in tag_words(home, "露营").words if w.word == "天幕")
    veto(home, "露营", word)
    answer = tag_words(home, "露营")
    assert answer.waiting
    assert next(w for w in answer.words if w.word == word).vetoed
    mine(home, as_of=AS_OF)
    answer = tag_words(home, "露营")
    assert not answer.waiting
    assert next(w for w in answer.words if w.word == word).pmi is None
    veto(home, "露营", word, undo=True)
    assert own_tags(home).vetoes == ()
    with pytest.raises(NotFoundError, match="not struck out"):
        veto(home, "露营", word, undo=True)
    with pytest.raises(NotFoundError, match="no tag"):
        veto(home, "没有", "词")
    with pytest.raises(BadInputError, match="own name"):
        veto(home, "露营", "露营")


@pytest.mark.parametrize(
    ("name", "words", "examples", "parent"),
    [
        ("抑郁症互助", ["互助"], [], "生活方式"),
        ("同路人", ["抑 郁 症"], [], "生活方式"),
        ("同路人", [], ["今天去做了化疗", "化疗第二天", "化疗结束"], "生活方式"),
        ("同路人", ["互助"], [], "共产党员"),
        ("同路人", ["抑鬱症"], [], "生活方式"),
        ("同路人", ["少数", "民族"], [], "生活方式"),
    ],
)
def test_sensitive_matters_are_no_tags(
    tmp_path: Path, name: str, words: list[str], examples: list[str], parent: str
) -> None:
    with pytest.raises(SensitiveQueryError):
        add(
            Home(tmp_path),
            name,
            [w for text in words for w in ([text] if " " in text else text.split())],
            examples,
            parent,
        )
    assert not Home(tmp_path).own_tags.exists()


@pytest.mark.parametrize(
    ("name", "words", "examples", "parent", "what"),
    [
        ("露营", ["帐篷"], [], "户外", "already"),
        ("户外", ["帐篷"], [], "自定义", "already"),
        ("灯", [], [], "户外", "needs words"),
        ("灯具", ["灯"], [], "户外", "single character"),
        ("灯具", [], ["营地灯"], "户外", "too few"),
        ("灯具", ["营地灯"], [], "露营", "not a top interest"),
        ("", ["营地灯"], [], "户外", "can't name"),
        ("灯" * 30, ["营地灯"], [], "户外", "can't name"),
        ("灯:具", ["营地灯"], [], "户外", "can't name"),
        ("灯具", [f"词语{n}号" for n in range(101)], [], "户外", "at most 100"),
    ],
)
def test_what_can_be_no_tag_is_refused(
    tmp_path: Path, name: str, words: list[str], examples: list[str], parent: str, what: str
) -> None:
    with pytest.raises(BadInputError, match=what):
        add(Home(tmp_path), name, words, examples, parent)


def test_a_word_inside_half_of_all_posts_is_refused_and_harmless(tmp_path: Path) -> None:
    home = Home(tmp_path)
    rows = raw_rows(range(60), 8, seed=1)
    for number, post in enumerate(rows.posts):
        if number % 2:
            post["text"] = f"{post['text']} 转发微博一下"
    collect(home, rows, "run-1")
    mine(home, as_of=AS_OF)
    before = _camping(home)
    with pytest.raises(BadInputError, match="tells nothing apart"):
        add(home, "微博", ["发微"])
    home.own_tags.write_text('[[tag]]\nname = "微博"\nwords = ["发微", "转发"]\n', "utf-8")  # by hand
    mine(home, as_of=AS_OF)
    assert len(before & _camping(home)) >= 0.95 * len(before)
    found = Lake(home).read("profiles").explode("tags").unnest("tags")
    assert found.filter(pl.col("tag") == "微博").height == 0


def _camping(home: Home) -> set[str]:
    tagged = Lake(home).read("profiles").explode("tags").drop_nulls("tags").unnest("tags")
    return set(tagged.filter(pl.col("tag") == "露营")["account_id"])


def test_a_file_written_by_hand_is_checked(tmp_path: Path) -> None:
    home = Home(tmp_path)
    collect(home, raw_rows(range(20), 3, seed=1), "run-1")
    for text, what in (
        ("[[tag", "cannot read"),
        ("[[tags]]\nname = 'a'", "no section"),
        ("[[tag]]\nname = 'a'", "has name, words"),
        ("[[tag]]\nname = 'a'\nwords = 'b'", "list of texts"),
        ('[[tag]]\nname = "露营"\nwords = ["b"]', "already"),
        ('[[tag]]\nname = "病友"\nwords = ["互助"]', "may not stand for a person"),
    ):
        home.own_tags.write_text(text, "utf-8")
        with pytest.raises(BadInputError, match=what):
            mine(home, as_of=AS_OF)


def test_removed_is_gone(tmp_path: Path) -> None:
    home = Home(tmp_path)
    add(home, "放风筝", ["营地灯", "汽灯"], parent="户外")
    add(home, "放风筝", ["营地灯"], parent="装备")
    assert taxonomy(home).parent_of["放风筝"] == "装备"
    assert len(own_tags(home).tags) == 1
    remove(home, "放风筝")
    assert "放风筝" not in taxonomy(home).tags
    with pytest.raises(NotFoundError, match="not there"):
        remove(home, "放风筝")
    with pytest.raises(NotFoundError, match="built in"):
        remove(home, "露营")
    with pytest.raises(ForbiddenError):
        add(home, "放风筝", ["营地灯"], role=Role.ANALYST)


def test_briefs_and_target_scores_know_own_tags(lit: Home) -> None:
    told = brief(lit, "新款风筝上市，好放飞。")
    assert ("tag", "放风筝") in {(match.field, match.value) for match in told.matches}
    queries = [one.query for one in told.suggestions if not one.hidden]
    assert "tag:放风筝>=3" in queries
    assert "tag:户外" in queries or "parent:户外" in queries
    scored = target(lit, "tag:放风筝", limit=0)
    assert scored.interests == ["放风筝"]
    assert next(part for part in scored.parts if part.part == "need").people
