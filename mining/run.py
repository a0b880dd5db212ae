"""The mining run: collected tables in, derived tables and features out."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Protocol

import polars as pl
import pyarrow as pa

from lake import upkeep
from lake.persons import links_of
from lake.schemas import ANNOTATIONS
from lake.store import Lake
from lake.tracked import tracked_accounts
from mining import customers, series, standing, structure
from mining.annotators import annotate
from mining.brands import Tracked
from mining.counted import with_counted
from mining.coverage import coverage, read_runs
from mining.dictionary import cut_otherwise, load_words
from mining.features import account_touchpoints, build_features
from mining.models import Models
from mining.profiles import account_words, profile_table
from mining.silent import with_silent
from mining.state import (
    READS,
    MiningState,
    dictionary_digest,
    feature_sizes,
    file_digest,
    half_life_days,
    load_state,
    save_state,
)
from mining.tag_plan import TagPlan
from mining.topics import TopicSettings, TopicsFitted, drifted, fit_share, topic_table
from nlp.strength import account_levels
from privacy.errors import BadInputError
from privacy.home import Home


class Progress(Protocol):
    """Told what the run is doing: a stage's name and how many of its units are done of how many."""

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Report ``done`` of ``total`` units of ``stage``."""


@dataclass(slots=True)
class MineReport:
    """What a run did: seconds a stage, rows a derived table, posts annotated now, whether models were fitted and why."""

    as_of: datetime
    seconds: dict[str, float] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    annotated: int = 0
    refitted: bool = False
    drift: str = ""  # why topics no longer fitted, so that models were fitted anew
    topics: TopicsFitted | None = None  # where they were fitted now


class _Stages:
    """Times each stage and reports it."""

    def __init__(self, report: MineReport, progress: Progress) -> None:
        self.report, self.progress = report, progress

    @contextmanager
    def __call__(self, stage: str, total: int = 1) -> Iterator[None]:
        self.progress(stage, 0, total)
        started = time.perf_counter()
        yield
        spent = time.perf_counter() - started
        self.report.seconds[stage] = round(self.report.seconds.get(stage, 0) + spent, 3)
        self.progress(stage, total, total)


def _silent(stage: str, done: int, total: int) -> None:
    del stage, done, total


def mine(
    home: Home,
    as_of: datetime | None = None,
    *,
    refit: bool = False,
    full: bool = False,
    topics: str | None = None,
    progress: Progress = _silent,
) -> MineReport:
    """Bring the derived tables up to the lake.

    Posts already annotated by the current models are kept; ``full`` annotates all again, ``refit`` fits new models
    first, and so does ``topics`` (a number of topics, or auto). Models are also fitted anew where the newest posts have
    drifted away from the topics. With equal models and ``as_of`` both ways give the same tables. Raises BadInputError
    on an empty lake and for what is no number of topics.
    """
    lake = Lake(home)
    as_of = (as_of or datetime.now(UTC)).astimezone(UTC)
    versions = {name: lake.version(name) for name in READS}
    if not any(versions[name] is not None for name in ("posts", "edges", "touchpoints")):
        raise BadInputError(
            "there is nothing to mine: no posts, no edges, no touchpoints",
            hint="collect some first: renqun crawl, renqun import, or renqun demo",
        )
    report = MineReport(as_of)
    stage = _Stages(report, progress)

    dictionary, words = dictionary_digest(home), load_words(home)
    earlier = Models.load(home)
    known = load_state(home)
    own_tags, half_life = file_digest(home.own_tags), half_life_days()
    plan, tracked = TagPlan.of(home), Tracked(home)
    if earlier is not None and not refit and not earlier.tags.is_of(plan.taxonomy, plan.veto):
        with stage("fit tags"):
            earlier = earlier.retagged(lake.read("posts"), plan, words)
            earlier.save(home)
    settings = TopicSettings.read(topics, earlier.topics if earlier else None)

    def annotated(models: Models | None) -> tuple[pl.DataFrame, Models]:
        fitting = partial(Models.fit, plan=plan, user_words=words, topics=settings, earlier=earlier)
        return _annotations(lake, home, models, fitting, tracked, known, words, full=full, stage=stage)

    annotations, models = annotated(None if refit or topics else earlier)
    topic_share = fit_share(annotations)
    if known is not None and not report.refitted:
        report.drift = drifted(known.topic_share, topic_share)
        if report.drift:
            annotations, models = annotated(None)
            topic_share = fit_share(annotations)
        else:
            topic_share = known.topic_share
    if report.refitted:
        report.topics = TopicsFitted.of(models.topics)
    named = _derive(home, lake, annotations, models, as_of, half_life, stage, known.named if known else 0)
    upkeep.compact(lake.home, "annotations")
    state = MiningState(
        as_of.isoformat(),
        versions,
        file_digest(home.brands),
        models.version,
        report.rows,
        feature_sizes(home),
        named,
        tracked=tracked.version,
        dictionary=dictionary,
        topic_share=topic_share,
        own_tags=own_tags,
        half_life=half_life,
    )
    save_state(home, state)
    return report


def _annotations(
    lake: Lake,
    home: Home,
    models: Models | None,
    fitting: Callable[[pl.DataFrame], Models],
    tracked: Tracked,
    known: MiningState | None,
    user_words: list[str],
    *,
    full: bool,
    stage: _Stages,
) -> tuple[pl.DataFrame, Models]:
    """Annotate what is new (or all); give back the whole annotations table and the models it was made with."""
    usable = models is not None and known is not None and known.models == models.version
    usable = usable and known is not None and known.tracked == tracked.version
    everything = full or not usable or lake.version("annotations") is None
    since = None if everything or known is None else known.versions["posts"]
    with stage("read posts"):
        posts = lake.read("posts", since_version=since).sort("id")
    if models is None:
        with stage("fit models"):
            models = fitting(posts if everything else lake.read("posts"))
            models.save(home)
        stage.report.refitted = True
    before, models = models, models.with_dictionary(user_words)
    if models is not before and not everything:
        annotations = _cut_again(lake, posts, before, models, tracked, stage)
    else:
        tables = _annotated(posts, models, tracked, stage)
        with stage("write annotations"):
            if everything:
                lake.replace("annotations", pa.concat_tables([ANNOTATIONS.schema.empty_table(), *tables]))
            else:
                for table in tables:
                    lake.append({"annotations": table})
        with stage("read annotations"):
            annotations = lake.read("annotations").sort("post_id")
    if models is not before:
        models.save_dictionary(home)
    return annotations, models


def _cut_again(
    lake: Lake, new: pl.DataFrame, before: Models, models: Models, tracked: Tracked, stage: _Stages
) -> pl.DataFrame:
    """The annotations under a changed dictionary: new posts and those that hold a changed word are made anew."""
    with stage("read annotations"):
        kept = lake.read("annotations")
    changed = cut_otherwise(kept, before.segmenter, models.segmenter)
    with stage("read posts"):
        again = (
            lake.read("posts", where=pl.col("id").is_in(changed.implode())) if len(changed) else new.clear()
        )
    posts = pl.concat([new, again]).unique("id").sort("id")
    tables = _annotated(posts, models, tracked, stage)
    kept = kept.join(posts.select(pl.col("id").alias("post_id")), on="post_id", how="anti").with_columns(
        pl.lit(models.version).alias("model_version"), pl.lit(models.segmenter.version).alias("dictionary")
    )
    fresh = pl.from_arrow(pa.concat_tables([ANNOTATIONS.schema.empty_table(), *tables]))
    assert isinstance(fresh, pl.DataFrame)
    annotations = pl.concat([kept, fresh.select(kept.columns)], how="vertical_relaxed").sort("post_id")
    with stage("write annotations"):
        lake.replace("annotations", annotations.to_arrow())
    return annotations


def _annotated(posts: pl.DataFrame, models: Models, tracked: Tracked, stage: _Stages) -> list[pa.Table]:
    done = 0

    def count(rows: int) -> None:
        nonlocal done
        done += rows
        stage.progress("annotate posts", done, posts.height)

    with stage("annotate posts", posts.height):
        tables = list(annotate(posts, models, tracked, count))
    stage.report.annotated = posts.height
    return tables


def _derive(
    home: Home,
    lake: Lake,
    annotations: pl.DataFrame,
    models: Models,
    as_of: datetime,
    half_life: float,
    stage: _Stages,
    named: int,
) -> int:
    """Compute every other derived table, whole, and write each in one commit.

    ``named`` community ids were given before; gives back how many are now.
    """
    rows = stage.report.rows

    def write(name: str, frame: pl.DataFrame) -> None:
        lake.replace(name, frame.to_arrow())
        rows[name] = frame.height

    write("topics", topic_table(annotations, models.topics, models.version))
    with stage("trends"):
        mentions = series.items(annotations).collect()
        hourly = series.counts(mentions, "hour")
        collected = coverage(annotations, read_runs(lake))
        write("coverage", collected)
        write("trends", series.trends(mentions, hourly, collected))
    with stage("bursts"):
        write("bursts", series.bursts(mentions, hourly, collected))
    with stage("strength"):
        levels = account_levels(annotations, as_of, half_life, models.tags.background)
    with stage("graph"):
        edges = structure.visible_edges(lake)
        accounts = with_silent(home, lake, lake.read("accounts"), edges)
        trust = standing.trust_table(accounts, annotations)
        counts = lake.read("posts", columns=["account_id", "kind", "reposts"])
        ranks = standing.influence_table(edges, counts, accounts, trust, as_of)
        write("influence", ranks)
        write("tag_influence", standing.tag_influence_table(edges, levels, annotations, trust, as_of))
        leaders = accounts.filter("public").select(pl.col("id").alias("account_id"), "name")
        leaders = leaders.join(ranks.select("account_id", "pagerank"), on="account_id")
        groups, named = structure.community_table(edges, levels, leaders, lake.read("communities"), named)
        write("communities", groups)
    tracked = tracked_accounts(home)
    with stage("value"):
        worth, standings = customers.derive(home, lake, annotations, accounts, edges, tracked, as_of)
        write("value", worth)
    with stage("profiles"):
        relations = structure.tracked_relations(edges, tracked)
        known = (
            ranks.select("account_id", pl.col("percentile").alias("influence"), "followers")
            .join(groups.select("account_id", "community"), on="account_id", how="full", coalesce=True)
            .join(relations, on="account_id", how="full", coalesce=True)
        )
        used_words = account_words(annotations)
        profiles = profile_table(
            accounts,
            annotations,
            used_words,
            levels,
            known,
            lake.read("links"),
            standings,
            as_of,
            models.tags.taxonomy,
        )
        profiles = with_counted(profiles, annotations, models.segmenter.user_words, as_of)
        write("profiles", profiles)
    with stage("features"):
        touched = account_touchpoints(lake.read("touchpoints"), links_of(lake))
        parent_of = models.tags.taxonomy.parent_of
        build_features(home, profiles, annotations, used_words, edges, touched, parent_of)
    rows["annotations"] = annotations.height
    return named
