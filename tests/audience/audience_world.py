"""A small planted population for the audience tests, and a slow plain-Python reading of queries to hold engines against."""

from __future__ import annotations

import json
import random
import shutil
import tempfile
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa

from audience.index.build import build
from audience.query.model import (
    Active,
    AudienceQuery,
    Followers,
    Influence,
    Interest,
    Posted,
    Words,
)
from audience.query.model import (
    Brand as BrandMention,
)
from lake.schemas import ANNOTATIONS, COMMUNITIES, EDGES, POSTS, PROFILES, TOPICS, VAULT
from lake.store import Lake
from nlp.taxonomy import load_taxonomy
from privacy.brands import Brand, BrandRole, write_brands
from privacy.home import Home

AS_OF = datetime(2026, 8, 1, tzinfo=UTC)
ACCOUNTS = 900
REGIONS = ("上海", "北京", "成都", "广州", "杭州")
BRANDS = ("山野集", "云帆户外", "好食记")
TOPICS_BY_ID = {"t01": "周末露营", "t02": "咖啡探店", "t03": "抑郁症互助"}
WORDS = (
    "露营",
    "帐篷",
    "天幕",
    "咖啡",
    "手冲",
    "拿铁",
    "猫咪",
    "跑步",
    "马拉松",
    "相机",
    "镜头",
    "今天",
    "周末",
    "真的",
)
BENEFITS = ("价格", "品质", "外观")
STYLES = ("尝鲜", "比价", "忠诚")
SEGMENTS = ("vip@1", "vip@2")
COUNTED = ("露营", "咖啡", "周末 露营")
_ONE_VALUE = {
    "activity": "activity",
    "customer": "customer",
    "value": "value",
    "gender": "gender",
    "age": "age_band",
    "education": "education",
    "occupation": "occupation",
}
_PLACES = {
    "topic": "topics",
    "follows": "follows",
    "engaged": "engaged",
    "intent": "intents",
    "benefit": "benefits",
    "style": "styles",
    "segment": "segments",
    **{name: name for name in ("region", "source", "community", "kind")},
}


def tags() -> list[str]:
    """The tags that the population has: two below each of the first eight top interests."""
    taxonomy = load_taxonomy()
    return [tag for parent in taxonomy.parents[:8] for tag in taxonomy.children_of(parent)[:2]]


def account_id(number: int) -> str:
    return f"u{number:032x}"


def post_id(number: int) -> str:
    return f"p{number:032x}"


