"""From a brief to audiences, from an audience to accounts, hours and words: on a planted population."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from audience.errors import NotMinedError
from audience.index.build import build
from audience.recommend.accounts import recommend
from audience.recommend.advised import Weights
from audience.recommend.brief import brief
from lake.schemas import ANNOTATIONS, EDGES
from lake.store import Lake
from nlp.taxonomy import load_taxonomy
from privacy.audit import entries
from privacy.disclosure import Disclosure, Role
from privacy.errors import BadInputError, ForbiddenError
from privacy.home import Home
from tests.audience.audience_world import AS_OF, account_id, profiles, tags, write_world

# Public accounts: two that the fans of the first interest follow, half of them each; one that all follow; and its double.
NORTH, SOUTH, EVERYBODY, DOUBLE, SICK = (account_id(n) for n in range(5_000, 5_005))
NAMES = {
    NORTH: "北坡户外",
    SOUTH: "南坡户外",
    EVERYBODY: "城市晚报",
    DOUBLE: "城市早报",
    SICK: "抑郁症康复中心",
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The planted world with public accounts, follows and some complaints."""
    rows = profiles()
    fan, other = tags()[0], tags()[2]
    fans = [row for row in rows if fan in {tag["tag"] for tag in row["tags"]}]
    public = [
        {
            **rows[0],
            **{"follows": [], "engaged": []},
            **{
                "account_id": account,
                "person_id": account,
                "source": "forum",
                "kind": "media",
                "public": True,
            },
            **{"name": name, "listable": True, "influence": 90, "words": ""},
            "tags": [
                {
                    "tag": fan if account in (NORTH, SOUTH) else other,
                    "level": 8,
                    "weight": 1.0,
                    "posts": 3,
                    "evidence": [],
                }
            ],
        }
        for account, name in NAMES.items()
    ]
    home = write_world(tmp_path_factory.mktemp("recommend"), [*rows, *public])
    lake = Lake(home)
    pairs = [(row["account_id"], SOUTH if n % 2 else NORTH) for n, row in enumerate(fans)]
    pairs += [(row["account_id"], to) for row in rows for to in (EVERYBODY, DOUBLE, SICK)]
    lake.append({"edges": pa.Table.from_pylist([_follow(*pair) for pair in pairs], schema=EDGES.schema)})
    said = [
        _annotation(n, row, "漏水 帐篷" if n % 2 else "周末 天幕", n % 2 == 1) for n, row in enumerate(fans)
    ]
    lake.append({"annotations": pa.Table.from_pylist(said, schema=ANNOTATIONS.schema)})
    home.models.mkdir(parents=True)
    (home.models / "state.json").write_text('{"as_of": "2026-08-01T00:00:00+00:00"}')
    build(home)
    return home


def _follow(src: str, dst: str) -> dict[str, Any]:
    told = {"src": src, "dst": dst, "kind": "follow", "post_id": "", "at": AS_OF, "last_at": AS_OF}
    told |= {"month": "2026-08", "source": "forum", "run_id": "r", "collected_at": AS_OF, "policy_id": "x"}
    return told


def _annotation(number: int, row: dict[str, Any], words: str, complains: bool) -> dict[str, Any]:
    return dict.fromkeys(ANNOTATIONS.schema.names) | {
        "post_id": f"p{number:032x}",
        "account_id": row["account_id"],
        "source": row["source"],
        "created_at": AS_OF - timedelta(days=3),
        "month": "2026-07",
        "words": words,
        "intent": "complains" if complains else None,
        "searchable": True,
    }


def test_accounts_cover_the_audience_in_turn_and_sensitive_names_never_appear(home: Home) -> None:
    answer = recommend(home, f"tag:{tags()[0]} kind:person", weights=Weights(users=0, items=0, content=1))
    assert not answer.hidden
    assert {one.name for one in answer.accounts[:2]} == {NAMES[NORTH], NAMES[SOUTH]}
    assert answer.covered == answer.listable
    first, second = answer.accounts[:2]
    assert first.people is not None
    assert second.more is not None
    assert first.people % 5 == second.more % 5 == 0
    assert first.tgi is not None
    assert first.tgi > 150
    assert NAMES[SICK] not in answer.model_dump_json()
    assert entries(home, 1)[0].action == "recommend"


def test_diversity_passes_over_doubles_and_novelty_over_what_all_know(home: Home) -> None:
    items, query = Weights(users=0, items=1, content=0), f"tag:{tags()[0]} kind:person"
    plain = recommend(home, query, diversity=0, weights=items)
    assert {one.name for one in plain.accounts[:2]} == {NAMES[EVERYBODY], NAMES[DOUBLE]}
    varied = recommend(home, query, diversity=1, weights=items)
    assert len(varied.accounts) < len(plain.accounts), "a double reaches nobody new"
    novel = recommend(home, query, novelty=1, diversity=0, weights=items)
    assert {one.name for one in novel.accounts[:2]} == {NAMES[NORTH], NAMES[SOUTH]}


