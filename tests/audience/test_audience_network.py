"""Influence, communities, exports and charts over one small planted network; and competitors over time."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import networkx as nx
import polars as pl
import pyarrow as pa
import pytest

from audience.errors import BadQueryError, NotMinedError, SensitiveQueryError
from audience.index.build import build
from audience.network.communities import communities, community_map
from audience.network.export import around, export_network
from audience.network.influence import influencers
from audience.network.overlap import overlap
from lake.schemas import ACCOUNTS, ANNOTATIONS, COMMUNITIES, EDGES, INFLUENCE, PROFILES, TAG_INFLUENCE, VAULT
from lake.store import Lake
from mining.standing import influence_table, tag_influence_table, trust_table
from mining.structure import community_table, visible_edges
from privacy.audit import entries
from privacy.brands import Brand, BrandRole, write_brands
from privacy.disclosure import Disclosure, Role
from privacy.errors import BadInputError, ForbiddenError, NotFoundError
from privacy.home import Home
from privacy.optouts import block
from tests.audience.audience_world import AS_OF, account_id

CIRCLE = 40  # members of each of two circles; 0 and 40 lead theirs, 1 is hidden, 80 joins both
SHY, JOINER = 1, 80
_KEPT: list[TemporaryDirectory[str]] = []


def row(schema: Any, **columns: Any) -> dict[str, Any]:
    provenance = {
        "source": "microblog",
        "run_id": "r",
        "collected_at": AS_OF,
        "policy_id": "x",
        "month": "2026-07",
    }
    return dict.fromkeys(schema.names) | {k: v for k, v in provenance.items() if k in schema.names} | columns


def edge(src: int, dst: int, kind: str = "follow", post: str = "", at: datetime = AS_OF) -> dict[str, Any]:
    ends = {"src": account_id(src), "dst": account_id(dst)}
    return row(EDGES.schema, **ends, kind=kind, post_id=post, at=at - timedelta(days=1))


def write(home: Home, name: str, schema: Any, rows: list[dict[str, Any]]) -> None:
    Lake(home).append({name: pa.Table.from_pylist(rows, schema=schema)})


@cache
def planted() -> Home:
    """Two circles around their leader; all of the first reposted account 0 about 露营, those of the second 40."""
    folder = TemporaryDirectory(prefix="renqun-network-")
    _KEPT.append(folder)
    home = Home.find(Path(folder.name))
    edges, posts = [], []
    for lead in (0, CIRCLE):
        members = range(lead + 1, lead + CIRCLE)
        for n in members:
            edges += [
                edge(n, lead),
                edge(n, lead + 1 + (n + 1 - lead) % (CIRCLE - 1)),
                edge(lead + 1 + (n * 7) % (CIRCLE - 1), n),
            ]
            edges.append(edge(n, lead, "repost", f"p{n}"))
            posts.append((f"p{n}", n, "露营" if lead == 0 else "咖啡"))
    edges += [edge(JOINER, n) for n in (0, 5, 9, CIRCLE, CIRCLE + 5, CIRCLE + 9)]
    write(home, "edges", EDGES.schema, [one for one in edges if one["src"] != one["dst"]])
    write(home, "annotations", ANNOTATIONS.schema, [
        row(ANNOTATIONS.schema, post_id=post, account_id=account_id(n), created_at=AS_OF, tags=[tag], tag_probs=[0.9],
            spam=0.0, searchable=True, words="", hashtags=[])
        for post, n, tag in posts
    ])  # fmt: skip
    write(home, "accounts", ACCOUNTS.schema, [
        row(ACCOUNTS.schema, id=account_id(n), kind="brand" if n in (0, CIRCLE) else "person", public=n in (0, CIRCLE),
            name={0: "山野集", CIRCLE: "归山咖啡"}.get(n), listable=n != SHY, followers_count=n)
        for n in range(JOINER + 1)
    ])  # fmt: skip
    _mine(home)
    return home


def _mine(home: Home) -> None:
    """The derived tables by mining's own functions, then the index."""
    lake = Lake(home)
    edges, annotations, accounts = visible_edges(lake), lake.read("annotations"), lake.read("accounts")
    trust = trust_table(accounts, annotations)
    levels = pl.DataFrame(
        [(account_id(n), "露营" if n < CIRCLE else "咖啡", 3.0) for n in range(JOINER)],
        schema=["account_id", "tag", "weight"], orient="row",
    )  # fmt: skip
    posts = annotations.select("account_id", pl.lit("post").alias("kind"), pl.lit(1).alias("reposts"))
    ranks = influence_table(edges, posts, accounts, trust, AS_OF)
    lake.replace("influence", ranks.to_arrow().cast(INFLUENCE.schema))
    topical = tag_influence_table(edges, levels, annotations, trust, AS_OF)
    lake.replace("tag_influence", topical.to_arrow().cast(TAG_INFLUENCE.schema))
    leaders = (
        accounts.filter("public")
        .select(pl.col("id").alias("account_id"), "name")
        .join(ranks, on="account_id")
    )
    groups, _ = community_table(edges, levels, leaders, lake.read("communities"))
    lake.replace("communities", groups.to_arrow().cast(COMMUNITIES.schema))
    known = ranks.join(groups, on="account_id", how="left")
    places = {one["account_id"]: one for one in known.iter_rows(named=True)}
    level = {"level": 5, "weight": 3.0, "posts": 3, "evidence": []}
    rows = [
        row(PROFILES.schema, account_id=account_id(n), person_id=account_id(n), listable=n != SHY, kind="person",
            public=n in (0, CIRCLE), name={0: "山野集", CIRCLE: "归山咖啡"}.get(n), post_count=3,
            community=places[account_id(n)]["community"], influence=places[account_id(n)]["percentile"], intents=[],
            topics=[], follows=[], engaged=[], terms=[], hours=[], words="", vector=[0.0], followers=n,
            tags=[level | {"tag": tag} for tag in ("露营", "咖啡") if n == JOINER or (tag == "露营") == (n < CIRCLE)])
        for n in range(JOINER + 1)
    ]  # fmt: skip
    lake.replace("profiles", pa.Table.from_pylist(rows, schema=PROFILES.schema))
    home.models.mkdir(parents=True, exist_ok=True)
    (home.models / "state.json").write_text('{"as_of": "2026-08-01T00:00:00+00:00"}')
    build(home)


