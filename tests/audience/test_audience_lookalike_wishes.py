"""What a planner may wish of a list: seeds from a query, filters, kinds, a method; and how honest its own test is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from scipy import sparse

from audience.index.build import build
from audience.lookalike.answers import Reason, SeedReport
from audience.lookalike.features import AXES, load_space
from audience.lookalike.find import lookalike
from audience.lookalike.holdout import hold_out, report
from audience.lookalike.ignored import chosen_by
from audience.lookalike.kinds import kinds_of
from audience.lookalike.ranking import METHODS, Space
from audience.lookalike.seeds import Seeds, read_seeds, resolve, write_problems
from audience.named.lists import read_csv
from privacy.audit import entries
from privacy.errors import BadInputError
from privacy.home import Home
from tests.audience.audience_world import profiles, tags, write_world
from tests.audience.test_audience_lookalike import _seeds, named, planted

__all__ = ["named"]


@pytest.fixture(scope="module")
def campers(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The planted world with an index and features: interests, and the words that half of one interest's people use."""
    rows = profiles()
    home = write_world(tmp_path_factory.mktemp("wishes"), rows)
    home.models.mkdir(parents=True)
    (home.models / "state.json").write_text('{"as_of": "2026-08-01T00:00:00+00:00"}')
    build(home)
    known = tags()
    cells = [(n, known.index(tag["tag"])) for n, row in enumerate(rows) for tag in row["tags"]]
    rng = np.random.default_rng(1)
    own = [[tag["tag"] for tag in row["tags"]] for row in rows]
    words = [
        (n, len(known) + int(word))
        for n, held in enumerate(own)
        for word in rng.choice(5, 3) + (0 if known[0] in held else 5 if known[1] in held else 10)
    ]
    places = np.array([*cells, *words])
    matrix = sparse.csr_matrix(
        (np.ones(len(places), np.float32), (places[:, 0], places[:, 1])), (len(rows), len(known) + 15)
    )
    folder = home.models / "features"
    folder.mkdir()
    sparse.save_npz(folder / "matrix.npz", matrix)
    pl.DataFrame({"account_id": [row["account_id"] for row in rows]}).write_parquet(
        folder / "accounts.parquet"
    )
    names = {"group": ["tag"] * len(known) + ["term"] * 15, "name": [*known, *(f"w{i}" for i in range(15))]}
    pl.DataFrame(names).write_parquet(folder / "names.parquet")
    return home


def test_seeds_and_filters_come_from_queries(campers: Home) -> None:
    first = tags()[0]
    plain = lookalike(campers, f"tag:{first}", size=40, ignore=[f"tag:{first}"])
    assert not plain.hidden
    assert plain.seeds.rows % 5 == 0
    narrow = lookalike(
        campers,
        f"tag:{first}",
        size=40,
        where="region:上海",
        without="activity:gone",
        ignore=[f"tag:{first}"],
    )
    assert (narrow.where, narrow.without) == ("region:上海", "activity:gone")
    allowed = {
        row["person_id"]: row for row in profiles() if row["region"] == "上海" and row["activity"] != "gone"
    }
    assert narrow.candidates
    assert all(one.person_id in allowed or one.account_id in allowed for one in narrow.candidates)
    assert narrow.total is not None
    assert narrow.total <= 40
    assert entries(campers, 1)[0].action == "lookalike"


def test_a_filter_of_few_people_hides_the_answer(campers: Home) -> None:
    answer = lookalike(campers, f"tag:{tags()[0]}", size=40, where="region:上海 influence:>=p99")
    assert answer.hidden
    assert "fewer than 20" in answer.reason
    assert not answer.candidates
    left_out = lookalike(campers, f"tag:{tags()[0]}", size=40, without="region:上海 influence:>=p99")
    assert left_out.hidden


