"""How a mined sandbox compares with its planted truth. Only checks: nothing of the product reads the truth."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import polars as pl
from numpy.typing import NDArray

from lake.store import Lake
from privacy.home import Home
from privacy.pseudonyms import Pseudonyms

BURST_TOLERANCE = timedelta(hours=3)
LOOKALIKE_INTERESTS = 5
LOOKALIKE_SEED_SHARE = 0.1
LOOKALIKE_MIN_MEMBERS = 60


def source_of(protocol: str) -> str:
    """The name under which a home knows the sandbox's server of this protocol."""
    return f"sandbox-{protocol}"


@dataclass(slots=True)
class Truth:
    """The planted truth, with native ids turned into the home's own pseudonyms."""

    accounts: pl.DataFrame  # account_id, interests, community, role; visible ones only
    posts: pl.Series  # ids of the posts that a compliant crawler can see
    bursts: list[dict[str, Any]]
    overlaps: list[dict[str, Any]]

    @classmethod
    def load(cls, path: Path, home: Home) -> Truth:
        """Read the truth file (JSON lines)."""
        lines: dict[str, list[dict[str, Any]]] = {}
        for line in path.read_bytes().splitlines():
            row = orjson.loads(line)
            lines.setdefault(row["kind"], []).append(row)
        names = Pseudonyms.open(home)
        seen = [row for row in lines["account"] if row["visible"]]
        accounts = pl.DataFrame(
            {
                "account_id": names.accounts(_sources(seen), _column(seen, "native_id")),
                "interests": _column(seen, "interests"),
                "community": _column(seen, "community"),
                "role": _column(seen, "role"),
            },
            schema_overrides={"interests": pl.List(pl.String), "community": pl.Int64},
        )
        posts = [row for row in lines["post"] if row["visible"]]
        ids = names.posts(_sources(posts), _column(posts, "native_id"))
        return cls(accounts, pl.Series("id", ids), lines.get("burst", []), lines.get("overlap", []))


def _column(rows: list[dict[str, Any]], name: str) -> list[Any]:
    return [row[name] for row in rows]


def _sources(rows: list[dict[str, Any]]) -> list[str]:
    return [source_of(row["source"]) for row in rows]


def lost_posts(lake: Lake, truth: Truth) -> int:
    """Planted posts visible to the crawler that are not in the lake."""
    kept = lake.read("posts", columns=["id"])["id"]
    return int((~truth.posts.is_in(kept.implode())).sum())


def quality(home: Home, truth: Truth, seed: int = 7) -> dict[str, float]:
    """Every figure of the demo's ``quality`` object."""
    lake = Lake(home)
    profiles = lake.read("profiles", columns=["account_id", "tags", "community", "followers"])
    return {
        **tag_quality(profiles, truth),
        **lookalike_quality(home, profiles, truth, seed),
        **burst_quality(lake.read("bursts"), truth),
        "community_nmi": community_nmi(profiles, truth),
        **overlap_quality(home, truth),
    }


def tag_quality(profiles: pl.DataFrame, truth: Truth) -> dict[str, float]:
    """Micro F1 over accounts x second-level tags, and the same over top interests."""
    from nlp.taxonomy import load_taxonomy

    parent_of = load_taxonomy().parent_of
    planted = (
        truth.accounts.select("account_id", pl.col("interests").alias("tag")).explode("tag").drop_nulls()
    )
    found = (
        profiles.select("account_id", "tags")
        .filter(pl.col("account_id").is_in(truth.accounts["account_id"].implode()))
        .explode("tags")
        .drop_nulls()
        .select("account_id", pl.col("tags").struct.field("tag"))
    )
    precision, recall, f1 = _micro(planted, found)

    def top(frame: pl.DataFrame) -> pl.DataFrame:
        return frame.with_columns(pl.col("tag").replace_strict(parent_of, return_dtype=pl.String)).unique()

    return {
        "tag_f1": f1,
        "tag_precision": precision,
        "tag_recall": recall,
        "tag_f1_top": _micro(top(planted), top(found))[2],
    }


def _micro(planted: pl.DataFrame, found: pl.DataFrame) -> tuple[float, float, float]:
    hits = found.join(planted, on=["account_id", "tag"], how="semi").height
    precision = hits / max(1, found.height)
    recall = hits / max(1, planted.height)
    f1 = 2 * hits / max(1, found.height + planted.height)
    return round(precision, 4), round(recall, 4), round(f1, 4)


