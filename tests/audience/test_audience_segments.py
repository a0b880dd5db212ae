"""Saved segments: versions, changes with their reasons, frozen members in queries, dependents, overlap."""

from __future__ import annotations

import io
import os
from datetime import timedelta
from pathlib import Path

import pytest
from rich.console import Console

from api.render.segments import changes_view
from audience.errors import BadQueryError
from audience.index.opened import open_index
from audience.query.text import parse
from audience.search.ask import search
from audience.search.read import read_query
from audience.segments import records
from audience.segments.alerts import watch
from audience.segments.changes import changes
from audience.segments.compute import compute
from audience.segments.manage import combined, delete, edit, every, save, show
from audience.segments.members import members_of
from audience.segments.shared import segment_overlap
from privacy.audit import entries
from privacy.disclosure import Role
from privacy.errors import BadInputError, ConflictError, ForbiddenError, NotFoundError, UnavailableError
from privacy.home import Home
from privacy.optouts import block
from tests.audience.audience_world import AS_OF, Reference, profiles
from tests.audience.segment_world import TAG, found, mined_again, segment_home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return segment_home(tmp_path)


def test_a_segment_is_asked_for_by_name_and_follows_its_query(home: Home) -> None:
    save(home, "露营客", f"tag:{TAG}", note="秋季", who="gao")
    assert show(home, "露营客").status == "new"
    version = compute(home, "露营客")
    one = show(home, "露营客")
    assert (one.status, one.owner, one.note, one.total) == ("ready", "gao", "秋季", version.shown)
    assert set(members_of(home, "露营客", 1)) == set(Reference(profiles(400)).matches(parse(f"tag:{TAG}")))
    assert found(home, "segment:露营客 region:上海") == found(home, f"tag:{TAG} region:上海")
    assert found(home, "-segment:露营客") == found(home, f"-tag:{TAG}")
    edit(home, "露营客", query=f"tag:{TAG}>=5")
    assert found(home, "segment:露营客") == found(home, f"tag:{TAG}>=5")


def test_frozen_members_stay_until_they_are_computed_again(home: Home) -> None:
    save(home, "老客", f"tag:{TAG}", frozen=True)
    compute(home, "老客")
    before = found(home, "segment:老客")
    assert before == found(home, f"tag:{TAG}")
    rows = profiles(400)
    for row in rows[:200]:
        row["tags"] = [entry for entry in row["tags"] if entry["tag"] != TAG]
    mined_again(home, rows)
    assert found(home, "segment:老客") == before
    assert found(home, f"tag:{TAG}") < before
    assert compute(home, "老客").version == 2
    assert found(home, "segment:老客") == found(home, f"tag:{TAG}")


def test_what_was_answered_counts_on_where_a_segment_is_frozen(home: Home) -> None:
    """The index is built anew for it, of the same people: two near audiences are still answered as one."""
    index = open_index(home)
    sizes = {n: index.count(parse(f"followers:>={n}"), index.scope()) for n in range(0, 2_000, 10)}
    first, second = next((n, n + 10) for n in sizes if 0 < sizes[n] - sizes[n + 10] < 4 < 100 < sizes[n])
    asked, near = f"followers:>={first}", f"followers:>={second}"
    total = search(home, asked, limit=0).total
    save(home, "冻", f"tag:{TAG}", frozen=True)
    compute(home, "冻")
    assert open_index(home).generation != index.generation
    answer = search(home, near, limit=0)
    assert answer.total == total
    assert any("nearly" in warning for warning in answer.warnings)
    mined_again(home, profiles(400))
    assert not search(home, near, limit=0).warnings
    assert len(list(home.index.glob("answered-*.sqlite"))) == 1