def profiles(accounts: int = ACCOUNTS, seed: int = 5) -> list[dict[str, Any]]:
    """Rows of the profiles table: every tenth account is linked to the one before it."""
    rng, more = random.Random(seed), random.Random(seed + 1)
    known = tags()
    rows = []
    for number in range(accounts):
        levels = {tag: rng.randint(1, 10) for tag in rng.sample(known, rng.randint(0, 5))}
        last = AS_OF - timedelta(days=rng.expovariate(1 / 40), seconds=rng.randint(0, 80_000))
        silent = rng.random() < 0.05
        ordered = sorted(levels.items(), key=lambda item: (-item[1], item[0]))
        rows.append(
            {
                "account_id": account_id(number),
                "person_id": account_id(number - 1 if number % 10 == 9 else number),
                "source": rng.choice(("forum", "microblog")),
                "kind": rng.choices(("person", "organisation", "bot"), (20, 1, 1))[0],
                "public": False,
                "name": None,
                "listable": rng.random() < 0.85,
                "region": rng.choice((*REGIONS, None)),
                "gender": more.choice(("f", "m", None)),
                "age_band": more.choice(("18-24", "25-34", "55+", None)),
                "education": more.choice(("本科", "硕士", None)),
                "occupation": more.choice(("教师", "设计师", None)),
                "origins": '{"gender": "declared"}',
                "customer": more.choice(("potential", "current", "lost", None)),
                "value": more.choice(("high", "low", None)),
                "registered_at": None,
                "first_post_at": None,
                "last_active_at": None if silent else last,
                "post_count": rng.randint(1, 60),
                "posts_30d": 0,
                "followers": rng.choice((None, rng.randint(0, 3_000))),
                "activity": None if silent else rng.choice(("new", "active", "quiet", "gone")),
                "tags": [
                    {"tag": tag, "level": level, "weight": 1.0, "posts": 3, "evidence": [post_id(number)]}
                    for tag, level in ordered
                ],
                "intents": rng.sample(("asks", "compares", "owns"), rng.randint(0, 2)),
                "benefits": more.sample(BENEFITS, more.randint(0, 2)),
                "styles": more.sample(STYLES, more.randint(0, 2)),
                "brands": [
                    {"brand": brand, "posts": more.randint(1, 4), "sentiment": more.choice((-0.8, 0.0, 0.9))}
                    for brand in more.sample(BRANDS, more.choice((0, 1, 2)))
                ],
                "grounds": [
                    {"field": "benefit", "value": name, "posts": 2, "evidence": [post_id(number)]}
                    for name in BENEFITS
                ],
                "counted": _counted(more),
                "topics": rng.sample(tuple(TOPICS_BY_ID), rng.randint(0, 2)),
                "follows": rng.sample(BRANDS, rng.randint(0, 2)),
                "engaged": rng.sample(BRANDS, rng.choice((0, 0, 1))),
                "community": rng.choice(("c1", "c2", "c3", None)),
                "influence": rng.randint(0, 100),
                "terms": rng.sample(WORDS, 4),
                "hours": sorted(rng.sample(range(24), 3)),
                "words": " ".join(rng.choices(WORDS, k=rng.randint(0, 30))),
                "vector": [0.0],
                "segments": [],  # no column of profiles: who is in which frozen segment
            }
        )
    return rows


def _counted(rng: random.Random) -> list[str]:
    """Level terms of how often an account posted about some things."""
    terms = []
    for about in rng.sample(COUNTED, rng.randint(0, len(COUNTED))):
        often = 0
        for days in (7, 30, 90):
            often += rng.randint(0, 5)
            terms += [f"{about}/{days}>={step}" for step in (1, 2, 3, 5, 10, 20) if step <= often]
    return terms


def write_world(root: Path, rows: list[dict[str, Any]]) -> Home:
    """A home with profiles, topics, communities, evidence posts and brands; no index yet."""
    home = Home.find(root)
    lake = Lake(home)
    lake.replace("profiles", pa.Table.from_pylist(rows, schema=PROFILES.schema))
    topics = [
        {"topic": key, "name": name, "words": [name], "posts": 9, "npmi": 0.1, "model_version": "m"}
        for key, name in TOPICS_BY_ID.items()
    ]
    lake.replace("topics", pa.Table.from_pylist(topics, schema=TOPICS.schema))
    communities = [
        {"account_id": row["account_id"], "community": row["community"], "name": f"社群 {row['community']}"}
        for row in rows
        if row["community"]
    ]
    lake.replace("communities", pa.Table.from_pylist(communities, schema=COMMUNITIES.schema))
    lake.append({"posts": pa.Table.from_pylist([_post(row) for row in rows], schema=POSTS.schema)})
    lake.replace(
        "annotations", pa.Table.from_pylist([_annotation(row) for row in rows], schema=ANNOTATIONS.schema)
    )
    names = [_name(place) for place in range(len(BRANDS))]
    lake.append({"names": pa.Table.from_pylist(names, schema=VAULT.schema)})
    follows = [_follow(row, brand) for row in rows for brand in row["follows"]]
    lake.append({"edges": pa.Table.from_pylist(follows, schema=EDGES.schema)})
    write_brands(
        home, [Brand(name, BrandRole.COMPETITOR, (f"microblog:{i}",)) for i, name in enumerate(BRANDS)]
    )
    return home


