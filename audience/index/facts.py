"""What may be known of a person beside what they write: each fact has an origin, their own page or the user's touchpoints."""

from __future__ import annotations

from typing import NamedTuple

DECLARED, TOUCHPOINTS = "declared", "touchpoints"


class Fact(NamedTuple):
    """A column of a member row, the query's name for it, and where it is from unless the profile says otherwise."""

    column: str
    field: str
    usual: str


FACTS = (
    Fact("gender", "gender", DECLARED),
    Fact("age_band", "age", DECLARED),
    Fact("education", "education", DECLARED),
    Fact("occupation", "occupation", DECLARED),
    Fact("customer", "customer", TOUCHPOINTS),
    Fact("value", "value", TOUCHPOINTS),
)
FACT_FIELDS = frozenset(fact.field for fact in FACTS)