def test_who_joined_and_left_is_told_with_the_reason_to_planners(home: Home) -> None:
    save(home, "近客", f"tag:{TAG} -region:北京")
    compute(home, "近客")
    rows = profiles(400)
    members = [row for row in rows if row["person_id"] in set(members_of(home, "近客", 1))]
    loses, moves, opts_out = (row for row in members[:6:2])
    loses["tags"] = []
    moves["region"] = "北京"
    comes = next(
        row for row in rows if not any(e["tag"] == TAG for e in row["tags"]) and row["region"] == "上海"
    )
    comes["tags"] = [{"tag": TAG, "level": 9, "weight": 1.0, "posts": 3, "evidence": []}]
    mined_again(home, rows)
    block(home, [opts_out["person_id"]])
    compute(home, "近客")
    told = changes(home, "近客", who="gao")
    joined = {member.person_id: member.why for member in told.who_joined}
    left = {member.person_id: member.why for member in told.who_left}
    assert joined[comes["person_id"]] == [f"tag:{TAG}", "-region:北京"]
    assert left[loses["person_id"]] == [f"tag:{TAG}"]
    assert left[moves["person_id"]] == ["-region:北京"]
    assert opts_out["person_id"] not in left  # gone from the snapshot, too
    assert entries(home)[0].action == "segment.changes"
    with pytest.raises(ForbiddenError):
        changes(home, "近客", role=Role.ANALYST)
    with pytest.raises(BadInputError, match="versions 7 and 8"):
        changes(home, "近客", since=7, until=8)


def test_who_is_linked_to_another_account_stays_a_member(home: Home) -> None:
    """A person is named by the smallest account: one that is linked to a smaller one gets another name."""
    for name, frozen in (("老客", True), ("近客", False)):
        save(home, name, f"tag:{TAG}", frozen=frozen)
        compute(home, name)
    members = members_of(home, "老客", 1).sort()
    rows = profiles(400)
    alone = {row["account_id"] for row in rows if row["account_id"] == row["person_id"]}
    renamed = members[-1]
    smaller = min(alone - {renamed} - set(members))
    for row in rows:
        if row["person_id"] == renamed:
            row["person_id"] = smaller
    mined_again(home, rows)
    expected = {*members, smaller} - {renamed}
    assert set(found_exactly(home, "segment:老客")) == set(members_of(home, "老客", 1)) == expected
    version = compute(home, "近客")
    assert (version.joined, version.left) == (0, 0)


def test_who_may_not_be_listed_or_is_no_longer_known_is_only_counted(home: Home) -> None:
    save(home, "甲", "region:上海")
    compute(home, "甲")
    gone, hides = members_of(home, "甲", 1)[:2]
    rows = profiles(400)
    comes, hidden = (row for row in [row for row in rows if row["region"] == "北京" and row["listable"]][:2])
    comes["region"] = hidden["region"] = "上海"
    hidden["listable"] = False
    for row in rows:
        if row["person_id"] == hides:
            row["region"], row["listable"] = "北京", False
    mined_again(home, [row for row in rows if row["person_id"] != gone])
    compute(home, "甲")
    told = changes(home, "甲")
    assert [one.person_id for one in told.who_joined] == [comes["person_id"]]
    assert told.who_left == []
    assert (told.joined, told.left, told.unnamed) == (2, 2, 3)
    console = Console(file=io.StringIO(), width=200, record=True)
    console.print(changes_view(told))
    assert "3 of them may not be listed" in console.export_text()


def test_a_version_under_k_is_told_neither_by_its_people_nor_by_those_who_joined_since(home: Home) -> None:
    few = next(
        text
        for region in ("上海", "北京", "广东")
        for level in range(2, 11)
        if 0 < len(found_exactly(home, text := f"region:{region} tag:{TAG}>={level}")) < 20
    )
    save(home, "甲", few)
    assert compute(home, "甲").shown is None
    edit(home, "甲", "-region:上海")
    assert compute(home, "甲").shown
    told = changes(home, "甲", since=1, until=2)
    assert (told.hidden, told.joined, told.left) == (True, None, None)
    assert (told.who_joined, told.who_left) == ([], [])
    newest = show(home, "甲").versions[0]
    assert (newest.joined, newest.left) == (None, None)


def found_exactly(home: Home, query: str) -> list[str]:
    """Who meets a query, below the disclosure layer."""
    index = open_index(home)
    _, resolved = read_query(index, query, 2)
    return [
        hit.row["person_id"] for hit in index.engine.everyone(resolved, index.scope(), listable_only=False)
    ]