def lookalike_quality(home: Home, profiles: pl.DataFrame, truth: Truth, seed: int) -> dict[str, float]:
    """Mean AUC of finding an interest's other members from a tenth of them, without the interest's own features."""
    from audience.lookalike.find import score_all
    from nlp.taxonomy import load_taxonomy

    taxonomy = load_taxonomy()
    rng = np.random.default_rng(seed)
    followers = dict(profiles.select("account_id", pl.col("followers").fill_null(0)).iter_rows())
    learned, by_degree = [], []
    for tag, members in _judged_interests(truth, profiles):
        seeds = set(
            rng.choice(sorted(members), max(5, round(LOOKALIKE_SEED_SHARE * len(members))), replace=False)
        )
        ignore = [
            f"tag:{tag}",
            f"parent:{taxonomy.parent_of[tag]}",
            *(f"term:{w}" for w in taxonomy.words_of(tag)),
        ]
        accounts, scores = score_all(home, sorted(seeds), ignore=ignore)
        rest = [i for i, account in enumerate(accounts) if account not in seeds]
        labels = np.array([accounts[i] in members for i in rest])
        learned.append(_auc(labels, np.asarray(scores)[rest]))
        by_degree.append(_auc(labels, np.array([followers.get(accounts[i], 0) for i in rest])))
    return {
        "lookalike_auc": round(float(np.mean(learned)), 4),
        "lookalike_auc_degree": round(float(np.mean(by_degree)), 4),
    }


def _judged_interests(truth: Truth, profiles: pl.DataFrame) -> Iterable[tuple[str, set[str]]]:
    known = truth.accounts.filter(pl.col("account_id").is_in(profiles["account_id"].implode()))
    members = known.explode("interests").drop_nulls("interests").group_by("interests").agg("account_id")
    sizes = members.with_columns(pl.col("account_id").list.len().alias("n")).sort(
        ["n", "interests"], descending=True
    )
    enough = sizes.filter(pl.col("n") >= LOOKALIKE_MIN_MEMBERS)
    judged = (enough if enough.height >= LOOKALIKE_INTERESTS else sizes).head(LOOKALIKE_INTERESTS)
    return [(tag, set(ids)) for tag, ids in judged.select("interests", "account_id").iter_rows()]


def _auc(labels: NDArray[np.bool_], scores: NDArray[np.float64]) -> float:
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(labels, scores))


def burst_quality(found: pl.DataFrame, truth: Truth) -> dict[str, float]:
    """Recall and precision of bursts: the right item, a start within three hours, each planted one matched once."""
    open_bursts = list(truth.bursts)
    hits = 0
    for row in found.sort("surprise", descending=True).iter_rows(named=True):
        names = {item.lstrip("#") for item in (row["item"], *row["related"])}
        match = next((burst for burst in open_bursts if _matches(burst, names, row["start"])), None)
        if match is not None:
            open_bursts.remove(match)
            hits += 1
    return {
        "burst_recall": round(hits / max(1, len(truth.bursts)), 4),
        "burst_precision": round(hits / max(1, found.height), 4),
    }


def _matches(burst: dict[str, Any], names: set[str], start: datetime) -> bool:
    planted = {*burst["terms"], *(tag.lstrip("#") for tag in burst["hashtags"]), burst["interest"]}
    about = any(name in planted or any(name in term for term in burst["terms"]) for name in names)
    return about and abs(start - datetime.fromisoformat(burst["start"])) <= BURST_TOLERANCE


def community_nmi(profiles: pl.DataFrame, truth: Truth) -> float:
    """Normalised mutual information with the planted community; an account without one stands alone."""
    from sklearn.metrics import normalized_mutual_info_score

    both = truth.accounts.select("account_id", pl.col("community").alias("planted")).join(
        profiles.select("account_id", "community"), on="account_id", how="left"
    )
    both = both.drop_nulls("planted").with_columns(pl.coalesce("community", "account_id").alias("found"))
    return round(float(normalized_mutual_info_score(both["planted"].to_list(), both["found"].to_list())), 4)


def overlap_quality(home: Home, truth: Truth) -> dict[str, float]:
    """Mean absolute error of the Jaccard figures, how often the 95 % interval covers the truth, and pairs judged."""
    from audience.network.overlap import overlap

    names = sorted({name for row in truth.overlaps for name in (row["a"], row["b"])})
    some = [names[i : i + 4] for i in range(0, len(names), 4)]  # an answer takes eight brands at most
    asked = [one + other for one, other in combinations(some, 2)] if len(some) > 1 else some
    answers = (overlap(home, brands) for brands in asked)
    found = {frozenset((pair.a, pair.b)): pair for answer in answers for pair in answer.pairs}
    errors, covered = [], []
    for row in truth.overlaps:
        pair = found[frozenset((row["a"], row["b"]))]
        if pair.jaccard is None or pair.low is None or pair.high is None:
            continue  # too few people to be shown
        errors.append(abs(pair.jaccard - row["jaccard"]))
        covered.append(pair.low <= row["jaccard"] <= pair.high)
    return {
        "overlap_error": round(float(np.mean(errors)), 4) if errors else float("nan"),
        "overlap_coverage": round(float(np.mean(covered)), 4) if covered else float("nan"),
        "overlap_pairs": len(covered),
    }