def _post(row: dict[str, Any]) -> dict[str, Any]:
    number = int(row["account_id"][1:], 16)
    blank = dict.fromkeys(POSTS.schema.names)
    return blank | {
        "id": post_id(number),
        "account_id": row["account_id"],
        "created_at": AS_OF - timedelta(days=1),
        "month": "2026-07",
        "text": f"周末去湖边了，@{account_id(7)} 也在，电话 13800138000 <b>{row['words']}",
        "kind": "post",
        "hashtags": [],
        "mention_ids": [],
        "searchable": number % 5 != 0,
        "source": row["source"],
        **_PROVENANCE,
    }


def _annotation(row: dict[str, Any]) -> dict[str, Any]:
    number = int(row["account_id"][1:], 16)
    return dict.fromkeys(ANNOTATIONS.schema.names) | {
        "post_id": post_id(number),
        "account_id": row["account_id"],
        "source": row["source"],
        "created_at": AS_OF - timedelta(days=1),
        "month": "2026-07",
        "words": row["words"],
        "hashtags": [],
        "tags": [entry["tag"] for entry in row["tags"]],
        "topic": row["topics"][0] if row["topics"] else None,
        "searchable": number % 5 != 0,
    }


def _name(place: int) -> dict[str, Any]:
    """The vault's row of a tracked brand's account."""
    return dict.fromkeys(VAULT.schema.names) | {
        "id": account_id(10**6 + place),
        "kind": "account",
        "native_id": str(place),
        "handle": str(place),
        "account_id": account_id(10**6 + place),
        **_PROVENANCE,
        "source": "microblog",
    }


def _follow(row: dict[str, Any], brand: str) -> dict[str, Any]:
    seen = AS_OF - timedelta(days=3)
    return {
        "src": row["account_id"],
        "dst": account_id(10**6 + BRANDS.index(brand)),
        "kind": "follow",
        "post_id": "",
        "at": seen,
        "last_at": seen,
        "month": "2026-07",
        **_PROVENANCE,
        "source": row["source"],
    }


_PROVENANCE = {"run_id": "r", "collected_at": AS_OF, "policy_id": "x"}


@cache
def world() -> tuple[Home, list[dict[str, Any]]]:
    """The shared home, indexed: tests read it only."""
    folder = tempfile.TemporaryDirectory(prefix="renqun-audience-")
    _KEPT.append(folder)
    rows = profiles()
    home = write_world(Path(folder.name), rows)
    (home.models).mkdir(parents=True)
    (home.models / "state.json").write_text('{"as_of": "2026-08-01T00:00:00+00:00"}')
    build(home)
    return home, rows


@cache
def own_world(name: str) -> tuple[Home, list[dict[str, Any]]]:
    """A copy of the shared home for one file of tests: what was answered before changes what is answered."""
    home, rows = world()
    folder = tempfile.TemporaryDirectory(prefix=f"renqun-{name}-")
    _KEPT.append(folder)
    mine = Home.find(Path(folder.name) / "home")
    shutil.copytree(home.root, mine.root, ignore=shutil.ignore_patterns("answered*"))
    return mine, rows


_KEPT: list[tempfile.TemporaryDirectory[str]] = []


