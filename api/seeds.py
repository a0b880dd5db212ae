"""People named as seeds in a request's JSON."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from privacy.free_text import MAX_NOTE, unreadable


def _told(value: str) -> str:
    if char := unreadable(value):
        raise ValueError(f"holds the character {char}, which no name has")
    return value


Name = Annotated[str, StringConstraints(max_length=MAX_NOTE), AfterValidator(_told)]


class Seed(BaseModel):
    """A person: source with native_id or handle, or a profile URL, or a customer id of imported links."""

    model_config = ConfigDict(extra="forbid")

    source: Name | None = None
    native_id: Name | None = None
    handle: Name | None = None
    url: Name | None = None
    customer_id: Name | None = None
    account_id: Name | None = Field(default=None, description="a pseudonym, as answers and exports give it")


def rows_of(seeds: Iterable[Seed]) -> list[dict[str, str]]:
    """Seeds as rows of a list."""
    return [seed.model_dump(exclude_none=True) for seed in seeds]
