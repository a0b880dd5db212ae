"""What audience answers look like: pydantic models that the API returns and the command line renders.

Every number here has passed :mod:`privacy.disclosure`: counts of people are rounded, and shares, TGI and intervals are
computed from the rounded counts, so that they give nothing more away.
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Answer(BaseModel):
    """Base of all answers: immutable, and strict about what it holds."""

    model_config = ConfigDict(frozen=True, extra="forbid")
