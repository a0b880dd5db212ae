"""The form of the profiles' column ``counted``, shared by those who write it and those who look it up."""

from __future__ import annotations

# Posts are counted within so many days before the moment of mining …
COUNT_DAYS = (7, 30, 90)
# … and each of these counts that is reached is a term of its own.
COUNT_STEPS = (1, 2, 3, 5, 10, 20)


def counted_term(about: str, days: int, least: int) -> str:
    """``露营/30>=3``: at least 3 posts about 露营 within 30 days."""
    return f"{about}/{days}>={least}"