def test_leaders_come_first_with_who_passes_them_on() -> None:
    answer = influencers(planted(), limit=5)
    assert {one.name for one in answer.influencers[:2]} == {"山野集", "归山咖啡"}
    lead = next(one for one in answer.influencers if one.name == "山野集")
    assert lead.topics == ["露营"]
    assert lead.communities[0].startswith("露营")
    assert [who.times for who in lead.amplified_by] == [1, 1, 1]
    assert account_id(SHY) not in {who.account_id for who in lead.amplified_by}
    assert lead.followers == 40
    assert lead.low <= lead.percentile <= lead.high
    assert account_id(SHY) not in {one.account_id for one in influencers(planted(), limit=1000).influencers}


def test_an_interest_has_its_own_leaders() -> None:
    answer = influencers(planted(), "咖啡", limit=3)
    assert answer.influencers[0].name == "归山咖啡"
    assert answer.people == 40
    assert {one.tag_percentile is not None for one in answer.influencers} == {True}
    among = influencers(planted(), among="tag:咖啡 influence:>=p50", limit=100)
    assert among.among == "tag:咖啡 influence:>=p50"
    assert all(one.percentile >= 50 for one in among.influencers)


def test_what_may_not_be_asked_of_influence_is_refused() -> None:
    with pytest.raises(BadQueryError):
        influencers(planted(), "不存在的兴趣")
    with pytest.raises(BadQueryError, match="U\\+0000"):
        influencers(planted(), "\x00")
    with pytest.raises(BadQueryError, match="200 characters"):
        influencers(planted(), "长" * 5_000)
    with pytest.raises(SensitiveQueryError):
        influencers(planted(), "抑郁症")
    with pytest.raises(ForbiddenError):
        influencers(planted(), role=Role.ANALYST)
    with pytest.raises(BadInputError):
        influencers(planted(), limit=0)
    assert influencers(planted(), disclosure=Disclosure(k=500)).hidden
    with TemporaryDirectory() as empty, pytest.raises(NotMinedError):
        influencers(Home.find(Path(empty)))


