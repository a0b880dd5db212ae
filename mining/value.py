"""What a person is worth to the user, and where they stand as a customer: from touchpoints and from what they say they own.

Tiers are those of RFM analysis: buyers are ranked by recency, frequency and monetary value, each cut into fifths
(A. M. Hughes, *Strategic Database Marketing*, 1994), and the three added up. A customer is who bought, net of refunds,
or who says so of a brand of ours; a person of whom nothing of the kind is known has no state, which is not the same as
``potential``.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import polars as pl

from lake.schemas import VALUE
from nlp.buying import decisions, means

CURRENT_DAYS, DORMANT_DAYS = 180, 365
MENTION_DAYS = 365
# Fifths of fewer buyers tell nothing.
MIN_BUYERS = 20
HIGH_FROM, MIDDLE_FROM = 12, 8  # of 3 to 15
_CUSTOMERS = ("current", "dormant", "lost")


def value_table(
    touchpoints: pl.DataFrame,
    said: pl.DataFrame,
    relations: pl.DataFrame,
    follows: pl.DataFrame,
    propensity: pl.DataFrame,
    as_of: datetime,
) -> pl.DataFrame:
    """The ``value`` table: one row a person of whom anything of the kind is known, sorted by person_id.

    ``touchpoints`` are those of ``lake.persons.by_person``; ``said`` those of ``brand_talk``; ``relations``: person_id, ours (follows
    or engages one of our brands); ``follows``: src, dst, persons who follow a buyer or somebody who recommends us;
    ``propensity``: person_id, propensity.
    """
    past = touchpoints.filter(pl.col("at") <= as_of)
    frame = (
        _orders(past, as_of)
        .join(said, on="person_id", how="full", coalesce=True)
        .join(relations, on="person_id", how="full", coalesce=True)
        .join(propensity, on="person_id", how="left")
    )
    frame = _with_state(_with_tiers(frame), as_of)
    frame = frame.join(_hearers(frame, follows), on="person_id", how="left")
    mean_order = pl.col("amount").sum() / pl.col("orders").filter(pl.col("amount").is_not_null()).sum()
    counts = ("orders", "own_posts", "brand_posts", "recommends", "hearers", "decision_posts", "means_posts")
    told = frame.with_columns(
        (pl.col("propensity") * _order_value(mean_order)).alias("expected"),
        *(pl.col(name).fill_null(0) for name in counts),
    )
    known = pl.any_horizontal(
        pl.col("customer", "decision", "means", "propensity").is_not_null(), pl.col("brand_posts") > 0
    )
    schema = pl.Schema(pl.from_arrow(VALUE.schema.empty_table()).schema)  # type: ignore[union-attr]
    return (
        told.filter(known).select(pl.col(name).cast(kind) for name, kind in schema.items()).sort("person_id")
    )


def brand_talk(
    annotations: pl.DataFrame, people: pl.DataFrame, ours: list[str], as_of: datetime
) -> pl.DataFrame:
    """person_id and what their posts say: of our brands and any tracked one in the last year, of deciding and of prices.

    ``owned_at``: the latest post that says to own something of a brand of ours; ``interested_at``: that asks or compares.
    """
    talk = (
        annotations.filter(pl.col("created_at") <= as_of)
        .filter(pl.col("intent").is_not_null() | (pl.col("brands").list.len() > 0))
        .select(
            "account_id",
            "created_at",
            "intent",
            pl.col("words").str.replace_all(" ", "", literal=True).alias("text"),
            (pl.col("brands").list.len() > 0).fill_null(False).alias("brand"),
            pl.col("brands").list.eval(pl.element().is_in(ours)).list.any().fill_null(False).alias("own"),
        )
    )
    talk = talk.with_columns(decisions(talk["text"]), means(talk["text"]))
    own, year = pl.col("own"), pl.col("created_at") > as_of - timedelta(days=MENTION_DAYS)
    return (
        talk.join(people, on="account_id")
        .group_by("person_id")
        .agg(
            (year & own).sum().cast(pl.Int64).alias("own_posts"),
            (year & pl.col("brand")).sum().cast(pl.Int64).alias("brand_posts"),
            (year & own & (pl.col("intent") == "recommends")).sum().cast(pl.Int64).alias("recommends"),
            pl.col("created_at").filter(own & (pl.col("intent") == "owns")).max().alias("owned_at"),
            pl.col("created_at")
            .filter(own & pl.col("intent").is_in(["asks", "compares"]))
            .max()
            .alias("interested_at"),
            pl.col("decision").mean().round(4),
            pl.col("decision").count().cast(pl.Int64).alias("decision_posts"),
            pl.col("means").mean().round(4),
            pl.col("means").count().cast(pl.Int64).alias("means_posts"),
        )
    )


def _orders(touchpoints: pl.DataFrame, as_of: datetime) -> pl.DataFrame:
    """person_id, orders, amounts, first and last order, and the last touchpoint that is no purchase."""
    bought = pl.col("kind") == "purchase"
    refund = (pl.col("outcome") == "refund").fill_null(False)
    signed = pl.when(refund).then(-pl.col("amount")).otherwise(pl.col("amount"))
    year = pl.col("at") > as_of - timedelta(days=365)
    money = bought & pl.col("amount").is_not_null()
    order, paid_back = bought & ~refund, bought & refund
    net = pl.col("at").filter(order).n_unique().cast(pl.Int64) - paid_back.sum().cast(pl.Int64)
    reached = ~bought & (pl.col("kind") != "contact")
    return (
        touchpoints.group_by("person_id")
        .agg(
            pl.max_horizontal(net, 0).alias("orders"),
            pl.when(money.any()).then(signed.filter(money).sum().clip(0)).alias("amount"),
            pl.when(money.any()).then(signed.filter(money & year).sum().clip(0)).alias("amount_365d"),
            pl.col("at").filter(order).min().alias("first_order_at"),
            pl.col("at").filter(order).max().alias("last_order_at"),
            pl.col("at").filter(reached).max().alias("came_at"),
        )
        .with_columns(
            pl.when(pl.col("orders") > 0).then(pl.col(name)).alias(name)
            for name in ("amount", "amount_365d", "first_order_at", "last_order_at")
        )
    )


def _with_tiers(frame: pl.DataFrame) -> pl.DataFrame:
    """Recency, frequency and monetary fifths of the buyers (1 to 5, ties together), and the tier of their sum."""
    buyer = pl.col("orders") > 0
    enough = frame.filter(buyer).height >= MIN_BUYERS

    def fifth(name: str) -> pl.Expr:
        known = pl.when(buyer).then(pl.col(name))
        rank = known.rank("average") / known.count()
        return pl.when(pl.lit(enough)).then((rank * 5).ceil().clip(1, 5)).cast(pl.Int8)

    frame = frame.with_columns(
        fifth("last_order_at").alias("recency"),
        fifth("orders").alias("frequency"),
        fifth("amount").alias("monetary"),
    )
    # Without an amount the other two stand for all three.
    total = pl.col("recency") + pl.col("frequency") + pl.coalesce(
        "monetary", (pl.col("recency") + pl.col("frequency")) / 2
    )  # fmt: skip
    return frame.with_columns(
        pl.when(total >= HIGH_FROM)
        .then(pl.lit("high"))
        .when(total >= MIDDLE_FROM)
        .then(pl.lit("middle"))
        .when(total.is_not_null())
        .then(pl.lit("low"))
        .alias("value")
    )


def _with_state(frame: pl.DataFrame, as_of: datetime) -> pl.DataFrame:
    """``customer`` and where it is known from: by the latest purchase or statement of owning, else by interest in us."""

    def since(days: int) -> pl.Expr:
        return pl.lit(as_of - timedelta(days=days))

    last = pl.max_horizontal("last_order_at", "owned_at")
    interest = pl.col("came_at").is_not_null() | pl.col("interested_at").is_not_null()
    customer = (
        pl.when(last > since(CURRENT_DAYS))
        .then(pl.lit("current"))
        .when(last > since(DORMANT_DAYS))
        .then(pl.lit("dormant"))
        .when(last.is_not_null())
        .then(pl.lit("lost"))
        .when(interest | pl.col("ours").fill_null(False))
        .then(pl.lit("potential"))
    )
    by_rows = pl.coalesce(pl.col("last_order_at") == last, pl.col("came_at").is_not_null() & last.is_null())
    origin = pl.when(by_rows.fill_null(False)).then(pl.lit("touchpoints")).otherwise(pl.lit("declared"))
    return frame.with_columns(
        customer.alias("customer"), pl.when(customer.is_not_null()).then(origin).alias("customer_from")
    )


def _hearers(frame: pl.DataFrame, follows: pl.DataFrame) -> pl.DataFrame:
    """person_id, hearers: followers of each who are no customers."""
    customers = frame.filter(pl.col("customer").is_in(_CUSTOMERS)).select("person_id")
    return (
        follows.join(customers, left_on="src", right_on="person_id", how="anti")
        .group_by(pl.col("dst").alias("person_id"))
        .agg(pl.col("src").n_unique().cast(pl.Int64).alias("hearers"))
    )


def _order_value(overall: pl.Expr) -> pl.Expr:
    """What an order of this person brings: their own mean, drawn towards everybody's by the weight of two orders."""
    own = pl.when(pl.col("amount").is_not_null()).then(pl.col("amount"))
    return (own.fill_null(0) + 2 * overall) / (
        pl.when(own.is_not_null()).then(pl.col("orders")).otherwise(0) + 2
    )
