"""What examples are, and how routes show them."""

from __future__ import annotations

from typing import Any

from fastapi.openapi.models import Example as RequestExample

__all__ = ["FACET_VALUE", "PSEUDONYM", "Example", "RequestExample", "answers", "files"]

Example = dict[str, Any]

PSEUDONYM = "u5f0c1b7a9d3e4f60812a5b6c7d8e9f01"

FACET_VALUE: Example = {
    "value": "摄影", "label": "摄影", "count": 120, "share": 0.29, "share_low": 0.25, "share_high": 0.34,
    "baseline_share": 0.15, "tgi": 193.0, "low": 165.0, "high": 224.0,
}  # fmt: skip


def answers(**examples: Example | list[Example]) -> dict[int | str, dict[str, Any]]:
    """The ``responses=`` of a route: named examples of its 200 answer."""
    named = {name.replace("_", " "): {"value": value} for name, value in examples.items()}
    return {200: {"content": {"application/json": {"examples": named}}}}


def files(csv: str, other: str) -> dict[int | str, dict[str, Any]]:
    """The ``responses=`` of a route that answers with a file, as CSV or of another media type."""
    content = {"text/csv": {"example": csv}, other: {"schema": {"type": "string", "format": "binary"}}}
    return {200: {"description": "The file", "content": content}}
