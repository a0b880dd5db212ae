"""How likely each person is to buy within the next weeks, learned from touchpoints alone, with its calibration shown.

What people did up to a day, and whether they bought within HORIZON_DAYS after it, is cut out at several days of the past.
A logistic regression and gradient boosting learn from the earlier days, the better by log loss is kept, and isotonic
regression makes its scores chances on the latest day (B. Zadrozny, C. Elkan, "Transforming classifier scores into accurate
multiclass probability estimates", KDD 2002). The trial does the same one horizon earlier and compares the chances with
what then happened: no row after a day is ever used for that day's score.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from graph.intervals import wilson
from privacy.home import Home

HORIZON_DAYS = 30
CUTS = 4  # days to learn from, one horizon apart
MIN_BUYERS = 50  # in what is learned from, and in what it is calibrated on
BINS = 10
_FORGOTTEN_DAYS = 730  # whoever was not heard of for so long is not scored
_MOST = 60_000  # examples to learn from: more hardly change what is learned
_RESAMPLES = 200
_FILE = "propensity.json"

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Bin:
    """People of like chances: how many, the mean chance, the share that bought, and its 95 % interval."""

    people: int
    predicted: float
    observed: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """How far the chances were right on a later window than they were learned on; ``ece``: expected calibration error."""

    cut: str
    horizon_days: int
    method: str
    people: int
    bought: int
    ece: float
    ece_low: float
    ece_high: float
    auc: float
    bins: list[Bin] = field(default_factory=list)


def score(touchpoints: pl.DataFrame, as_of: datetime) -> tuple[pl.DataFrame, Calibration | None]:
    """(person_id, propensity) as of a moment, and the trial one horizon before it; nobody where too few bought to learn.

    ``touchpoints``: person_id, at, kind, amount, outcome. Raises nothing: what is not known is left out.
    """
    nobody = pl.DataFrame(schema={"person_id": pl.String, "propensity": pl.Float64})
    model = _Model.fit(touchpoints, as_of)
    if model is None:
        return nobody, None
    known = features(touchpoints, as_of)
    chances = pl.Series("propensity", np.round(model.predict(_matrix(known)), 4))
    return known.select("person_id").with_columns(chances), trial(touchpoints, as_of)


def trial(touchpoints: pl.DataFrame, as_of: datetime) -> Calibration | None:
    """Learn as if it were one horizon earlier, and hold the chances against who bought since. None with too few buyers."""
    cut = as_of - timedelta(days=HORIZON_DAYS)
    model = _Model.fit(touchpoints, cut)
    if model is None:
        return None
    matrix, bought = _examples(touchpoints, cut)
    if not 0 < bought.sum() < len(bought):
        return None
    return calibration(model.predict(matrix), bought, cut, model.method)


def calibration(chances: Floats, bought: Floats, cut: datetime, method: str) -> Calibration:
    """Chances against outcomes (0 or 1) in BINS groups of equal size, with the interval of the error by bootstrap."""
    from sklearn.metrics import roc_auc_score

    groups = _groups(chances)
    low, high = np.quantile(_resampled(chances, bought), (0.025, 0.975))
    bins = []
    for group in np.unique(groups):
        of = groups == group
        below, above = wilson(int(bought[of].sum()), int(of.sum()))
        bins.append(
            Bin(
                int(of.sum()),
                round(float(chances[of].mean()), 4),
                round(float(bought[of].mean()), 4),
                round(below, 4),
                round(above, 4),
            )
        )
    return Calibration(
        cut=cut.isoformat(),
        horizon_days=HORIZON_DAYS,
        method=method,
        people=len(chances),
        bought=int(bought.sum()),
        ece=round(_error(chances, bought, groups), 4),
        ece_low=round(float(low), 4),
        ece_high=round(float(high), 4),
        auc=round(float(roc_auc_score(bought, chances)), 4),
        bins=bins,
    )


def save(home: Home, tried: Calibration | None) -> None:
    """Keep the trial beside the models, or take an older one away; in one rename."""
    path = home.models / _FILE
    if tried is None:
        path.unlink(missing_ok=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".partial")
    draft.write_text(json.dumps(asdict(tried), indent=1), "utf-8")
    draft.replace(path)


def features(touchpoints: pl.DataFrame, cut: datetime) -> pl.DataFrame:
    """person_id and what each had done up to ``cut``, sorted by person_id; contacts count, but make nobody known."""
    past = touchpoints.filter(
        pl.col("at") <= cut,
        pl.col("at") > cut - timedelta(days=_FORGOTTEN_DAYS),
    )
    days = (pl.lit(cut) - pl.col("at")).dt.total_seconds() / 86_400
    refund = (pl.col("outcome") == "refund").fill_null(False)
    order, visit = (pl.col("kind") == "purchase") & ~refund, pl.col("kind") == "visit"
    contact, service = pl.col("kind") == "contact", pl.col("kind") == "service"
    counted: list[pl.Expr] = []
    for name, of in (("orders", order), ("visits", visit), ("contacts", contact)):
        counted += [(of & (days <= n)).sum().alias(f"{name}_{n}") for n in (7, 30, 90, 365)]
    return (
        past.group_by("person_id")
        .agg(
            *counted,
            order.sum().alias("orders"),
            (refund & (days <= 365)).sum().alias("refunds"),
            (service & (days <= 90)).sum().alias("services"),
            pl.col("amount").filter(order).mean().fill_null(0).alias("mean_amount"),
            days.filter(order).min().alias("since_order"),
            days.filter(order).max().alias("first_order"),
            days.filter(visit).min().alias("since_visit"),
            days.filter(~contact).min().alias("since_any"),
        )
        .filter(pl.col("since_any").is_not_null())
        .sort("person_id")
    )


def _matrix(known: pl.DataFrame) -> Floats:
    """Counts and days by their logarithm; what never happened is as long ago as can be, and told as such."""
    never = float(_FORGOTTEN_DAYS)
    gap = (pl.col("first_order") - pl.col("since_order")) / (pl.col("orders") - 1).clip(1)
    numbers = known.with_columns(
        pl.when(pl.col("orders") > 1).then(pl.col("since_order") / gap.clip(1)).fill_null(-1).clip(-1, 20).alias("due"),
        pl.when(pl.col("orders") > 1).then(gap).alias("gap"),
        *(pl.col(name).is_null().cast(pl.Int8).alias(f"no_{name}") for name in ("since_order", "since_visit")),
    ).drop("person_id")  # fmt: skip
    logged = [name for name in numbers.columns if name != "due" and not name.startswith("no_")]
    return numbers.with_columns(pl.col(logged).fill_null(never).clip(0).log1p()).cast(pl.Float64).to_numpy()


def _examples(touchpoints: pl.DataFrame, cut: datetime) -> tuple[Floats, Floats]:
    """What people had done by ``cut``, and whether they bought within the horizon after it."""
    known = features(touchpoints, cut)
    after = touchpoints.filter(
        pl.col("at") > cut,
        pl.col("at") <= cut + timedelta(days=HORIZON_DAYS),
        pl.col("kind") == "purchase",
        (pl.col("outcome") != "refund").fill_null(True),
    )
    bought = known["person_id"].is_in(after["person_id"].implode()).cast(pl.Float64).to_numpy()
    return _matrix(known), bought


@dataclass(frozen=True, slots=True)
class _Model:
    """A ranking of people and the step function that makes its scores chances."""

    method: str
    ranker: Any
    steps: Any

    @classmethod
    def fit(cls, touchpoints: pl.DataFrame, as_of: datetime) -> _Model | None:
        from sklearn.ensemble import HistGradientBoostingClassifier
        from sklearn.isotonic import IsotonicRegression
        from sklearn.linear_model import LogisticRegression
        from sklearn.metrics import log_loss
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler
        from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

        cuts = [as_of - timedelta(days=HORIZON_DAYS * n) for n in range(1, CUTS + 2)]
        held, held_bought = _examples(touchpoints, cuts[0])
        learned = [_examples(touchpoints, cut) for cut in cuts[1:]]
        matrix = np.concatenate([rows for rows, _ in learned])
        bought = np.concatenate([labels for _, labels in learned])
        some = np.random.default_rng(7).permutation(len(matrix))[:_MOST]
        matrix, bought = matrix[some], bought[some]
        if any(
            not MIN_BUYERS <= labels.sum() <= len(labels) - MIN_BUYERS for labels in (bought, held_bought)
        ):
            return None
        tried = {
            "logistic": make_pipeline(StandardScaler(), LogisticRegression(max_iter=1_000)),
            "boosting": HistGradientBoostingClassifier(
                max_iter=120, learning_rate=0.06, max_leaf_nodes=15, min_samples_leaf=40, random_state=7
            ),
        }
        losses = {}
        with threadpool_limits(1):  # so few rows are learned faster without threads waiting for one another
            for name, model in tried.items():
                model.fit(matrix, bought)
                losses[name] = log_loss(held_bought, model.predict_proba(held)[:, 1])
        method = min(losses, key=lambda name: losses[name])
        steps = IsotonicRegression(y_min=0.0, y_max=1.0, out_of_bounds="clip")
        steps.fit(tried[method].predict_proba(held)[:, 1], held_bought)
        return cls(method, tried[method], steps)

    def predict(self, matrix: Floats) -> Floats:
        """Each row's chance of a purchase within the horizon."""
        from threadpoolctl import threadpool_limits

        if not len(matrix):
            return np.zeros(0)
        with threadpool_limits(1):
            return np.asarray(self.steps.predict(self.ranker.predict_proba(matrix)[:, 1]), dtype=np.float64)


