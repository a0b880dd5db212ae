"""RFM tiers, customer states, declared and asked facts, propensity: from touchpoints and from what people say."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from bench.campaigns.shoppers import touchpoints as simulated
from lake.frames import RawFrames
from lake.gate import Gate
from lake.persons import by_person
from lake.schemas import TOUCHPOINTS
from lake.store import Lake
from mining.facts import asked_facts
from mining.fresh import is_fresh
from mining.propensity import score, trial
from mining.run import mine
from mining.value import brand_talk, value_table
from nlp.buying import decisions, means
from privacy.brands import Brand, BrandRole, write_brands
from privacy.home import Home
from privacy.policies import Policy, add_policy
from tests.mining.small_lake import AS_OF

NOW = datetime(2026, 8, 1, tzinfo=UTC)
SCHEMA: pl.Schema = pl.Schema(pl.from_arrow(TOUCHPOINTS.schema.empty_table()).schema)  # type: ignore[union-attr]
NOBODY = pl.DataFrame(schema={"person_id": pl.String, "propensity": pl.Float64})
NO_EDGES = pl.DataFrame(schema={"src": pl.String, "dst": pl.String})
NEAR = pl.DataFrame(schema={"person_id": pl.String, "ours": pl.Boolean})
ANNOTATIONS: dict[str, Any] = {
    "account_id": pl.String,
    "created_at": pl.Datetime("us", "UTC"),
    "intent": pl.String,
    "words": pl.String,
    "brands": pl.List(pl.String),
}
TRACKED = ("山野集", "远帐")


def rows(*given: dict[str, Any]) -> pl.DataFrame:
    """Touchpoints with what is given; the rest is absent."""
    blank: dict[str, Any] = dict.fromkeys(SCHEMA.names())
    return pl.DataFrame(
        [blank | {"id": f"t{i}", "kind": "purchase"} | row for i, row in enumerate(given)], schema=SCHEMA
    )


def people(*ids: str) -> pl.DataFrame:
    columns = ("account_id", "person_id")
    return pl.DataFrame([pl.Series(name, ids, dtype=pl.String) for name in columns])


def talk(*said: tuple[str, str, int, str | None]) -> pl.DataFrame:
    """Posts (account, words, days ago, intent) as ``brand_talk`` reads them; 山野集 is ours."""
    posts = pl.DataFrame(
        [
            (who, NOW - timedelta(days=ago), intent, words, [name for name in TRACKED if name in words])
            for who, words, ago, intent in said
        ],
        schema=ANNOTATIONS,
        orient="row",
    )
    return brand_talk(posts, people(*{who for who, *_ in said}), ["山野集"], NOW)


def valued(touchpoints: pl.DataFrame, said: pl.DataFrame | None = None) -> dict[str, dict[str, Any]]:
    said = talk() if said is None else said
    table = value_table(touchpoints, said, NEAR, NO_EDGES, NOBODY, NOW)
    return {row["person_id"]: row for row in table.iter_rows(named=True)}


def test_a_touchpoint_is_the_persons_by_account_link_or_else_the_customers() -> None:
    links = pl.DataFrame({"customer_id": ["C1", "C1"], "account_id": ["b", "a"]})
    both = pl.DataFrame({"account_id": ["a", "b", "c"], "person_id": ["a", "a", "c"]})
    found = by_person(
        rows({"account_id": "b"}, {"customer_id": "C1"}, {"customer_id": "C2"}, {"account_id": "z"}),
        links,
        both,
    )
    assert found.sort("id")["person_id"].to_list() == ["a", "a", "customer:C2", "z"]


def test_states_follow_the_last_purchase_and_refunds_undo_it() -> None:
    def ago(days: int) -> datetime:
        return NOW - timedelta(days=days)

    found = valued(
        by_person(
            rows(
                {"account_id": "now", "at": ago(10), "amount": 50.0},
                {"account_id": "dormant", "at": ago(200), "amount": 50.0},
                {"account_id": "lost", "at": ago(500), "amount": 50.0},
                {"account_id": "visitor", "at": ago(5), "kind": "visit"},
                {"account_id": "written-to", "at": ago(5), "kind": "contact"},
                {"account_id": "returned", "at": ago(20), "amount": 50.0},
                {"account_id": "returned", "at": ago(18), "amount": 50.0, "outcome": "refund"},
                {"account_id": "tomorrow", "at": NOW + timedelta(days=1), "amount": 50.0},
                {"account_id": "unpriced", "at": ago(10)},
            ),
            pl.DataFrame(schema={"customer_id": pl.String, "account_id": pl.String}),
            people(),
        )
    )
    states = {who: row["customer"] for who, row in found.items()}
    assert states == {
        "now": "current", "dormant": "dormant", "lost": "lost", "visitor": "potential", "unpriced": "current"
    }  # fmt: skip
    assert found["unpriced"]["amount"] is None
    assert found["now"]["customer_from"] == "touchpoints"
    assert found["now"]["value"] is None  # too few buyers for fifths


def test_what_people_say_they_own_makes_them_customers_by_their_own_word() -> None:
    found = valued(
        rows().with_columns(pl.lit("").alias("person_id")),
        talk(
            ("a", "终于 入手 了 山野集 的 帐篷", 30, "owns"),
            ("b", "山野集 和 远帐 哪个 好", 3, "compares"),
            ("c", "远帐 的 帐篷 到手 了", 3, "owns"),
            ("d", "推荐 山野集", 400, "recommends"),
            ("e", "推荐 山野集", 4, "recommends"),
        ),
    )
    assert {who: row["customer"] for who, row in found.items()} == {
        "a": "current", "b": "potential", "c": None, "e": None
    }  # fmt: skip
    assert found["a"]["customer_from"] == "declared"
    assert (found["e"]["recommends"], found["c"]["brand_posts"], found["c"]["own_posts"]) == (1, 1, 0)


def test_tiers_are_fifths_of_recency_frequency_and_amount() -> None:
    given = [
        {"account_id": f"u{n:02d}", "at": NOW - timedelta(days=300 - 2 * n - order), "amount": 10.0 * (n + 1)}
        for n in range(40)
        for order in range(1 + n // 10)
    ]
    found = valued(
        by_person(
            rows(*given), pl.DataFrame(schema={"customer_id": pl.String, "account_id": pl.String}), people()
        )
    )
    assert found["u39"]["value"] == "high"
    assert found["u00"]["value"] == "low"
    assert {row["value"] for row in found.values()} == {"high", "middle", "low"}
    assert (found["u39"]["recency"], found["u39"]["frequency"], found["u39"]["monetary"]) == (5, 5, 5)
    assert found["u39"]["orders"] == 4
    assert found["u39"]["amount"] == 1600.0


@pytest.mark.parametrize(
    ("question", "answer", "fact", "told"),
    [
        ("您的学历是？", "硕士研究生", "education", "硕士"),
        ("学历", "大学", "education", "本科"),
        ("职业", "教师", "occupation", "教师"),
        ("职业", "和尚（佛教）", "occupation", None),
        ("性别", "女", "gender", "f"),
        ("年龄", "28岁", "age_band", "25-34"),
        ("年龄", "25~34", "age_band", "25-34"),
        ("年龄段", "55岁以上", "age_band", "55+"),
        ("年龄", "16", "age_band", None),
        ("孩子的年龄", "28", "age_band", None),
        ("城市", "成都", "region", "成都"),
    ],
)
def test_answers_to_plain_questions_are_facts(
    question: str, answer: str, fact: str, told: str | None
) -> None:
    asked = rows({"kind": "answer", "what": question, "outcome": answer, "at": NOW, "account_id": "a"})
    found = asked_facts(asked.with_columns(pl.lit("a").alias("person_id")), NOW)
    assert (found[f"told_{fact}"].to_list() or [None])[0] == told


def test_cues_of_deciding_and_of_prices() -> None:
    said = ["家里要换冰箱，给孩子买学习桌", "老公不让买", "今天天气好", "公司采购我说了算", "学生党买不起"]
    decided = decisions(pl.Series(said)).to_list()
    assert decided[2] is None
    assert decided[0] > 0.8 > 0.5 > decided[1]
    assert decided[3] > 0.9
    assert (
        means(pl.Series([*said, "不差钱，就买最好的"])).to_list()[-2]
        < 0.3
        < 0.9
        < means(pl.Series(["不差钱，就买最好的"]))[0]
    )


def test_a_chance_of_buying_is_right_on_a_later_window() -> None:
    shop = simulated(3_000, 300, NOW, seed=3)
    tried = trial(shop, NOW)
    assert tried is not None
    assert tried.ece <= 0.03
    assert tried.auc > 0.75
    assert sum(group.people for group in tried.bins) == tried.people
    again, _ = score(shop.sample(fraction=1.0, shuffle=True, seed=1), NOW)
    assert_frame_equal(again, score(shop, NOW)[0])


def test_who_hears_a_customer_are_followers_who_are_none() -> None:
    bought = rows(*({"account_id": who, "at": NOW - timedelta(days=3)} for who in ("a", "b")))
    links = pl.DataFrame(schema={"customer_id": pl.String, "account_id": pl.String})
    follows = pl.DataFrame({"src": ["b", "c", "d"], "dst": ["a", "a", "a"]})
    table = value_table(by_person(bought, links, people()), talk(), NEAR, follows, NOBODY, NOW)
    assert dict(table.select("person_id", "hearers").iter_rows()) == {"a": 2, "b": 0}


def test_no_chances_where_too_few_bought() -> None:
    scored, tried = score(simulated(100, 60, NOW, seed=3), NOW)
    assert scored.is_empty()
    assert tried is None


def crm(home: Home, *given: dict[str, Any]) -> None:
    """Rows of the user's own system, through the gate."""
    policy = Policy(
        source="crm",
        base_url="https://crm.example",
        kind="table",
        legal_basis="test",
        terms_url="test:",
        fields=("touchpoints.*",),
    )
    add_policy(home, policy)
    clean = Gate(home, policy, "crm-1").admit_frames(RawFrames(touchpoints=pl.DataFrame(list(given))))
    Lake(home).append(clean.tables)


