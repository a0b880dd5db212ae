"""Search as people meet it: disclosure, members with evidence, facets, sensitive doors, unknown names, the index."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from audience.disclosure.guard import reductions
from audience.engines.base import Order
from audience.engines.elasticsearch_store import ElasticsearchStore
from audience.engines.stores import TantivyStore, store_of
from audience.errors import BadQueryError, NotMinedError, SensitiveQueryError
from audience.index import build as build_module
from audience.index.build import build, is_stale
from audience.index.opened import current, open_index, read_meta
from audience.query.canonical import canonical
from audience.query.text import parse, to_text
from audience.search.answers import SearchAnswer
from audience.search.ask import begun, search
from audience.search.question import read_question
from lake.store import Lake
from privacy.audit import entries
from privacy.disclosure import Disclosure, Role
from privacy.errors import BadInputError
from privacy.home import Home
from privacy.optouts import block
from tests.audience.audience_world import AS_OF, Reference, profiles, tags, world, write_world


def test_an_answer_is_rounded_explained_and_audited() -> None:
    home, rows = world()
    tag = tags()[0]
    answer = search(home, f"tag:{tag}>=2", limit=30, facets=True)
    expected = Reference(rows).matches(parse(f"tag:{tag}>=2"))
    assert not answer.hidden
    assert answer.total is not None
    assert answer.total % 5 == 0
    assert abs(answer.total - len(expected)) <= 2
    assert answer.as_of == AS_OF
    assert answer.reading == f"{tag}兴趣≥2级的人"
    assert len(answer.members) == 30
    for member in answer.members:
        assert member.person_id in expected
        assert member.why == [f"tag:{tag}>=2"]
        assert all(
            e.about == tag and "13800138000" not in e.excerpt and "@u" not in e.excerpt
            for e in member.evidence
        )
        assert all(int(str(e.post_id)[1:], 16) % 5 for e in member.evidence), "not searchable"
    assert any(member.evidence for member in answer.members)
    last = entries(home, 1)[0]
    assert (last.action, last.detail["query"], len(last.detail["members"])) == ("search", f"tag:{tag}>=2", 30)


def test_only_listable_people_are_members_and_analysts_see_none() -> None:
    home, rows = world()
    reference = Reference(rows)
    answer = search(home, "", limit=1000)
    assert {m.person_id for m in answer.members} == {p for p in reference.people if reference.listable(p)}
    analyst = search(home, "", limit=10, role=Role.ANALYST, facets=True)
    assert analyst.members == []
    assert analyst.total == answer.total
    assert analyst.facets


@pytest.mark.parametrize(
    "query", ["region:上海", f"tag:{tags()[0]}>=2 -follows:山野集", "follows:山野集", "帐篷"]
)
def test_the_json_of_an_answer_is_that_of_its_model(query: str) -> None:
    """It is written without making the model; nothing may be missing in it, or be there in another form."""
    home, _ = world()
    pending = begun(read_question(home, query, facets=True))
    pending.recorded.result()
    assert pending.answer.members
    assert json.loads(pending.json) == json.loads(pending.answer.model_dump_json())
    assert SearchAnswer.model_validate_json(pending.json) == search(home, query, facets=True)


@pytest.mark.parametrize(
    ("query", "asked", "light"),
    [
        *(("region:上海", {}, True), ("", {"limit": 100, "facets": True}, True), ("", {"limit": 101}, False)),
        *(("帐篷", {}, False), ("region:上海", {"baseline": "region:北京"}, False)),
        ("region:上海", {"order": Order.LOOKALIKE, "like": "region:北京"}, False),
        (" OR ".join(["region:上海", "region:北京"] * 20), {}, True),
        (" OR ".join(["region:上海", "region:北京"] * 21), {}, False),
    ],
)
def test_light_is_what_few_conditions_ask_of_an_engine_at_hand(
    query: str, asked: dict[str, Any], light: bool
) -> None:
    home, _ = world()
    assert read_question(home, query, **asked).light == light


def test_an_audience_of_many_people_is_not_light(monkeypatch: pytest.MonkeyPatch) -> None:
    home, _ = world()
    people = open_index(home).engine.count(parse("region:上海"), open_index(home).scope())
    for most, light in ((people, True), (people - 1, False)):
        monkeypatch.setattr("audience.search.question._LIGHT_PEOPLE", most)
        assert read_question(home, "region:上海").light == light


def test_an_engine_that_is_asked_over_the_network_is_not_light(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (TantivyStore.embedded, ElasticsearchStore.embedded) == (True, False)
    home, _ = world()
    monkeypatch.setattr(open_index(home), "embedded", False)
    assert not read_question(home, "region:上海").light


def test_pages_follow_one_another() -> None:
    home, _ = world()
    whole = [m.person_id for m in search(home, "region:上海", limit=60).members]
    first = search(home, "region:上海", limit=25)
    second = search(home, "region:上海", limit=25, cursor=first.cursor)
    assert [m.person_id for m in (*first.members, *second.members)] == whole[:50]
    here = f"{open_index(home).generation}.levels.1.1"
    for cursor in ("nonsense", "other.20", f"{here}.{10**12}", f"{here[:-1]}{2**32 - 1}.1"):
        with pytest.raises(BadInputError):
            search(home, "region:上海", cursor=cursor)


def test_facets_tell_nobody_apart_and_index_everybody_at_100() -> None:
    home, rows = world()
    everybody = search(home, "", limit=0, facets=True)
    regions = next(facet for facet in everybody.facets if facet.field == "region")
    assert all(value.tgi == 100 for value in regions.values)
    tag = tags()[1]
    answer = search(home, f"tag:{tag}", limit=0, facets=True)
    found = next(facet for facet in answer.facets if facet.field == "tag")
    top = found.values[0]
    assert (top.value, top.share) == (tag, 1.0)
    assert top.low > 100
    disclosure, total = Disclosure(), len(Reference(rows).matches(parse(f"tag:{tag}")))
    for facet in answer.facets:
        for value in facet.values:
            exact = open_index(home).engine.facets(
                parse(f"tag:{tag}"), open_index(home).scope(), [facet.field], 1000
            )[facet.field][value.value]
            assert exact >= disclosure.k
            assert total - exact == 0 or total - exact >= disclosure.k
            assert value.count % 5 == 0
    narrow = search(home, f"tag:{tag}>=4 region:上海 OR region:北京 tag:{tag}>=4", limit=0, facets=True)
    assert not narrow.hidden
    assert sum(facet.suppressed for facet in narrow.facets) > 0


def test_an_audience_under_k_says_nothing() -> None:
    home, _ = world()
    answer = search(home, f"tag:{tags()[0]}>=9 region:上海 follows:山野集", facets=True)
    assert answer.hidden
    assert (answer.total, answer.members, answer.facets, answer.over_indexed) == (None, [], [], [])


def test_a_part_that_changes_few_people_is_left_out_and_said() -> None:
    """Whoever asks with and without a condition, at any depth, learns of nobody or of at least k people."""
    home, rows = world()
    few = f"(tag:{tags()[0]}>=9 region:上海 follows:山野集)"
    for snoop, rest in (
        (f"region:上海 -{few}", "region:上海"),
        (f"region:北京 OR {few}", "region:北京"),
        (f"region:上海 (follows:好食记 OR {few})", "region:上海 follows:好食记"),
        ("region:上海 -engaged:山野集 -(engaged:山野集 activity:gone)", "region:上海 -engaged:山野集"),
        (f"-{few}", ""),
    ):
        answer, plain = (search(home, text, limit=0, facets=True) for text in (snoop, rest))
        assert (answer.total, answer.facets) == (plain.total, plain.facets), snoop
        assert any("left out" in warning for warning in answer.warnings), snoop
    reference, disclosure = Reference(rows), Disclosure()
    for text in (
        "region:上海 tag:{0}",
        "region:上海 OR tag:{0}>=8",
        "-follows:山野集 influence:>=p50 active:90d",
    ):
        query = parse(text.format(tags()[2]))
        assert search(home, query).warnings == []
        total = len(reference.matches(query))
        for without, _ in reductions(canonical(query)):
            assert disclosure.allowed(total, len(reference.matches(without)))


def test_members_are_those_asked_for_even_where_a_part_is_left_out() -> None:
    home, rows = world()
    few = f"(tag:{tags()[0]}>=9 region:上海 follows:山野集)"
    query = parse(f"region:上海 -{few}")
    reference = Reference(rows)
    members = {member.person_id for member in search(home, query, limit=1000).members}
    assert members == {person for person in reference.matches(query) if reference.listable(person)}


def test_kept_counts_are_those_of_the_engine_also_when_somebody_is_withheld(tmp_path: Path) -> None:
    """Where one condition is refused, those of the rest are counted less those who meet it too."""
    rows = profiles(300)
    home = write_world(tmp_path, rows)
    build(home)
    index = open_index(home)
    queries = [
        parse(text)
        for text in ("", "-region:上海", "-(region:上海 OR follows:山野集)", "-(region:上海 follows:山野集)")
    ]
    for withheld in ([], [rows[0]["account_id"], rows[1]["account_id"]]):
        block(home, withheld)
        counts = [index.count(query, index.scope()) for query in queries]
        assert counts == [index.engine.count(query, index.scope()) for query in queries]
    assert counts[0] < 300


def test_opted_out_people_are_gone_before_the_next_build(tmp_path: Path) -> None:
    home = write_world(tmp_path, profiles(300))
    build(home)
    gone = search(home, "", limit=1).members[0]
    block(home, gone.accounts)
    after = search(home, "", limit=1000)
    assert gone.person_id not in {member.person_id for member in after.members}


@pytest.mark.parametrize(
    "text", ["抑郁症", '"抑 郁 症"', "憂鬱症", "topic:抑郁症互助", "tag:佛教", "-region:穆斯林", "(a OR hiv)"]
)
def test_sensitive_doors_are_shut(text: str) -> None:
    home, _ = world()
    with pytest.raises(SensitiveQueryError) as caught:
        search(home, text)
    assert caught.value.status == 400


def test_sensitive_topics_are_in_no_facet_and_no_suggestion() -> None:
    home, _ = world()
    shown = search(home, "", limit=5, facets=True).model_dump_json()
    assert "抑郁" not in shown
    assert "t03" not in shown
    with pytest.raises(BadQueryError) as caught:
        search(home, "topic:互助")
    assert "抑郁" not in caught.value.hint


@pytest.mark.parametrize(
    ("column", "value"),
    [
        *((name, "抑郁症") for name in ("source", "region", "education", "occupation")),
        *((name, ["抑郁症"]) for name in ("topics", "engaged", "benefits", "styles", "terms")),
        ("tags", [{"tag": "抑郁症", "level": 5, "weight": 1.0, "posts": 3, "evidence": []}]),
        ("brands", [{"brand": "抑郁症", "posts": 3, "sentiment": 0.0}]),
    ],
)
def test_nothing_sensitive_gets_into_an_index(
    column: str, value: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What facets, words apart and members are told from: it is not looked at again when they are asked for."""
    home = write_world(tmp_path, [row | {column: value} for row in profiles(100)])
    build(home)
    assert "抑郁" not in search(home, "", limit=50, facets=True).model_dump_json()
    assert "抑郁" not in json.dumps(open_index(home).baseline, ensure_ascii=False)
    monkeypatch.setattr("audience.index.opened.rules", lambda: "another list")
    assert is_stale(home)
    with pytest.raises(NotMinedError, match="another version"):
        read_meta(current(home), store_of(home))


