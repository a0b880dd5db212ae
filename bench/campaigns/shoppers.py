"""A shop's simulated customers: who visits, is written to, buys and gives back, with chances that are known.

Each person buys at a rate of their own, more after visits, at week's ends and before holidays; some leave for good and some
come late. Amounts are log-normal around a level of the person's. Everything follows from the seed.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import polars as pl

SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "id": pl.String,
    "person_id": pl.String,
    "customer_id": pl.String,
    "at": pl.Datetime("us", "UTC"),
    "kind": pl.String,
    "amount": pl.Float64,
    "outcome": pl.String,
}


def touchpoints(people: int, days: int, end: datetime, seed: int) -> pl.DataFrame:
    """Touchpoints of ``people`` over the ``days`` before ``end``, in the columns of SCHEMA, sorted by time."""
    rng = np.random.default_rng(seed)
    rate = rng.gamma(0.6, 0.02, people)  # purchases a day
    visit_rate = 0.01 + 2.5 * rate * rng.lognormal(0, 0.5, people)
    joined = rng.integers(-days, int(days * 0.9), people).clip(0)
    left = np.where(rng.random(people) < 0.35, rng.integers(0, days, people), days)
    level = rng.lognormal(5, 0.6, people)
    warmth = np.zeros(people)
    parts: list[pl.DataFrame] = []
    for day in range(days):
        here = (joined <= day) & (day < left)
        visits = here & (rng.random(people) < visit_rate)
        contacted = here & (rng.random(people) < 0.01)
        warmth = 0.8 * warmth + visits + 0.5 * contacted
        season = (1.3 if day % 7 >= 5 else 0.9) * (1 + 0.2 * np.sin(2 * np.pi * day / 365))
        chance = rate * season * (0.6 + 0.8 * warmth)
        buys = here & (rng.random(people) < np.minimum(chance, 0.6))
        returned = buys & (rng.random(people) < 0.05)
        at = end - timedelta(days=days - day)
        for kind, who in (
            ("visit", visits),
            ("contact", contacted),
            ("purchase", buys),
            ("refund", returned),
        ):
            parts.append(_rows(kind, np.flatnonzero(who), level, at, rng))
    frame = pl.concat(parts).sort("at", "person_id", "kind")
    return frame.with_columns(pl.format("t{}", pl.int_range(pl.len())).alias("id")).select(list(SCHEMA))


def _rows(
    kind: str, who: np.ndarray, level: np.ndarray, at: datetime, rng: np.random.Generator
) -> pl.DataFrame:
    bought = kind in ("purchase", "refund")
    seconds = rng.integers(0, 43_200, len(who)) + (43_200 if kind == "refund" else 0)
    amounts = np.round(level[who] * rng.lognormal(0, 0.4, len(who)), 2) if bought else None
    return pl.DataFrame(
        {
            "person_id": [f"u{number:032x}" for number in who.tolist()],
            "customer_id": [f"C{number}" for number in who.tolist()],
            "at": [at + timedelta(seconds=int(second)) for second in seconds.tolist()],
            "kind": ["purchase" if bought else kind] * len(who),
            "amount": amounts if bought else [None] * len(who),
            "outcome": ["refund" if kind == "refund" else None] * len(who),
        },
        schema={name: dtype for name, dtype in SCHEMA.items() if name != "id"},
    )