def test_a_segment_whose_query_can_no_longer_be_read_hides_no_other(home: Home) -> None:
    save(home, "甲", "region:上海")
    save(home, "乙", "segment:甲")
    records.change(home, "甲", query="region:上海 (")
    assert [one.name for one in every(home)] == ["乙", "甲"]
    assert "missing" in show(home, "甲").message
    delete(home, "乙")
    delete(home, "甲")


def test_segments_are_shown_while_the_engine_is_away(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    save(home, "甲", "region:上海")
    compute(home, "甲")

    def away(*_: object) -> None:
        raise UnavailableError("Elasticsearch does not answer")

    monkeypatch.setattr("audience.segments.manage.explain", away)
    (one,) = every(home)
    assert (one.reading, one.status, one.message) == (
        "在上海的人",
        "ready",
        "Elasticsearch does not answer",
    )
    assert one.total == one.versions[0].total
    with pytest.raises(UnavailableError):
        save(home, "乙", "region:上海")


def test_segments_of_segments(home: Home) -> None:
    save(home, "甲", f"tag:{TAG}")
    save(home, "乙", "region:上海")
    save(home, "丙", combined(["甲"], [], ["乙"]))
    assert found(home, "segment:丙") == found(home, f"tag:{TAG} -region:上海")
    assert show(home, "甲").used_by == ["丙"]
    with pytest.raises(ConflictError, match="used by 丙"):
        delete(home, "甲")
    with pytest.raises(BadQueryError, match="made of itself"):
        edit(home, "甲", query="segment:丙 region:上海")
    with pytest.raises(BadQueryError, match="made of itself"):
        save(home, "丁", "segment:丁")
    delete(home, "丙")
    delete(home, "甲")
    assert [one.name for one in every(home)] == ["乙"]
    with pytest.raises(BadQueryError, match="no segment"):
        search(home, "segment:甲")


def test_overlap_is_rounded_and_hides_small_parts(home: Home) -> None:
    save(home, "甲", f"tag:{TAG}")
    save(home, "乙", "region:上海")
    save(home, "小", f"tag:{TAG}>=9 region:上海 follows:山野集")
    answer = segment_overlap(home, ["甲", "乙", "小"])
    assert answer.sizes["小"] is None
    by_names = {(pair.first, pair.second): pair for pair in answer.pairs}
    assert by_names["甲", "小"].jaccard is None
    assert (answer.sizes["甲"] or 0) % 5 == 0
    with pytest.raises(NotFoundError):
        segment_overlap(home, ["甲", "没有"])
    with pytest.raises(BadInputError):
        segment_overlap(home, ["甲"])


@pytest.mark.parametrize("name", ["", "a b", "a@1", "x" * 41, '"', "抑郁症"])
def test_names_that_cannot_be_written_or_tell_too_much_are_refused(home: Home, name: str) -> None:
    with pytest.raises(BadInputError):
        save(home, name, "region:上海")


def test_members_of_ten_versions_are_kept(home: Home) -> None:
    save(home, "甲", "region:上海")
    for _ in range(11):
        compute(home, "甲")
    assert len(members_of(home, "甲", 1)) == 0
    assert len(members_of(home, "甲", 2)) == len(members_of(home, "甲", 11)) > 0
    assert [version.version for version in show(home, "甲").versions] == list(range(11, 0, -1))


def test_nobody_below_planner_saves_or_deletes(home: Home) -> None:
    save(home, "甲", "region:上海")
    for act in (
        lambda: save(home, "乙", "region:上海", role=Role.ANALYST),
        lambda: delete(home, "甲", role=Role.ANALYST),
        lambda: edit(home, "甲", note="x", role=Role.ANALYST),
        lambda: compute(home, "甲", role=Role.ANALYST),
        lambda: watch(home, "甲", "https://x.example/", 0.2, role=Role.ANALYST),
    ):
        with pytest.raises(ForbiddenError):
            act()


def test_snapshots_are_taken_as_of_mining(home: Home) -> None:
    save(home, "甲", "active:30d")
    version = compute(home, "甲")
    assert version.as_of == AS_OF
    assert version.at - AS_OF > timedelta(0)
    assert os.stat(home.state).st_mode & 0o077 == 0
