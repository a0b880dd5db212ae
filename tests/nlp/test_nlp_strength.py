"""From posts to an account's interests, against figures worked out by hand and a planted population."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from nlp.strength import SCHEMA, account_levels
from nlp.tags import TagModel
from tests.nlp.planted_posts import AS_OF, known_part, populate

DAY = datetime(2026, 3, 31, 0, tzinfo=UTC)
Post = tuple[str, float, Sequence[str], Sequence[float]]


def frame(posts: Sequence[Post], spam: float = 0.0, searchable: bool = True) -> pl.DataFrame:
    """(account, days before the end of DAY, tags, probabilities) a post; ids p0, p1, … in order."""
    return pl.DataFrame(
        {
            "account_id": [post[0] for post in posts],
            "post_id": [f"p{number}" for number in range(len(posts))],
            "created_at": [DAY + timedelta(days=1) - timedelta(days=post[1]) for post in posts],
            "tags": [list(post[2]) for post in posts],
            "tag_probs": [list(post[3]) for post in posts],
            "spam": [spam] * len(posts),
            "searchable": [searchable] * len(posts),
        },
        schema_overrides={
            "created_at": pl.Datetime("us", "UTC"),
            "tags": pl.List(pl.String),
            "tag_probs": pl.List(pl.Float32),
        },
    )


def filler(count: int, account: str = "a") -> list[Post]:
    return [(account, 5.0, (), ()) for _ in range(count)]


END = DAY + timedelta(hours=23, minutes=59)


def test_weight_is_halved_by_half_lives() -> None:
    posts: list[Post] = [
        ("a", 45.0, ["露营"], [1.0]),
        ("a", 90.0, ["露营"], [1.0]),
        ("a", 1.0, ["露营"], [0.5]),
    ]
    row = account_levels(frame(posts), END, half_life_days=45.0).row(0, named=True)
    assert row["weight"] == pytest.approx(0.5 + 0.25 + 0.5 * 2 ** (-1 / 45), rel=1e-5)
    assert (row["posts"], row["level"]) == (3, 2)
    assert row["evidence"] == ["p1", "p0", "p2"] or row["evidence"] == ["p0", "p1", "p2"]
    assert row["evidence"][0] == "p0"  # equally sure: the newer first


def test_the_same_all_day_long() -> None:
    posts: list[Post] = [("a", 9.0, ["露营"], [1.0])] * 3
    morning = account_levels(frame(posts), DAY + timedelta(minutes=1))
    assert morning.equals(account_levels(frame(posts), END))


def test_one_post_is_not_an_interest_nor_are_faint_ones() -> None:
    assert account_levels(frame([("a", 1.0, ["露营"], [1.0]), *filler(5)]), END).is_empty()
    assert account_levels(frame([("a", 1.0, ["露营"], [0.3])] * 5), END).height == 0
    assert account_levels(frame([("a", 1.0, ["露营"], [0.95])] * 2 + filler(4)), END).height == 1


def test_talkative_accounts_need_more_of_what_everyone_mentions() -> None:
    mentions: list[Post] = [("a", 1.0, ["手机"], [0.9])] * 3
    background = {"手机": 0.01}
    assert account_levels(frame(mentions + filler(10)), END, background=background).height == 1
    assert account_levels(frame(mentions + filler(300)), END, background=background).height == 0
    assert account_levels(frame(mentions * 5 + filler(300)), END, background=background).height == 1


def test_dormant_accounts_keep_their_interests_at_a_low_level() -> None:
    posts: list[Post] = [("a", 700.0 + day, ["露营"], [0.99]) for day in range(12)]
    old = account_levels(frame(posts), END).row(0, named=True)
    assert (old["tag"], old["level"], old["posts"]) == ("露营", 1, 12)
    recent: list[Post] = [(name, age - 699, tags, probs) for name, age, tags, probs in posts]
    fresh = account_levels(frame(recent), END).row(0, named=True)
    assert fresh["level"] >= 6


def test_levels_rise_with_evidence_up_to_ten() -> None:
    levels = [
        account_levels(frame([("a", 1.0, ["露营"], [1.0])] * count), END)["level"].item()
        for count in (2, 3, 5, 8, 12, 20, 400)
    ]
    assert levels == sorted(set(levels))
    assert levels[-1] == 10


def test_spam_and_later_posts_count_for_nothing() -> None:
    posts: list[Post] = [("a", 1.0, ["露营"], [1.0])] * 5
    assert account_levels(frame(posts, spam=0.9), END).is_empty()
    assert account_levels(frame(posts), DAY - timedelta(days=3)).is_empty()


def test_evidence_holds_searchable_posts_only() -> None:
    row = account_levels(frame([("a", 1.0, ["露营"], [1.0])] * 5, searchable=False), END).row(0, named=True)
    assert row["evidence"] == []
    assert row["posts"] == 5


def test_an_account_depends_on_its_own_posts_only() -> None:
    mine: list[Post] = [("a", 3.0, ["露营", "徒步"], [0.9, 0.8])] * 4
    others: list[Post] = [("b", 2.0, ["露营"], [0.9])] * 40 + filler(30, "c")
    together = account_levels(frame(mine + others), END).filter(pl.col("account_id") == "a")
    assert together.equals(account_levels(frame(mine), END))


def test_order_and_schema_even_of_nothing() -> None:
    empty = account_levels(frame(filler(3)), END)
    assert empty.is_empty()
    assert dict(empty.schema) == SCHEMA
    first: list[Post] = [("b", 1.0, ["x"], [1.0])] * 3
    second: list[Post] = [("a", 1.0, ["y", "z"], [1.0, 0.9])] * 3
    found = account_levels(frame(first + second), END)
    assert found.select("account_id", "tag").rows() == [("a", "y"), ("a", "z"), ("b", "x")]
    assert dict(found.schema) == SCHEMA


def test_half_life_must_be_positive() -> None:
    with pytest.raises(ValueError, match="half_life_days"):
        account_levels(frame(filler(1)), END, half_life_days=0)


def test_planted_interests_are_found() -> None:
    planted = populate(accounts=900, seed=11, known=known_part(seed=4))
    model = TagModel(known_part(seed=4))
    model.fit(planted.docs, planted.hashtags, planted.boards, planted.account_ids)
    tags, probs = model.predict(planted.docs, planted.hashtags, planted.boards).lists()
    posts = pl.DataFrame(
        {
            "account_id": planted.account_ids,
            "post_id": planted.post_ids,
            "created_at": planted.created_at,
            "tags": tags,
            "tag_probs": probs,
            "spam": [0.0] * len(tags),
            "searchable": [True] * len(tags),
        }
    )
    found = set(account_levels(posts, AS_OF, background=model.background).select("account_id", "tag").rows())
    truth = {(account, tag) for account, own in planted.interests.items() for tag in own}
    right = len(found & truth)
    assert right / len(found) >= 0.93
    assert right / len(truth) >= 0.85