def test_kinds_of_seeds_are_served_in_turn(campers: Home) -> None:
    known = tags()
    answer = lookalike(campers, f"(tag:{known[0]} OR tag:{known[1]})", size=60, kinds=2)
    assert [kind.kind for kind in answer.kinds] == [1, 2]
    assert all(kind.seeds is not None and kind.seeds >= 20 and kind.traits for kind in answer.kinds)
    assert [one.kind for one in answer.candidates[:6]] == [1, 2, 1, 2, 1, 2]
    assert len({one.person_id for one in answer.candidates}) == len(answer.candidates)


def test_no_kind_has_fewer_than_k_seeds() -> None:
    home, groups = planted()
    features, space = load_space(home)
    marked = np.isin(features.persons, groups[1][:30] + groups[2][:4])
    assert [int(kind.seeds.sum()) >= 20 for kind in kinds_of(space, marked, 5, "centroid", 20)] == [True]
    answer = lookalike(home, _seeds(groups[1][:30]), size=30, kinds=5)
    assert any("of 1 kinds" in warning for warning in answer.warnings)


@pytest.mark.parametrize("method", METHODS)
def test_each_method_finds_the_group_and_says_why(method: str) -> None:
    home, groups = planted()
    answer = lookalike(home, _seeds(groups[1][::2]), size=40, method=method)
    assert answer.holdout is not None
    assert answer.holdout.method == method
    assert answer.holdout.by_method.keys() == {method}
    assert answer.holdout.plain_auc is not None
    assert answer.holdout.plain_auc > 0.7
    assert all(one.reasons for one in answer.candidates[:10])


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        ({"method": "magic"}, "no method"),
        ({"kinds": 0}, "kinds"),
        ({"kinds": 21}, "kinds"),
        ({"size": 2_000_000}, "the size is"),
        ({"ignore": ["露营"]}, "no feature"),
    ],
)
def test_wishes_that_cannot_be_are_refused(wish: dict[str, object], said: str) -> None:
    home, groups = planted()
    with pytest.raises(BadInputError, match=said) as caught:
        lookalike(home, _seeds(groups[1]), **wish)  # type: ignore[arg-type]
    assert caught.value.hint


def test_the_axes_are_kept_and_change_nothing() -> None:
    home, groups = planted()
    _, space = load_space(home)
    kept = np.load(home.models / "features" / AXES)
    again = Space(load_space(home)[0].matrix, kept)
    seeds = np.isin(load_space(home)[0].persons, groups[3][::3])
    assert np.allclose(
        again.rank("embedding", seeds).scores, space.rank("embedding", seeds).scores, atol=1e-3
    )


def test_the_interval_holds_the_true_auc_although_many_others_are_alike() -> None:
    """A third of all people are of the kind, a tenth of them is known: plainly tested, the list looks worse than it is."""
    rng = np.random.default_rng(4)
    people, width = 3_000, 60
    alike = rng.random(people) < 0.3
    chance = np.where(alike[:, None], np.where(np.arange(width) < 12, 0.25, 0.08), 0.1)
    matrix = sparse.csr_matrix((rng.random((people, width)) < chance).astype(np.float32))
    space = Space(matrix)
    covered, plainly = 0, 0
    for draw in range(8):
        members = np.flatnonzero(alike)
        seeds = np.zeros(people, dtype=bool)
        seeds[np.random.default_rng(draw).choice(members, 90, replace=False)] = True
        told = report(hold_out(space, seeds, ("logistic",)), 100)
        scores = space.rank("logistic", seeds).scores
        true = float((scores[alike & ~seeds][:, None] > scores[~alike]).mean())
        covered += told.auc_low <= true <= told.auc_high
        plainly += told.plain_auc is not None and told.plain_auc >= true
    assert covered >= 7
    assert plainly <= 1


