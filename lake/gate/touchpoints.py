"""The user's own rows through the gate: who bought, answered, visited or was contacted, when, and what came of it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import polars as pl
import pyarrow as pa

from lake import columns as col
from lake.gate.incoming import Incoming, bad_time
from lake.gate.text import free_of_names
from lake.schemas import TOUCHPOINTS

if TYPE_CHECKING:
    from lake.gate.gate import Gate
    from lake.gate.rejects import Rejects

_KINDS = {
    "purchase": (
        "purchase",
        "order",
        "sale",
        "buy",
        "refund",
        "购买",
        "下单",
        "订单",
        "成交",
        "消费",
        "退款",
        "退货",
    ),
    "answer": ("answer", "survey", "poll", "vote", "问卷", "调查", "调研", "投票"),
    "visit": ("visit", "checkin", "到店", "访问", "浏览", "签到"),
    "contact": ("contact", "message", "call", "mail", "sms", "触达", "短信", "外呼", "推送", "邮件"),
    "service": ("service", "support", "客服", "售后"),
}
# What a row says in its kind or outcome, in one word: the rest of renqun acts on these.
_SAYS = {
    "refund": ("refund", "refunded", "returned", "退款", "已退款", "退货", "已退货"),
    "complaint": ("complaint", "complained", "投诉", "已投诉"),
    "unsubscribe": ("unsubscribe", "unsubscribed", "opt-out", "opt_out", "退订", "已退订", "取消订阅", "td"),
    "block": ("block", "blocked", "拉黑", "已拉黑", "屏蔽"),
}
OUTCOME_OF = {word: outcome for outcome, words in _SAYS.items() for word in words}
KIND_OF = {word: kind for kind, words in _KINDS.items() for word in words} | {
    **dict.fromkeys(_SAYS["complaint"], "service"),
    **dict.fromkeys((*_SAYS["unsubscribe"], *_SAYS["block"]), "contact"),
}
_WORDS = ("what", "place", "channel", "promotion", "outcome")


def admit(gate: Gate, incoming: Incoming, counts: Counter[str], rejects: Rejects) -> pa.Table:
    """The rows that name somebody and a time. Whom an account names becomes a pseudonym; customer ids stay."""
    if incoming.frame.is_empty():
        return TOUCHPOINTS.schema.empty_table()
    incoming.frame = _with_accounts(gate, incoming.frame)
    rows, _ = incoming.good(_fault(gate), rejects)
    if gone := gate.gone_among(rows["account_id"].drop_nulls()):
        kept = rows.filter(~pl.col("account_id").is_in(gone).fill_null(False))
        counts["withheld.touchpoints"] += rows.height - kept.height
        rows = kept
    rows = rows.with_columns(*_kind_and_outcome())
    made = rows.with_columns(
        _ids(gate, rows),
        col.months(rows["at"]),
        *(free_of_names(rows[name], gate.mentions) for name in _WORDS),
    )
    return col.table_of(TOUCHPOINTS, made, gate.kept("touchpoints"), gate.provenance())


def _with_accounts(gate: Gate, rows: pl.DataFrame) -> pl.DataFrame:
    """``account_id``: by the native id, else by handle or URL among the collected; ``unknown`` says why there is none."""
    rows = rows.with_columns(pl.col("source").fill_null(gate.source))
    by_id = rows.filter(pl.col("native_id").is_not_null()).select("source", "native_id").unique()
    ids = gate.pseudonyms.accounts(by_id["source"].to_list(), by_id["native_id"].to_list())
    rows = rows.join(
        by_id.with_columns(pl.Series("account_id", ids, dtype=pl.String)),
        on=["source", "native_id"],
        how="left",
        maintain_order="left",
    )
    names = ["source", "handle", "url"]
    told = pl.col("native_id").is_null() & pl.any_horizontal(pl.col("handle", "url").is_not_null())
    by_name = rows.filter(told).select(names).unique()
    if by_name.is_empty():
        return rows.with_columns(pl.lit(None, pl.String).alias("unknown"))
    found = [gate.people.named(*row) for row in by_name.iter_rows()]
    by_name = by_name.with_columns(
        pl.Series("named", [account for account, _ in found], dtype=pl.String),
        pl.Series("unknown", [why or None for _, why in found], dtype=pl.String),
    )
    rows = rows.join(by_name, on=names, how="left", nulls_equal=True, maintain_order="left")
    return rows.with_columns(pl.coalesce("account_id", "named"))


def _fault(gate: Gate) -> pl.Expr:
    """Why a row can't be kept, or null."""
    nobody = pl.all_horizontal(pl.col("account_id", "customer_id", "unknown").is_null())
    amount = pl.col("amount")
    return pl.coalesce(
        pl.when(nobody).then(pl.lit("nobody is named: native_id, handle, url and customer_id are missing")),
        pl.when(pl.col("account_id").is_null() & pl.col("customer_id").is_null()).then("unknown"),
        bad_time("at", gate.now),
        pl.when(amount < 0).then(
            pl.lit("amount is negative: write a refund with the outcome refund and the amount paid back")
        ),
        pl.when(amount.is_nan() | amount.is_infinite()).then(pl.lit("amount is no number")),
    )


def _kind_and_outcome() -> tuple[pl.Expr, pl.Expr]:
    """The kind, where it isn't said a purchase if there is an amount; refunds, complaints and the like in one spelling."""

    def standard(name: str, words: dict[str, str]) -> pl.Expr:
        said = pl.col(name).str.strip_chars().str.to_lowercase()
        return said.replace_strict(words, default=None, return_dtype=pl.String)

    kind = pl.coalesce(
        standard("kind", KIND_OF),
        pl.when(pl.col("kind").is_null() & pl.col("amount").is_not_null()).then(pl.lit("purchase")),
        pl.lit("other"),
    )
    said = pl.coalesce(standard("kind", OUTCOME_OF), standard("outcome", OUTCOME_OF), "outcome")
    return kind.alias("kind"), said.alias("outcome")


def _ids(gate: Gate, rows: pl.DataFrame) -> pl.Series:
    """The same when a row comes again: by its number where it has one, else by all that it says."""
    who = pl.coalesce("account_id", "customer_id")
    refund = pl.when(pl.col("outcome") == "refund").then(pl.lit("refund"))
    numbered = [pl.lit("number"), pl.col("number"), pl.col("what"), refund]
    said = [
        who,
        pl.col("at").dt.timestamp("us").cast(pl.String),
        pl.col("kind"),
        pl.col("amount").cast(pl.String),
    ]
    whole = [*said, *(pl.col(name) for name in _WORDS)]
    keys = rows.select(
        pl.when(pl.col("number").is_not_null())
        .then(pl.concat_str([part.fill_null("") for part in numbered], separator="\0"))
        .otherwise(pl.concat_str([part.fill_null("") for part in whole], separator="\0"))
    ).to_series()
    return pl.Series("id", gate.pseudonyms.touchpoints(gate.source, keys.to_list()), dtype=pl.String)
