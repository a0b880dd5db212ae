"""A home of its own for each test."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from privacy.home import Home
from tests.campaigns.campaign_world import built


@pytest.fixture
def shop(tmp_path: Path) -> Home:
    """A copy of the campaigns' world."""
    return Home(Path(shutil.copytree(built(), tmp_path / "home")))