class Reference:
    """Persons as plain dicts, and queries evaluated one person at a time."""

    def __init__(self, rows: list[dict[str, Any]]) -> None:
        self.parent_of = load_taxonomy().parent_of
        self.people: dict[str, list[dict[str, Any]]] = {}
        for row in sorted(rows, key=lambda row: str(row["account_id"])):
            self.people.setdefault(row["person_id"], []).append(row)

    def matches(self, query: AudienceQuery) -> list[str]:
        return [person for person, rows in self.people.items() if self.meets(rows, query)]

    def meets(self, rows: list[dict[str, Any]], node: Any) -> bool:
        if isinstance(node, AudienceQuery):
            return (
                all(self.meets(rows, child) for child in node.all)
                and (not node.any or any(self.meets(rows, child) for child in node.any))
                and not any(self.meets(rows, child) for child in node.none)
            )
        match node:
            case Interest(field=field, value=value, min=low, max=high):
                return low <= self.level(rows, field, value) <= high
            case Words(value=value, phrase=phrase):
                return self._words(rows, value.split(), phrase)
            case Active(days=days):
                since = int((AS_OF - timedelta(days=days)).timestamp())
                return any(
                    r["last_active_at"] and int(r["last_active_at"].timestamp()) >= since for r in rows
                )
            case Influence(min=low, max=high):
                return bool(low <= max(r["influence"] for r in rows) <= high)
            case Followers(min=low, max=top):
                known = [r["followers"] for r in rows if r["followers"] is not None]
                return bool(known) and low <= max(known) and (top is None or max(known) <= top)
            case Posted(value=value, min=least, days=days):
                return any(f"{value}/{days}>={least}" in r["counted"] for r in rows)
            case BrandMention(value=value, mood=mood):
                moods = self.moods(rows)
                return value in moods and mood in (None, moods[value])
        if node.field in _ONE_VALUE:
            return bool(self.single(rows, node.field) == node.value)
        held = [r[_PLACES[node.field]] for r in rows]
        return any(node.value == v or (isinstance(v, list) and node.value in v) for v in held)

    def moods(self, rows: list[dict[str, Any]]) -> dict[str, str | None]:
        """Each brand mentioned: + or - by the mean sentiment of its posts, None where it is neither."""
        posts: dict[str, list[float]] = {}
        for row in rows:
            for entry in row["brands"]:
                posts.setdefault(entry["brand"], []).extend([entry["sentiment"]] * entry["posts"])
        means = {brand: sum(moods) / len(moods) for brand, moods in posts.items()}
        return {brand: "+" if mean >= 0.2 else "-" if mean <= -0.2 else None for brand, mean in means.items()}

    def single(self, rows: list[dict[str, Any]], field: str) -> str | None:
        """A single value: that of the account that was active last among those that have one."""
        chosen = self._speaker(rows, field)
        return chosen[_ONE_VALUE[field]] if chosen else None

    def origin(self, rows: list[dict[str, Any]], field: str) -> str | None:
        """Where that value is from; None where there is none."""
        chosen = self._speaker(rows, field)
        said = json.loads(chosen["origins"] or "{}") if chosen else {}
        usual = "touchpoints" if field in ("customer", "value") else "declared"
        return said.get(_ONE_VALUE[field], usual) if chosen else None

    def _speaker(self, rows: list[dict[str, Any]], field: str) -> dict[str, Any] | None:
        has = [row for row in rows if row[_ONE_VALUE[field]] is not None]
        seen = [row for row in has if row["last_active_at"]]
        return max(seen, key=lambda row: row["last_active_at"]) if seen else has[0] if has else None

    def level(self, rows: list[dict[str, Any]], field: str, value: str) -> int:
        levels = [
            entry["level"]
            for row in rows
            for entry in row["tags"]
            if value == (entry["tag"] if field == "tag" else self.parent_of[entry["tag"]])
        ]
        return max(levels, default=0)

    def standing(self, person: str) -> tuple[int, float, str]:
        rows = self.people[person]
        seen = [r["last_active_at"].timestamp() for r in rows if r["last_active_at"]]
        return -max(r["influence"] for r in rows), -max(seen, default=-1.0), person

    def listable(self, person: str) -> bool:
        return all(row["listable"] for row in self.people[person])

    @staticmethod
    def _words(rows: list[dict[str, Any]], wanted: list[str], phrase: bool) -> bool:
        docs = [row["words"].split() for row in rows]
        if not phrase:
            return all(any(word in doc for doc in docs) for word in wanted)
        n = len(wanted)
        return any(doc[i : i + n] == wanted for doc in docs for i in range(len(doc) - n + 1))
