"""Growth teams: find an audience, size it, say why."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Query, Request, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Discriminator, Field, Tag
from starlette.concurrency import run_in_threadpool

from api.computing import computed, done
from api.examples.audience import SEARCH_ANSWER, SEARCH_HIDDEN, SEARCH_REQUESTS
from api.examples.kinds import answers
from api.guard import Analyst, Caller, HomeIn
from api.seeds import Seed, rows_of
from audience.engines.base import Order
from audience.engines.stores import store_of
from audience.lookalike.seeds import Seeds, resolve
from audience.query.model import AudienceQuery, QueryOrText
from audience.search.answers import SearchAnswer
from audience.search.ask import begun
from audience.search.question import Question, is_short, read_question
from privacy.audit import Recording
from privacy.disclosure import Role, require
from privacy.home import Home

router = APIRouter(tags=["search"])
RESPONSES = answers(shown=SEARCH_ANSWER, hidden=SEARCH_HIDDEN)
Limit = Annotated[int, Query(ge=0, le=1000, description="members to list")]
MAX_SEEDS = 1_000_000
LikeIn = Annotated[
    Annotated[list[Seed], Field(max_length=MAX_SEEDS), Tag("seeds")]
    | Annotated[AudienceQuery, Tag("model")]
    | Annotated[str, Tag("text")],
    Discriminator(
        lambda value: "text" if isinstance(value, str) else "seeds" if isinstance(value, list) else "model"
    ),
]


class SearchRequest(BaseModel):
    """An audience as text or as a nested model, and how much to say of it."""

    model_config = ConfigDict(extra="forbid")

    query: QueryOrText = ""
    limit: int = Field(default=20, ge=0, le=1000, description="members to list; they need the role planner")
    facets: bool | list[str] = Field(
        default=False, description="also what they share, against the baseline; or only these facets"
    )
    baseline: QueryOrText | None = Field(
        default=None, description="whom facets compare with; null: everybody"
    )
    order: Order = Field(default=Order.RELEVANCE, description="of the members")
    like: LikeIn | None = Field(
        default=None,
        description="for the order lookalike: seeds, or a query for them; needs the role planner",
    )
    as_of: AwareDatetime | None = Field(
        default=None, description="what days count back from; null: when the profiles were mined"
    )
    cursor: str | None = Field(default=None, description="of the answer before: its next page")


@router.post("/search", response_model=SearchAnswer, responses=RESPONSES)
async def search_by_body(
    request: Request,
    asked: Annotated[SearchRequest, Body(openapi_examples=SEARCH_REQUESTS)],
    home: HomeIn,
    caller: Analyst,
) -> Response:
    """Find an audience. Role: analyst for size and facets, planner for members and evidence."""
    return await _answer(request, home, asked, caller)


@router.get("/search", response_model=SearchAnswer, responses=RESPONSES)
async def search_by_text(
    request: Request,
    home: HomeIn,
    caller: Analyst,
    q: Annotated[str, Query(description="the query as text", examples=["tag:露营>=3 region:上海"])] = "",
    limit: Limit = 20,
    facets: bool = False,
    baseline: Annotated[str | None, Query(description="a query: whom facets compare with")] = None,
    order: Order = Order.RELEVANCE,
    like: Annotated[str | None, Query(description="a query for seeds, for the order lookalike")] = None,
    cursor: str | None = None,
) -> Response:
    """The same with the query as text in the URL."""
    asked = SearchRequest(
        query=q, limit=limit, facets=facets, baseline=baseline, order=order, like=like, cursor=cursor
    )
    return await _answer(request, home, asked, caller)


async def _answer(request: Request, home: Home, asked: SearchRequest, caller: Caller) -> Response:
    """The answer's own JSON, once its audit entry is on disk: no thread waits for that."""

    def read() -> Question:
        return _question(home, asked, caller)

    if isinstance(asked.like, list):
        # Seeds are looked up in the vault, which takes longer than the few threads are for.
        body, recorded = await run_in_threadpool(lambda: _written(read()))
    else:
        question = await computed(request, read, light=is_short(asked.query) and store_of(home).embedded)
        body, recorded = await computed(request, lambda: _written(question), light=question.light)
    await done(recorded)
    return Response(body, media_type="application/json")


def _like(home: Home, asked: SearchRequest, caller: Caller) -> Seeds | AudienceQuery | str | None:
    if not isinstance(asked.like, list):
        return asked.like
    require(caller.role, Role.PLANNER)
    return resolve(home, rows_of(asked.like))


def _question(home: Home, asked: SearchRequest, caller: Caller) -> Question:
    return read_question(
        home,
        asked.query,
        limit=asked.limit,
        facets=asked.facets,
        baseline=asked.baseline,
        order=asked.order,
        like=_like(home, asked, caller),
        as_of=asked.as_of,
        cursor=asked.cursor,
        role=caller.role,
        who=caller.name,
    )


def _written(question: Question) -> tuple[bytes, Recording]:
    pending = begun(question)
    return pending.json, pending.recorded