def test_communities_are_named_led_and_joined() -> None:
    answer = communities(planted(), role=Role.PLANNER)
    assert [community.people for community in answer.communities] == [40, 40]
    led = {tuple(community.leaders): community for community in answer.communities}
    assert set(led) == {("山野集",), ("归山咖啡",)}
    assert led["山野集",].name == "露营"
    assert led["山野集",].over_indexed[0].value == "露营"
    joiners = {bridge.account_id for bridge in answer.bridges}
    assert account_id(JOINER) in joiners
    assert not communities(planted()).bridges  # an analyst sees no accounts
    assert communities(planted(), disclosure=Disclosure(k=500)).hidden == 2


def test_the_map_is_what_echarts_takes() -> None:
    chart = community_map(planted())
    assert [node.value for node in chart.nodes] == [40, 40]
    assert {node.category for node in chart.nodes} == {0, 1}
    assert len(chart.categories) == 2
    assert community_map(planted(), disclosure=Disclosure(k=500)).hidden


def test_around_an_account_stand_those_joined_to_it() -> None:
    chart = around(planted(), "山野集", limit=30)
    ids = {node.id for node in chart.nodes}
    assert account_id(0) in ids
    assert account_id(SHY) not in ids
    assert len(ids) == 31
    assert all(link.source in ids and link.target in ids for link in chart.links)
    assert around(planted(), account_id(JOINER)).hidden  # only six people are around it
    with pytest.raises(NotFoundError):
        around(planted(), account_id(SHY))
    with pytest.raises(ForbiddenError):
        around(planted(), "山野集", role=Role.ANALYST)