def test_rows_that_are_no_seeds_are_listed_and_kept(named: Home, tmp_path: Path) -> None:
    file = tmp_path / "seeds.csv"
    lines = ["来源,用户id,用户名,备注", "micro,,user2,好客户", "micro,,user2,又一次", "micro,,nobody,=1+1"]
    lines += ["micro,,user1,", ",,,x", "micro,5,,退出的人", ""]
    file.write_bytes("\n".join(lines).encode("gbk"))
    rows = read_seeds(str(file))
    assert rows is not None
    report_ = resolve(named, rows).report
    assert [(one.row, one.reason, one.written) for one in report_.problems] == [
        (2, "duplicate", "micro user2"),
        (3, "unknown", "micro nobody"),
        (4, "ambiguous", "micro user1"),
        (5, "malformed", ""),
        (6, "opted_out", ""),
    ]
    kept = tmp_path / "problems.csv"
    assert write_problems(named, rows, kept) == 5
    written = kept.read_text("utf-8-sig").splitlines()
    assert written[0] == "row,reason,written"
    assert written[2] == "3,unknown,micro nobody"
    assert "退出" not in kept.read_text("utf-8-sig")


def test_a_word_is_a_query_and_a_missing_file_is_said() -> None:
    assert read_seeds("segment:老客") is None
    with pytest.raises(BadInputError, match=r"no file gone\.csv"):
        read_seeds("gone.csv")


def test_a_list_of_one_is_hidden_and_says_so() -> None:
    home, groups = planted()
    answer = lookalike(home, _seeds(groups[0][:1]))
    assert answer.hidden
    assert "fewer than 20" in answer.reason
    assert not answer.traits


