"""The communities of the network: how large, what they care about, who leads them, how close they are, who joins them."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from audience.errors import NotMinedError
from audience.index.opened import first_step
from audience.network.answers import (
    Bridge,
    ChartCategory,
    ChartLink,
    ChartNode,
    CommunitiesAnswer,
    CommunityRow,
    Neighbour,
    NetworkChart,
)
from audience.network.interests import Interests
from audience.search.answers import FacetValue
from graph.bridges import bridges, closeness
from graph.communities import ties
from lake.store import Lake
from privacy.audit import record
from privacy.disclosure import Disclosure, Role, require
from privacy.home import Home
from privacy.sensitive import sensitive_matter

_INTERESTS, _LEADERS, _NEIGHBOURS, _BRIDGES = 5, 3, 3, 20
_SMALLEST, _LARGEST = 14.0, 70.0  # pixels of a dot


def communities(
    home: Home, role: Role = Role.ANALYST, who: str = "local", disclosure: Disclosure | None = None
) -> CommunitiesAnswer:
    """List the communities. Needs role analyst; accounts that join communities are listed to planners.

    People are counted once where accounts are linked. Communities of fewer than k people are counted, not shown.
    Raises NotMinedError where nothing was mined yet.
    """
    require(role, Role.ANALYST)
    disclosure = disclosure or Disclosure.from_settings()
    known = _Known.read(Lake(home))
    told = {name: size for name, size in known.sizes.items() if not disclosure.hidden(size)}
    near = closeness(known.pairs, known.groups)
    total = sum(known.sizes.values())
    answer = CommunitiesAnswer(
        people=disclosure.count(total),
        communities=[
            CommunityRow(
                community=community,
                name=known.names.get(community),
                people=disclosure.rounded(size),
                share=round(disclosure.rounded(size) / max(1, disclosure.rounded(total)), 4),
                over_indexed=known.over_indexed(community, disclosure),
                leaders=known.leaders(community),
                close_to=_neighbours(near, community, known.names, told),
            )
            for community, size in sorted(told.items(), key=lambda item: (-item[1], item[0]))
        ],
        hidden=len(known.sizes) - len(told),
        bridges=known.bridges(told) if role.rank >= Role.PLANNER.rank else [],
        k=disclosure.k,
    )
    record(home, who, role, "communities", {"bridges": [bridge.account_id for bridge in answer.bridges]})
    return answer


def community_map(
    home: Home, role: Role = Role.ANALYST, who: str = "local", disclosure: Disclosure | None = None
) -> NetworkChart:
    """The communities of at least k people as a chart: a dot each, a line where more joins two than chance would."""
    require(role, Role.ANALYST)
    disclosure = disclosure or Disclosure.from_settings()
    known = _Known.read(Lake(home))
    told = {name: size for name, size in known.sizes.items() if not disclosure.hidden(size)}
    if not told:
        return NetworkChart(hidden=True, reason=f"no community has {disclosure.k} people")
    shown = sorted(told, key=lambda name: (-told[name], name))
    most = max(told.values())
    near = closeness(known.pairs, known.groups).filter(
        pl.col("a").is_in(shown) & pl.col("b").is_in(shown) & (pl.col("weight") > pl.col("expected"))
    )
    record(home, who, role, "communities", {"map": len(shown)})
    return NetworkChart(
        categories=[ChartCategory(name=known.names.get(name) or name) for name in shown],
        nodes=[
            ChartNode(
                id=name,
                name=known.names.get(name) or name,
                value=disclosure.rounded(told[name]),
                symbolSize=round(_SMALLEST + (_LARGEST - _SMALLEST) * (told[name] / most) ** 0.5, 1),
                category=place,
            )
            for place, name in enumerate(shown)
        ],
        links=[
            ChartLink(source=row["a"], target=row["b"], value=round(row["weight"] / row["expected"], 2))
            for row in near.iter_rows(named=True)
        ],
    )


class _Known:
    """What is known of the communities, read once."""

    def __init__(self, lake: Lake, profiles: pl.DataFrame, groups: pl.DataFrame) -> None:
        self.profiles = profiles
        self.groups = groups.select("account_id", "community")
        named = groups.select("community", "name").drop_nulls().unique().iter_rows()
        self.names = {community: name for community, name in named if sensitive_matter(name) is None}
        self.members = self.groups.join(profiles, on="account_id").unique(["person_id", "community"])
        self.sizes: dict[str, int] = dict(self.members.group_by("community").len().iter_rows())
        self.pairs = ties(lake.read("edges", columns=["src", "dst", "kind"]))
        self._interests = Interests(profiles)

    @classmethod
    def read(cls, lake: Lake) -> _Known:
        if not lake.exists("communities") or not lake.exists("profiles"):
            raise NotMinedError("communities are not known yet", first_step(lake.home))
        columns = ["account_id", "person_id", "listable", "public", "name", "influence", "tags"]
        return cls(lake, lake.read("profiles", columns=columns), lake.read("communities"))

    def over_indexed(self, community: str, disclosure: Disclosure) -> list[FacetValue]:
        """The interests that its people have more than everybody, surest first."""
        inside = self.members.filter(pl.col("community") == community)
        return self._interests.more(inside["person_id"], disclosure, _INTERESTS)

    def leaders(self, community: str) -> list[str]:
        """Its public accounts that are listened to most."""
        public = self.members.filter((pl.col("community") == community) & pl.col("public")).drop_nulls("name")
        return public.sort("influence", "name", descending=[True, False])["name"].head(_LEADERS).to_list()

    def bridges(self, told: Mapping[str, int]) -> list[Bridge]:
        """Accounts that may be listed and join communities that are shown."""
        shown = self.groups.filter(pl.col("community").is_in(list(told)))
        who = self.profiles.filter("listable").select("account_id", "public", "name")
        found = bridges(self.pairs, shown).join(who, on="account_id", maintain_order="left").head(_BRIDGES)
        return [
            Bridge(
                account_id=row["account_id"],
                name=row["name"] if row["public"] else None,
                community=row["community"],
                reaches=row["reaches"],
                participation=round(row["participation"], 3),
            )
            for row in found.iter_rows(named=True)
        ]


def _neighbours(
    near: pl.DataFrame, community: str, names: Mapping[str, str], told: Mapping[str, int]
) -> list[Neighbour]:
    """The communities with more ties to this one than chance would put, the closest first."""
    own = near.filter((pl.col("a") == community) | (pl.col("b") == community)).with_columns(
        pl.when(pl.col("a") == community).then("b").otherwise("a").alias("other"),
        (pl.col("weight") / pl.col("expected")).alias("times"),
    )
    closer = own.filter(pl.col("other").is_in(list(told)) & (pl.col("times") > 1))
    ranked = closer.sort("times", "other", descending=[True, False])
    return [
        Neighbour(community=other, name=names.get(other), times_expected=round(times, 2))
        for other, times in ranked.select("other", "times").head(_NEIGHBOURS).iter_rows()
    ]
