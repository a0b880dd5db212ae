"""Posts sorted into classes by a few words each."""

from __future__ import annotations

from pathlib import Path

import pytest

from audience.errors import NotMinedError
from audience.tags.sorting import sort_posts
from mining.run import mine
from privacy.errors import BadInputError
from privacy.home import Home
from tests.mining.small_lake import AS_OF, collect, raw_rows

CLASSES = {"户外": ["帐篷", "天幕"], "饮品": ["拿铁", "手冲"], "宠物": ["猫砂", "猫粮"]}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    home = Home(tmp_path_factory.mktemp("sorted"))
    collect(home, raw_rows(range(90), 12, seed=1), "run-1")
    mine(home, as_of=AS_OF)
    return home


def test_classes_grow_beyond_their_words(home: Home) -> None:
    answer = sort_posts(home, CLASSES)
    assert {one.name for one in answer.classes} == set(CLASSES)
    for one in answer.classes:
        assert one.share is not None
        assert one.low is not None
        assert one.high is not None
        # Two of a theme's four lines hold a seed word: 11 % of all posts.
        assert one.share > 0.15
        assert one.low < one.share < one.high
    assert answer == sort_posts(home, CLASSES)


def test_a_class_of_posts_may_name_what_an_account_may_not(home: Home) -> None:
    answer = sort_posts(home, {**CLASSES, "政治": ["开会"]})
    assert "政治" in {one.name for one in answer.classes}


@pytest.mark.parametrize(
    ("classes", "what"),
    [
        ({"户外": ["帐篷"]}, "2 to 30 classes"),
        ({"户外": ["帐篷"], "空": []}, "has no words"),
        ({"户外": ["帐篷"], "航天": ["火箭发射"]}, "no post has a word"),
        ({"户外": ["帐篷"], "没完": ["a" * 200_000]}, "200,000 characters"),
    ],
)
def test_what_can_be_no_classes_is_refused(home: Home, classes: dict[str, list[str]], what: str) -> None:
    with pytest.raises(BadInputError, match=what):
        sort_posts(home, classes)


def test_too_little_to_learn_from(tmp_path: Path) -> None:
    with pytest.raises(NotMinedError):
        sort_posts(Home(tmp_path), CLASSES)
    home = Home(tmp_path)
    collect(home, raw_rows(range(10), 3, seed=1), "run-1")
    mine(home, as_of=AS_OF)
    with pytest.raises(BadInputError, match="too few"):
        sort_posts(home, CLASSES)