@pytest.mark.parametrize(
    ("text", "position", "hint"),
    [
        ("region:上海 tag:露莹", 10, "露营"),
        ("follows:山野", 0, "山野集"),
        ("region:上海市", 0, "上海"),
        ("topic:咖啡探", 0, "咖啡探店"),
        ("source:micro", 0, "microblog"),
    ],
)
def test_misspelt_names_are_suggested(text: str, position: int, hint: str) -> None:
    home, _ = world()
    with pytest.raises(BadQueryError, match="there is no") as caught:
        search(home, text)
    assert caught.value.position == position
    assert hint in caught.value.hint


def test_where_no_value_has_enough_people_the_hint_says_so() -> None:
    home, _ = world()
    with pytest.raises(BadQueryError) as caught:
        search(home, "benefit:价格", disclosure=Disclosure(k=100_000))
    assert caught.value.hint == "no benefit has 100,000 people yet; collect more, then run: renqun mine"


def test_names_and_top_interests_are_resolved() -> None:
    home, _ = world()
    assert search(home, "topic:咖啡探店").total == search(home, "topic:t02").total
    parent = next(iter(open_index(home).baseline["parent"]))
    assert search(home, f"tag:{parent}>=2").total == search(home, f"parent:{parent}>=2").total
    assert to_text(parse(search(home, f"tag:{parent}>=2").query)) == f"tag:{parent}>=2"