def test_a_million_rows_take_no_more_memory_than_a_few(named: Home, tmp_path: Path) -> None:
    import tracemalloc

    def peak(rows: int) -> tuple[int, int]:
        file = tmp_path / f"{rows}.csv"
        block = "".join(f"micro,{n % 500}\n" for n in range(1_000))
        with file.open("w", encoding="ascii") as out:
            out.write("source,handle\n")
            for _ in range(rows // 1_000):
                out.write(block)
        tracemalloc.start()
        found = sum(1 for row in read_csv(file) if row)
        top = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found, top

    small, large = peak(10_000), peak(60_000)
    assert (small[0], large[0]) == (10_000, 60_000)
    assert large[1] < 1.5 * small[1]
    many = resolve(named, read_csv(tmp_path / "10000.csv")).report
    assert many.rows == many.unknown + many.opted_out == 10_000
    assert len(many.problems) == 100


@pytest.mark.soak
def test_a_million_rows_are_resolved_and_one_more_is_refused(named: Home, tmp_path: Path) -> None:
    file = tmp_path / "million.csv"
    file.write_text("source,native_id\n" + "micro,0\n" * 1_000_000, "ascii")
    report_ = resolve(named, read_csv(file)).report
    assert (report_.rows, report_.resolved, report_.duplicates) == (1_000_000, 1, 999_999)
    with file.open("a", encoding="ascii") as more:
        more.write("micro,1\n")
    with pytest.raises(BadInputError, match="more than 1,000,000"):
        resolve(named, read_csv(file))


@pytest.mark.parametrize(
    "missing", ["seeds.xlsx", "README.md", "seeds.csv", "no/such", "my seeds.json", "a\\b"]
)
def test_a_list_that_is_not_there_is_no_query(
    missing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BadInputError, match="there is no file") as caught:
        read_seeds(missing)
    assert ".csv, .tsv, .txt" in caught.value.hint
    with pytest.raises(BadInputError, match="is a folder"):
        read_seeds(str(tmp_path))


@pytest.mark.parametrize(
    "query", ["", "露营", "seeds", 'posts("露营")>=3/30d', "tag:露营", "tag:露营 v2.0", '"node.js"', "(a/b)"]
)
def test_a_query_for_seeds_is_no_file(query: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert read_seeds(query) is None


def test_a_list_of_another_kind_is_refused_with_the_kinds_that_are_read(tmp_path: Path) -> None:
    (tmp_path / "seeds.xlsx").write_bytes(b"PK\x03\x04\x00\x00")
    with pytest.raises(BadInputError, match="not text") as caught:
        read_seeds(str(tmp_path / "seeds.xlsx"))
    assert ".csv" in caught.value.hint
    with pytest.raises(BadInputError, match="only name, mail") as caught:
        read_csv(b"name,mail\nx,x@y.example\n")
    assert "source,handle" in caught.value.hint


def test_too_few_seeds_are_told_what_to_do(campers: Home) -> None:
    few = lookalike(campers, "nobodysword", size=40)
    assert few.hidden
    assert few.reason == "the seeds' query nobodysword: fewer than 20 people; widen it"
    listed = lookalike(campers, _seeds([row["person_id"] for row in profiles()[:5]]), size=40)
    assert "give more seeds" in listed.reason
    with pytest.raises(BadInputError) as caught:
        lookalike(campers, Seeds((), SeedReport(rows=1, resolved=0, unknown=1)), size=40)
    assert "source,handle" in caught.value.hint


def test_the_test_and_the_curve_tell_the_same_of_a_size(campers: Home) -> None:
    for where in ("", "region:上海"):
        answer = lookalike(campers, f"tag:{tags()[0]}", size=40, where=where, ignore=[f"tag:{tags()[0]}"])
        (point,) = [one for one in answer.curve if one.reach == 40]
        test = answer.holdout
        assert test is not None
        assert (test.recall_at, test.recall, test.lift) == (40, point.found, point.lift)
        assert (test.recall_low, test.recall_high) == (point.found_low, point.found_high)
        assert (test.lift_low, test.lift_high) == (point.lift_low, point.lift_high)
        assert test.hidden_at_once is not None
        assert test.hidden_seeds % test.hidden_at_once == 0


def test_an_interval_of_all_or_nothing_has_a_width(campers: Home) -> None:
    answer = lookalike(campers, f"tag:{tags()[0]}", size=40)
    last = answer.curve[-1]
    assert (last.found, last.found_high) == (1.0, 1.0)
    assert answer.holdout is not None
    least = answer.holdout.hidden_seeds / (answer.holdout.hidden_seeds + 1.96**2)
    assert last.found_low == pytest.approx(least, abs=1e-3)


def test_seeds_chosen_by_a_trait_are_said_to_be(campers: Home) -> None:
    first, words = tags()[0], [f"term:w{i}" for i in range(5)]
    found = lookalike(campers, f"tag:{first}", size=40, ignore=words)
    (warning,) = [one for one in found.warnings if "--ignore" in one]
    assert f"--ignore tag:{first}" in warning
    other = lookalike(campers, f"tag:{first}", size=40, ignore=[f"tag:{first}"])
    assert not [one for one in other.warnings if "--ignore" in one]


def test_a_trait_is_told_with_the_one_above_it(tmp_path: Path) -> None:
    def trait(group: str, name: str, weight: float) -> Reason:
        return Reason(group=group, name=name, label=name, weight=weight)

    both = [trait("tag", "咖啡", 0.45), trait("parent", "饮品", 0.42), trait("term", "手冲", 0.03)]
    assert chosen_by(Home(tmp_path), both, 0.95).endswith("--ignore tag:咖啡 --ignore parent:饮品")
    assert chosen_by(Home(tmp_path), both, 0.8) == ""
    apart = [trait("tag", "咖啡", 0.45), trait("parent", "户外", 0.42)]
    assert chosen_by(Home(tmp_path), apart, 0.95) == ""


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("tag:luying", "of tag there are"),
        ("{first}", "did you mean tag:{first}"),
        ("tag:{first}{first}", "did you mean tag:{first}"),
        ("nogroup:x", "groups: tag, term"),
        ("zzz", "write group:name"),
    ],
)
def test_a_feature_that_nobody_is_compared_by_is_refused(campers: Home, text: str, hint: str) -> None:
    first = tags()[0]
    with pytest.raises(BadInputError, match="no feature") as caught:
        lookalike(campers, f"tag:{first}", size=40, ignore=[text.format(first=first)])
    assert hint.format(first=first) in caught.value.hint


def test_a_feature_is_left_out_as_the_answer_calls_it(campers: Home) -> None:
    first = tags()[0]
    plain = lookalike(campers, f"tag:{first}", size=40, ignore=[f"tag:{first}"])
    called = lookalike(campers, f"tag:{first}", size=40, ignore=[f"兴趣：{first}"])
    assert called.candidates == plain.candidates
