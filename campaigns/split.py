"""Who is written to and who is left alone: a keyed, stratified split that comes out the same every time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum

import polars as pl

from campaigns.stats import detectable
from privacy.errors import BadInputError
from privacy.pseudonyms import Pseudonyms

# Smaller strata are put together: alone they could not be split in the shares asked for.
MIN_STRATUM = 10
# An arm of fewer people shows nothing that a planner could act on.
MIN_ARM = 50
_REST = "other"
_UNKNOWN = "unknown"
TYPICAL_RATE = 0.05  # assumed where nobody said which rate is expected


class ArmName(StrEnum):
    """What becomes of a person in a campaign."""

    TEST = "test"
    CONTROL = "control"
    HOLDOUT = "holdout"  # left alone by every campaign


def held_out(key: Pseudonyms, persons: Sequence[str], share: float) -> list[bool]:
    """Whom every campaign leaves alone: the same people each time, as the home's key draws them; more for a larger share."""
    bar = int(share * 16**16)
    return [int(digest[:16], 16) < bar for digest in key.draws("holdout", persons)]


def split(
    key: Pseudonyms,
    campaign: str,
    strata: Mapping[str, str],
    control_share: float,
    baseline: float = TYPICAL_RATE,
) -> dict[str, str]:
    """person_id to arm. ``strata``: person_id to stratum; each gives its share to the control, to within one person.

    Within a stratum people stand in the order of a keyed hash of campaign and person, so that nobody can choose where
    they land, and the same people are split the same way again. Raises BadInputError for too few people, with what they
    would show at the rate ``baseline``.
    """
    smaller = min(control_share, 1 - control_share)
    if round(len(strata) * smaller) < MIN_ARM:
        raise BadInputError(_too_few(len(strata), control_share, baseline), _how_many(smaller))
    frame = pl.DataFrame({"person": list(strata), "stratum": list(strata.values())}).with_columns(
        pl.Series("draw", key.draws(f"campaign\0{campaign}", list(strata)))
    )
    start = int(key.draws("start", [campaign])[0][:8], 16) / 16**8
    place = (pl.int_range(pl.len()) + start) * control_share
    ordered = frame.sort("stratum", "draw").select(
        "person", ((place + control_share).floor() > place.floor()).alias("control")
    )
    return {
        person: str(ArmName.CONTROL if control else ArmName.TEST) for person, control in ordered.iter_rows()
    }


def strata_of(traits: pl.DataFrame, by: Sequence[str]) -> list[str]:
    """The stratum of each row, such as ``上海 · high``; those of fewer than MIN_STRATUM people are one."""
    if not by:
        return [""] * traits.height
    named = traits.select(
        pl.concat_str([pl.col(name).cast(pl.String).fill_null(_UNKNOWN) for name in by], separator=" · ")
        .alias("stratum")
    )  # fmt: skip
    small = pl.len().over("stratum") < MIN_STRATUM
    return named.select(pl.when(small).then(pl.lit(_REST)).otherwise("stratum")).to_series().to_list()


def _too_few(people: int, control_share: float, baseline: float) -> str:
    seen = detectable(people, baseline, control_share=control_share) if people else None
    shown = "no lift at all" if seen is None else f"only a lift of {seen * 100:.0f} points or more"
    return (
        f"{people:,} people are too few to split: at a rate of {baseline * 100:g}% they would show {shown}, "
        "and chance would look like an effect"
    )


def _how_many(smaller: float) -> str:
    least = -(-MIN_ARM // smaller)
    return (
        f"widen the audience to {least:,.0f} people at the least; renqun campaign plan says how many it takes"
    )