@pytest.mark.parametrize("limit", [-1, 1001, 10**12])
def test_limits_are_bounded(limit: int) -> None:
    home, _ = world()
    with pytest.raises(BadInputError):
        search(home, "", limit=limit)


def test_a_missing_or_half_built_index_says_what_to_run(tmp_path: Path) -> None:
    home = Home(tmp_path)
    with pytest.raises(NotMinedError) as caught:
        search(home, "")
    assert caught.value.status == 503
    assert caught.value.hint.startswith("collect first")
    with pytest.raises(NotMinedError):
        build(home)
    write_world(tmp_path, profiles(100))
    with pytest.raises(NotMinedError) as caught:
        search(home, "")
    assert (caught.value.status, caught.value.hint) == (503, "run: renqun mine")
    assert is_stale(home)
    build(home)
    assert not is_stale(home)
    assert not build(home).built
    for broken in ("meta.json", "engine/meta.json", "baseline.json"):
        build(home, force=True)
        (current(home) / broken).unlink()
        with pytest.raises(NotMinedError):
            search(home, "", facets=True)
    build(home, force=True)
    meta = json.loads((current(home) / "meta.json").read_text())
    (current(home) / "meta.json").write_text(json.dumps({**meta, "schema": "older"}))
    with pytest.raises(NotMinedError, match="another version"):
        search(home, "")
    for moment in ("0001-01-01T00:00:00+00:00", "soon"):
        build(home, force=True)
        (current(home) / "meta.json").write_text(json.dumps({**meta, "as_of": moment}))
        with pytest.raises(NotMinedError, match="damaged"):
            search(home, "")
    shutil.rmtree(current(home))
    with pytest.raises(NotMinedError):
        search(home, "")


