"""People named as seeds in a request's JSON."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import BaseModel, ConfigDict, Field


class Seed(BaseModel):
    """A person: source with native_id or handle, or a profile URL, or a customer id of imported links."""

    model_config = ConfigDict(extra="forbid")

    source: str | None = None
    native_id: str | None = None
    handle: str | None = None
    url: str | None = None
    customer_id: str | None = None
    account_id: str | None = Field(default=None, description="a pseudonym, as answers and exports give it")


def rows_of(seeds: Iterable[Seed]) -> list[dict[str, str]]:
    """Seeds as rows of a list."""
    return [seed.model_dump(exclude_none=True) for seed in seeds]
