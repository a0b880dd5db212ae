"""Moments as people type them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from api.when import moment
from privacy.errors import BadInputError

NOW = datetime(2026, 8, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("30d", datetime(2026, 7, 2, 12, tzinfo=UTC)),
        ("36h", datetime(2026, 7, 31, 0, tzinfo=UTC)),
        ("2w", datetime(2026, 7, 18, 12, tzinfo=UTC)),
        ("2025-06-01", datetime(2025, 5, 31, 16, tzinfo=UTC)),
        ("2025-06-01T08:00:00Z", datetime(2025, 6, 1, 8, tzinfo=UTC)),
    ],
)
def test_moments(text: str, at: datetime) -> None:
    assert moment(text, NOW) == at


@pytest.mark.parametrize("text", ["", "yesterday", "30", "2025-13-01", "-3d", "999999d"])
def test_what_is_not_a_moment(text: str) -> None:
    with pytest.raises(BadInputError):
        moment(text, NOW)