def test_an_account_that_all_but_a_few_follow_is_named_without_numbers(home: Home) -> None:
    answer = recommend(home, f"tag:{tags()[0]}", diversity=0, weights=Weights(users=0, items=1, content=0))
    nearly = next(one for one in answer.accounts if one.name == NAMES[EVERYBODY])
    assert (nearly.people, nearly.more, nearly.tgi) == (None, None, None)


def test_words_and_hours_are_told_with_what_to_avoid(home: Home) -> None:
    answer = recommend(home, f"tag:{tags()[0]}")
    assert {"漏水", "帐篷"} <= {word.word for word in answer.avoid if word.why == "said in complaints"}
    assert all(word.people is None or word.people % 5 == 0 for word in answer.avoid)
    assert answer.hours
    assert all(hour.people % 5 == 0 and hour.hour.endswith(":00") for hour in answer.hours)


def test_small_audiences_and_low_roles_learn_nothing(home: Home) -> None:
    hidden = recommend(home, "region:上海 influence:>=p99")
    assert hidden.hidden
    assert not any((hidden.accounts, hidden.talk, hidden.use, hidden.avoid))
    assert hidden.total is None
    with pytest.raises(ForbiddenError):
        recommend(home, "region:上海", role=Role.ANALYST)


@pytest.mark.parametrize(
    ("wish", "said"), [({"limit": 0}, "limit"), ({"novelty": 1.5}, "0 to 1"), ({"diversity": -1.0}, "0 to 1")]
)
def test_numbers_out_of_bounds_are_refused(home: Home, wish: dict[str, Any], said: str) -> None:
    with pytest.raises(BadInputError, match=said):
        recommend(home, "region:上海", **wish)


def test_weights_are_read_and_refused() -> None:
    assert Weights.parse("items=1,content=0.5") == Weights(users=0, items=1, content=0.5)
    for text in ("magic=1", "items=much", "items=0", "items=-1", ""):
        with pytest.raises(BadInputError):
            Weights.parse(text)


def test_a_brief_becomes_queries_with_sizes(home: Home) -> None:
    tag = tags()[0]
    word = load_taxonomy().words_of(tag)[1]
    answer = brief(home, f"新品{tag}系列上市，面向上海喜欢{word}的人。{word}要轻。竞品是云帆户外。")
    found = {(match.field, match.value) for match in answer.matches}
    assert {("tag", tag), ("region", "上海"), ("follows", "云帆户外")} <= found
    queries = [one.query for one in answer.suggestions]
    assert any(f"tag:{tag}>=3" in query and "region:上海" in query for query in queries)
    assert "follows:云帆户外" in queries
    shown = [one for one in answer.suggestions if not one.hidden]
    assert shown[0] == answer.suggestions[0]
    assert all(one.total is not None and one.total % 5 == 0 for one in shown)
    assert sum(match.weight for match in answer.matches) == pytest.approx(1.0, abs=0.01)


def test_a_brief_of_an_interest_that_few_have_falls_back_on_the_taxonomy(home: Home) -> None:
    taxonomy = load_taxonomy()
    known = set(tags())
    rare = next(
        tag
        for tag in taxonomy.tags
        if tag not in known and taxonomy.parent_of[tag] in {taxonomy.parent_of[t] for t in known}
    )
    answer = brief(home, f"这次推广的是{rare}。")
    hidden = [one for one in answer.suggestions if one.query.startswith(f"tag:{rare}")]
    assert hidden
    assert all(one.hidden and one.total is None for one in hidden)
    above = [one for one in answer.suggestions if one.query == f"parent:{taxonomy.parent_of[rare]}"]
    assert above
    assert not above[0].hidden


def test_sensitive_words_of_a_brief_are_left_out_and_said(home: Home) -> None:
    answer = brief(home, f"面向喜欢{tags()[0]}、患有糖尿病的人")
    assert "糖尿病" not in "".join(one.query for one in answer.suggestions)
    assert any("sensitive" in warning for warning in answer.warnings)


@pytest.mark.parametrize("text", ["", "  \n", "囧" * 20_001, "㐀㐁㐂"])
def test_briefs_that_say_nothing_are_refused(home: Home, text: str) -> None:
    with pytest.raises(BadInputError) as caught:
        brief(home, text)
    assert caught.value.hint


def test_without_a_mining_run_nothing_is_advised(tmp_path: Path) -> None:
    for ask in (lambda: recommend(Home(tmp_path), "region:上海"), lambda: brief(Home(tmp_path), "露营")):
        with pytest.raises(NotMinedError):
            ask()


def test_a_larger_k_hides_more(home: Home) -> None:
    assert recommend(home, f"tag:{tags()[0]}", disclosure=Disclosure(k=100_000)).hidden
