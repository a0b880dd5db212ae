"""Homes with a small real lake."""

from __future__ import annotations

from pathlib import Path

import pytest

from privacy.brands import Brand, BrandRole, write_brands
from privacy.home import Home
from tests.mining.small_lake import collect, raw_rows


@pytest.fixture
def small_home(tmp_path: Path) -> Home:
    """90 accounts with 12 posts each, three themes, one tracked brand."""
    home = Home(tmp_path)
    collect(home, raw_rows(range(90), 12, seed=1), "run-1")
    write_brands(home, [Brand(name="山野", role=BrandRole.OURS, accounts=("test-forum:user0",))])
    return home