def test_profiles_carry_value_and_facts_with_their_origins(small_home: Home) -> None:
    write_brands(small_home, [Brand("山野", BrandRole.OURS, ("test-forum:user0",))])
    mine(small_home, as_of=AS_OF)
    crm(
        small_home,
        *(
            {
                "source": "test-forum",
                "native_id": str(n),
                "at": AS_OF - timedelta(days=n),
                "amount": 100.0 - n,
            }
            for n in range(1, 41)
        ),
    )
    crm(
        small_home,
        {
            "source": "test-forum",
            "native_id": "3",
            "at": AS_OF,
            "kind": "survey",
            "what": "学历",
            "outcome": "本科",
        },
    )
    assert not is_fresh(small_home)
    mine(small_home, as_of=AS_OF)
    profiles = Lake(small_home).read("profiles")
    assert profiles.filter(pl.col("customer") == "current").height == 40
    assert set(profiles["value"].drop_nulls()) == {"high", "middle", "low"}
    [asked] = profiles.filter(pl.col("education") == "本科").iter_rows(named=True)
    assert json.loads(asked["origins"]) == {
        "region": "declared", "education": "touchpoints", "customer": "touchpoints"
    }  # fmt: skip
    before = {name: Lake(small_home).read(name).sort("person_id") for name in ("profiles", "value")}
    mine(small_home, as_of=AS_OF, full=True)
    for name, frame in before.items():
        keys = [key for key in ("person_id", "account_id") if key in frame.columns]
        assert_frame_equal(frame.sort(keys), Lake(small_home).read(name).sort(keys))