@pytest.mark.parametrize("ending", ["gexf", "graphml"])
def test_xml_files_read_back_as_the_network(ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"网络.{ending}"
    report = export_network(planted(), path)
    graph = (nx.read_gexf if ending == "gexf" else nx.read_graphml)(path)
    assert graph.number_of_nodes() == report.accounts == JOINER
    assert graph.number_of_edges() == report.edges
    assert account_id(SHY) not in graph
    assert graph.nodes[account_id(0)]["label"] == "山野集"
    assert graph.nodes[account_id(5)]["label"] == account_id(5)[:11]
    assert entries(planted(), 1)[0].action == "export network"
    assert sorted(tmp_path.iterdir()) == [path]


def test_tables_come_with_their_accounts(tmp_path: Path) -> None:
    report = export_network(planted(), tmp_path / "net.csv", among="tag:露营", kinds=("repost",))
    edges, nodes = pl.read_csv(report.path), pl.read_csv(tmp_path / "net-nodes.csv")
    assert edges.columns == ["Source", "Target", "Kind", "Weight", "Since"]
    assert set(edges["Target"]) == {account_id(0)}
    assert set(edges["Source"]) <= set(nodes["Id"])
    assert nodes.height == report.accounts == CIRCLE
    export_network(planted(), tmp_path / "net.parquet")
    assert pl.read_parquet(tmp_path / "net.parquet").columns == [
        "source",
        "target",
        "kind",
        "weight",
        "since",
    ]


def test_exports_that_may_not_be_are_refused_and_leave_nothing(tmp_path: Path) -> None:
    for path, arguments, error in (
        ("a.xlsx", {}, BadInputError),
        ("a.csv", {"kinds": ("likes",)}, BadInputError),
        ("a.csv", {"role": Role.ANALYST}, ForbiddenError),
        ("a.csv", {"disclosure": Disclosure(k=500)}, ForbiddenError),
        ("a.csv", {"among": "tag:露营>=9"}, ForbiddenError),
    ):
        with pytest.raises(error):
            export_network(planted(), tmp_path / path, **arguments)
    assert not list(tmp_path.iterdir())


def test_who_opted_out_is_in_no_answer(tmp_path: Path) -> None:
    home = planted()
    block(home, [account_id(7)])
    try:
        assert account_id(7) not in {node.id for node in around(home, "山野集", 100).nodes}
        report = export_network(home, tmp_path / "net.csv")
        assert account_id(7) not in Path(report.path).read_text("utf-8")
    finally:
        from privacy.optouts import unblock

        unblock(home, [account_id(7)])


def rivals(root: Path) -> Home:
    """100 follow A in January, of whom 40 are gone in June and 30 of these follow B by then; 50 follow B all along."""
    home = Home.find(root)
    january, june = datetime(2026, 1, 10, tzinfo=UTC), datetime(2026, 6, 10, tzinfo=UTC)
    brands = [
        Brand("A", BrandRole.OURS, ("microblog:#a",)),
        Brand("B", BrandRole.COMPETITOR, ("microblog:#b",)),
    ]
    home.root.mkdir(parents=True, exist_ok=True)
    write_brands(home, brands)
    a, b = 900, 901
    names = [
        row(VAULT.schema, id=account_id(n), kind="account", native_id=native, account_id=account_id(n))
        for n, native in ((a, "a"), (b, "b"))
    ]
    write(home, "names", VAULT.schema, names)
    first = [edge(n, a, at=january) for n in range(100)] + [edge(n, b, at=january) for n in range(200, 250)]
    later = [edge(n, a, at=june) for n in range(40, 100)]
    later += [edge(n, b, at=june) for n in (*range(30), *range(200, 250))]
    for rows, day in ((first, january), (later, june)):
        write(home, "edges", EDGES.schema, [one | {"collected_at": day} for one in rows])
    stated = [row(ACCOUNTS.schema, id=account_id(n), kind="brand", public=True, followers_count=size, edges_visible=True)
              for n, size in ((a, 100), (b, 80))]  # fmt: skip
    write(home, "accounts", ACCOUNTS.schema, stated)
    return home


def test_who_left_us_for_whom(tmp_path: Path) -> None:
    answer = overlap(rivals(tmp_path), ["A", "B"], since=date(2026, 1, 31), until=date(2026, 6, 30))
    lost = next(one for one in answer.churn if one.brand == "A")
    assert (lost.before, lost.left, lost.went_to) == (100, 40, {"B": 30})
    assert lost.low is not None
    assert lost.left_share is not None
    assert lost.low < 0.4 <= (lost.high or 0)
    assert lost.left_share == 0.4
    assert not overlap(rivals(tmp_path), ["A", "B"]).churn


def test_few_who_left_are_not_told(tmp_path: Path) -> None:
    answer = overlap(
        rivals(tmp_path),
        ["A", "B"],
        since=date(2026, 1, 31),
        until=date(2026, 6, 30),
        disclosure=Disclosure(k=45),
    )
    lost = next(one for one in answer.churn if one.brand == "A")
    assert (lost.left, lost.left_share, lost.went_to) == (None, None, {})


def test_who_left_is_unknown_where_a_list_was_read_once_and_it_is_said(tmp_path: Path) -> None:
    answer = overlap(rivals(tmp_path), ["A", "B"], since=date(2025, 1, 1), until=date(2025, 6, 30))
    assert not answer.churn
    assert any("who left A、B is not known" in warning for warning in answer.warnings)


@pytest.mark.parametrize(
    ("since", "until", "words"),
    [
        (date(2026, 6, 30), date(2026, 1, 31), "not before"),
        (date(9999, 1, 1), None, "not before"),
        (None, date(2026, 1, 31), "add since"),
    ],
)
def test_days_that_are_no_period_are_refused(
    tmp_path: Path, since: date | None, until: date | None, words: str
) -> None:
    with pytest.raises(BadInputError) as refused:
        overlap(rivals(tmp_path), ["A", "B"], since=since, until=until)
    assert words in f"{refused.value} {refused.value.hint}"


def test_the_query_that_wins_followers_over_is_one_that_search_understands() -> None:
    from audience.search.ask import search
    from tests.audience.audience_world import world

    home, _ = world()
    brands = [
        Brand("山野集", BrandRole.OURS, ("microblog:x",)),
        Brand("云帆户外", BrandRole.COMPETITOR, ("microblog:1",)),
    ]
    before = home.brands.read_bytes()
    write_brands(home, brands)
    try:
        conquest = overlap(home, ["山野集", "云帆户外"]).conquest
        assert [one.brand for one in conquest] == ["云帆户外"]
        assert conquest[0].people == search(home, conquest[0].query).total
        assert conquest[0].people
    finally:
        home.brands.write_bytes(before)