def test_an_index_is_on_the_disk_before_it_is_switched_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = write_world(tmp_path, profiles(60))
    put: set[int] = set()
    before: set[int] = set()
    sync, switch = os.fsync, build_module._switch

    def synced(descriptor: int) -> None:
        sync(descriptor)
        put.add(os.fstat(descriptor).st_ino)

    def switched(home: Home, name: str) -> None:
        before.update(put)
        switch(home, name)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(build_module, "_switch", switched)
    build(home, force=True)
    folder = current(home)
    assert {path.stat().st_ino for path in (folder, *folder.rglob("*"))} <= before
    assert {(home.index / "current").stat().st_ino, home.index.stat().st_ino} <= put


def test_a_failed_build_leaves_the_index_before_it(tmp_path: Path) -> None:
    rows = profiles(100)
    home = write_world(tmp_path, rows)
    build(home)
    before = current(home)
    lake = Lake(home)
    lake.replace("profiles", lake.read("profiles").head(50).to_arrow())

    def stop(done: int, total: int) -> None:
        if done > 20:
            raise OSError(28, "No space left on device")

    with pytest.raises(Exception, match="No space left"):
        build(home, progress=stop)
    assert current(home) == before
    assert search(home, "", limit=0).warnings == [
        "the profiles changed since the index was built; run: renqun mine"
    ]
    assert [path.name for path in home.index.iterdir() if path.is_dir()] == [before.name]
    assert build(home).built
    assert current(home) != before
    assert search(home, "", limit=0).total == 45


def test_more_parts_than_can_be_checked_are_refused() -> None:
    home, _ = world()
    with pytest.raises(BadQueryError, match="more than 200 parts"):
        search(home, " OR ".join(f"influence:p{n % 100}..p100" for n in range(201)))