def _groups(chances: Floats) -> NDArray[np.int64]:
    """A group for each, about equal in size; like chances together."""
    edges = np.unique(np.quantile(chances, np.linspace(0, 1, BINS + 1)[1:-1]))
    return np.searchsorted(edges, chances, side="right").astype(np.int64)


def _resampled(chances: Floats, bought: Floats) -> list[float]:
    """The error of bootstrap samples. People of one chance and outcome are alike: samples are drawn of how many each are."""
    told, at = np.unique(chances, return_inverse=True)
    cells = np.bincount(2 * at + bought.astype(np.int64), minlength=2 * len(told))
    value, outcome = np.repeat(told, 2), np.tile([0.0, 1.0], len(told))
    group = _groups(chances)[np.unique(at, return_index=True)[1]].repeat(2)
    draws = np.random.default_rng(7).multinomial(len(chances), cells / len(chances), _RESAMPLES)
    return [_error(value, outcome, group, many.astype(np.float64)) for many in draws]


def _error(chances: Floats, bought: Floats, groups: NDArray[np.int64], many: Floats | None = None) -> float:
    """Expected calibration error (M. P. Naeini, G. Cooper, M. Hauskrecht, AAAI 2015): the groups' gaps, by size.

    ``many``: how many people each entry stands for; one each where it is left out.
    """
    people = np.ones(len(chances)) if many is None else many
    gap = np.bincount(groups, weights=people * (chances - bought))
    return float(np.abs(gap).sum() / people.sum())
