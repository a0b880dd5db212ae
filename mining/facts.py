"""What people say of themselves (gender, region, age, education, occupation), on their page or in the user's own surveys.

What the person's page says comes first; where it is silent, the latest answer to a survey question that asks just that
(a touchpoint of kind ``answer``: the question in ``what``, the answer in ``outcome``). Nothing is guessed, nobody under 18
gets an age, and sensitive matters are left out. ``origins`` says of each fact where it is from.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime

import polars as pl

from lake.gate.accounts import ADULT, BANDS, age_on
from privacy.sensitive import sensitive_matter

FACTS = ("gender", "region", "age_band", "education", "occupation")
_QUESTIONS = {
    **dict.fromkeys(("性别", "gender", "sex"), "gender"),
    **dict.fromkeys(("地区", "城市", "所在地", "所在城市", "居住地", "region", "city"), "region"),
    **dict.fromkeys(("年龄", "年龄段", "年纪", "生日", "出生日期", "age", "birthday"), "age_band"),
    **dict.fromkeys(("学历", "教育程度", "最高学历", "education"), "education"),
    **dict.fromkeys(("职业", "工作", "行业", "occupation", "job", "profession"), "occupation"),
}
_AROUND = re.compile(r"^(?:请问|请选择)?(?:您|你)?的?|(?:是)?(?:什么|多少|哪里)?[?？:：。\s]*$")
_GENDERS = {"女": "f", "女性": "f", "female": "f", "f": "f", "男": "m", "男性": "m", "male": "m", "m": "m"}
_DEGREES = (
    ("博士", r"博士|(?i:ph\.?d|doctor)"),
    ("硕士", r"硕士|研究生|(?i:master)"),
    ("本科", r"本科|学士|^大学$|(?i:bachelor)"),
    ("大专", r"大专|专科|高职"),
    ("高中及以下", r"高中|中专|职高|技校|初中|小学|(?i:high school)"),
)
_BAND = re.compile(r"(\d{2})\s*[-~—–至到]\s*(\d{2})")
_LONGEST = 40


def asked_facts(touchpoints: pl.DataFrame, as_of: datetime) -> pl.DataFrame:
    """person_id and, each ``told_…``, the facts of FACTS by that person's latest answers. ``touchpoints`` has ``person_id``."""
    answers = touchpoints.filter(
        pl.col("kind") == "answer", pl.col("what").is_not_null(), pl.col("outcome").is_not_null()
    )
    asked = _values(answers["what"], lambda said: _QUESTIONS.get(_AROUND.sub("", said.strip().lower())))
    told = (
        answers.with_columns(asked.alias("fact"))
        .drop_nulls("fact")
        .sort("person_id", "fact", "at", "id")
        .unique(["person_id", "fact"], keep="last", maintain_order=True)
    )
    rows = {
        fact: dict(
            zip(
                part["person_id"],
                (_read(fact, said, at, as_of) for said, at in part.select("outcome", "at").iter_rows()),
                strict=True,
            )
        )
        for (fact,), part in told.group_by("fact")
    }
    people = told["person_id"].unique().sort()
    columns = [
        pl.Series(f"told_{fact}", [rows.get(str(fact), {}).get(p) for p in people], dtype=pl.String)
        for fact in FACTS
    ]
    return pl.DataFrame([people, *columns])


def with_facts(profiles: pl.DataFrame) -> pl.DataFrame:
    """Profiles with FACTS filled from their ``told_…`` columns where the page is silent, and with ``origins`` (JSON)."""
    plain = {
        "education": profiles.select(_degree(pl.col("education"))).to_series(),
        "occupation": profiles["occupation"],
    }
    profiles = profiles.with_columns(_unsensitive(said).alias(name) for name, said in plain.items())
    origin = [
        pl.when(pl.col(fact).is_not_null())
        .then(pl.lit("declared"))
        .when(pl.col(f"told_{fact}").is_not_null())
        .then(pl.lit("touchpoints"))
        for fact in FACTS
    ] + [pl.col("customer_from")]
    parts = [
        pl.when(where.is_not_null()).then(pl.format('"{}": "{}"', pl.lit(fact), where))
        for fact, where in zip((*FACTS, "customer"), origin, strict=True)
    ]
    said = pl.concat_str(parts, separator=", ", ignore_nulls=True)
    return profiles.with_columns(
        *(pl.coalesce(fact, f"told_{fact}").alias(fact) for fact in FACTS),
        pl.when(said != "").then(pl.concat_str(pl.lit("{"), said, pl.lit("}"))).alias("origins"),
    )


def _read(fact: str, said: str, at: datetime, as_of: datetime) -> str | None:
    said = said.strip()
    if fact == "gender":
        return _GENDERS.get(said.lower())
    if fact == "age_band":
        return _age_band(said, at, as_of)
    if not said or len(said) > _LONGEST or sensitive_matter(said) is not None:
        return None
    if fact == "education":
        return next((degree for degree, pattern in _DEGREES if re.search(pattern, said)), said)
    return said


def _age_band(said: str, at: datetime, as_of: datetime) -> str | None:
    """The band of a birthday, of an age when asked, or of a band that is one of ours; None under 18 and for all else."""
    names = [name for _, name in BANDS]
    if (band := _BAND.search(said)) and f"{band[1]}-{band[2]}" in names:
        return f"{band[1]}-{band[2]}"
    if re.match(r"55\s*(?:\+|岁?以上)", said):
        return names[-1]
    number = re.fullmatch(r"(\d{1,3})\s*(?:岁|周岁)?", said)
    age = int(number[1]) + (as_of - at).days // 365 if number else age_on(said, as_of.date())
    if age is None or not ADULT <= age <= 110:
        return None
    return next(name for below, name in BANDS if age < below)


def _degree(said: pl.Expr) -> pl.Expr:
    known = [pl.when(said.str.contains(pattern)).then(pl.lit(degree)) for degree, pattern in _DEGREES]
    return pl.coalesce(*known, said)


def _unsensitive(said: pl.Series) -> pl.Series:
    """Without values that name a sensitive matter."""
    return _values(said, lambda value: None if sensitive_matter(value) else value)


def _values(said: pl.Series, change: Callable[[str], str | None]) -> pl.Series:
    """Each different value changed once."""
    different = said.drop_nulls().unique().to_list()
    changed = {value: change(value) for value in different}
    return said.replace_strict(changed, default=None, return_dtype=pl.String) if changed else said
