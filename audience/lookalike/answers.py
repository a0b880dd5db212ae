"""What a lookalike answers: candidates with reasons, the seeds found, and the hold-out."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from audience.answer import Answer


class SeedProblem(Answer):
    """A row of a seed list that is no seed: its number in the list (the first row below the header is 1), and why."""

    row: int
    reason: Literal["unknown", "ambiguous", "opted_out", "duplicate", "malformed"]
    written: str = Field(description="what the row said, shortened; empty for people who opted out")


class SeedReport(Answer):
    """What became of a list of seeds: rows read, then each row in exactly one of the other counts."""

    rows: int
    resolved: int
    unknown: int = 0
    ambiguous: int = 0
    opted_out: int = 0
    duplicates: int = 0
    malformed: int = 0
    unprofiled: int = Field(
        default=0, description="of the resolved: known, but without a profile (no posts mined)"
    )
    problems: list[SeedProblem] = Field(
        default_factory=list, description="the first rows that are no seeds; the counts are of all"
    )


class Reason(Answer):
    """A feature that speaks for a candidate; ``weight`` is its part of the score, 0 to 1."""

    group: str
    name: str
    label: str
    weight: float


class Candidate(Answer):
    """One lookalike, by pseudonym; ``similarity`` is 0 to 1: the chance of a seed, were seeds as common as others."""

    rank: int
    person_id: str
    account_id: str
    similarity: float
    kind: int | None = Field(default=None, description="of the kinds of seeds, the one that it is most like")
    reasons: list[Reason] = Field(default_factory=list)


class SeedKind(Answer):
    """One kind among the seeds, found by k-means: how many they are, and what sets them apart."""

    kind: int
    seeds: int | None
    listed: int | None = Field(description="candidates that are listed for it, rounded")
    traits: list[Reason] = Field(default_factory=list)


class CurvePoint(Answer):
    """Reach against similarity: taking the ``reach`` best, the last one taken has ``similarity``.

    ``found`` is the share of hidden seeds that are as similar as that or more, and ``lift`` that against chance, with 95 %
    intervals. At the size asked for they are the hold-out's ``recall`` and ``lift``.
    """

    reach: int
    similarity: float
    found: float | None = None
    found_low: float | None = None
    found_high: float | None = None
    lift: float | None = None
    lift_low: float | None = None
    lift_high: float | None = None


class Holdout(Answer):
    """The built-in test: part of the seeds at a time is hidden and looked for again. Intervals are of 95 %."""

    method: str
    hidden_seeds: int = Field(description="seeds that were hidden, over all rounds, and looked for again")
    hidden_at_once: int | None = Field(default=None, description="how many of them were hidden at a time")
    auc: float = Field(
        description="chance that a hidden seed comes before somebody who is not like the seeds"
    )
    auc_low: float
    auc_high: float
    plain_auc: float | None = Field(
        default=None, description="the same against everybody else, those like the seeds among them"
    )
    alike: float | None = Field(
        default=None,
        description="share of everybody else who are like the seeds, as far as the test can tell",
    )
    precision: float = Field(
        description="share of hidden seeds among the first n, n = seeds hidden at a time"
    )
    precision_low: float | None = None
    precision_high: float | None = None
    recall_at: int = Field(description="the size of the list")
    recall: float = Field(description="share of hidden seeds as similar as the last one listed, or more")
    recall_low: float | None = None
    recall_high: float | None = None
    lift: float
    lift_low: float
    lift_high: float
    by_method: dict[str, float] = Field(
        default_factory=dict, description="plain AUC of every method that was tried"
    )


class LookalikeAnswer(Answer):
    """People most like the seeds, why, and how far down the list still pays."""

    hidden: bool
    reason: str = ""
    seeds: SeedReport
    size: int = Field(description="candidates asked for")
    total: int | None = Field(description="candidates found, rounded; null where hidden")
    k: int
    candidates: list[Candidate] = Field(default_factory=list)
    traits: list[Reason] = Field(
        default_factory=list, description="what the seeds have in common, strongest first"
    )
    kinds: list[SeedKind] = Field(
        default_factory=list, description="where diversity was asked for: the kinds of seeds"
    )
    curve: list[CurvePoint] = Field(default_factory=list)
    holdout: Holdout | None = None
    ignore: list[str] = Field(default_factory=list, description="features that were left out")
    where: str = Field(default="", description="the query that candidates meet")
    without: str = Field(default="", description="the query that no candidate meets")
    warnings: list[str] = Field(default_factory=list)
