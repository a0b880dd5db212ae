"""The documentation of the API: complete, and its examples fit the models."""

from __future__ import annotations

from typing import Any

import pytest

from api.app import create_app
from api.examples.audience import (
    QUERY_ANSWER,
    QUERY_REQUESTS,
    SEARCH_ANSWER,
    SEARCH_HIDDEN,
    SEARCH_REQUESTS,
    SEGMENT_ANSWER,
)
from api.examples.network import (
    CHART,
    COMMUNITIES_ANSWER,
    INFLUENCE_ANSWER,
    OVERLAP_ANSWER,
    SPREAD_ANSWER,
    SPREAD_REQUEST,
)
from api.examples.planning import LOOKALIKE_ANSWER, LOOKALIKE_REQUEST
from api.examples.trends import HASHTAGS_ANSWER, KEYWORDS_ANSWER, TOPICS_ANSWER, TRENDS_ANSWER
from api.examples.words import (
    OWN_TAG_REQUEST,
    SORTED_POSTS,
    TAG_PRECISION,
    TAG_SAMPLE,
    TAG_WORDS_ANSWER,
    TAGS_ANSWER,
)
from api.routers.lookalike import LookalikeRequest
from api.routers.query import QueryRequest
from api.routers.search import SearchRequest
from api.routers.spread import SpreadRequest
from api.routers.tags import OwnTagRequest
from audience.keywords.answers import KeywordAnswer
from audience.lookalike.answers import LookalikeAnswer
from audience.network.answers import CommunitiesAnswer, InfluenceAnswer, NetworkChart, SpreadAnswer
from audience.network.overlap_answers import OverlapAnswer
from audience.search.answers import QueryAnswer, SearchAnswer
from audience.segments.answers import SegmentAnswer
from audience.tags.answers import SortedPosts, TagInfo, TagPrecision, TagSample, TagWords
from audience.tags.hashtags import HashtagsAnswer
from audience.tags.topic_answers import TopicsAnswer
from audience.trends.answers import TrendAnswer
from privacy.home import Home


@pytest.mark.parametrize(
    ("model", "example"),
    [
        (SearchAnswer, SEARCH_ANSWER),
        (SearchAnswer, SEARCH_HIDDEN),
        (SegmentAnswer, SEGMENT_ANSWER),
        (QueryAnswer, QUERY_ANSWER),
        (LookalikeRequest, LOOKALIKE_REQUEST),
        (LookalikeAnswer, LOOKALIKE_ANSWER),
        (TrendAnswer, TRENDS_ANSWER),
        (TopicsAnswer, TOPICS_ANSWER),
        (HashtagsAnswer, HASHTAGS_ANSWER),
        (OverlapAnswer, OVERLAP_ANSWER),
        (KeywordAnswer, KEYWORDS_ANSWER),
        (SpreadRequest, SPREAD_REQUEST),
        (InfluenceAnswer, INFLUENCE_ANSWER),
        (CommunitiesAnswer, COMMUNITIES_ANSWER),
        (NetworkChart, CHART),
        (SpreadAnswer, SPREAD_ANSWER),
        *((QueryRequest, request["value"]) for request in QUERY_REQUESTS.values()),
        (OwnTagRequest, OWN_TAG_REQUEST),
        (TagInfo, TAGS_ANSWER[0]),
        (TagWords, TAG_WORDS_ANSWER),
        (TagSample, TAG_SAMPLE),
        (TagPrecision, TAG_PRECISION),
        (SortedPosts, SORTED_POSTS),
        *((SearchRequest, request["value"]) for request in SEARCH_REQUESTS.values()),
    ],
)
def test_examples_fit_their_models(model: Any, example: dict[str, Any]) -> None:
    model.model_validate(example)


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return create_app(Home(tmp_path_factory.mktemp("home"))).openapi()


def operations(schema: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        f"{method} {path}": operation
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
    }


def test_every_user_job_has_a_route(schema: dict[str, Any]) -> None:
    assert set(operations(schema)) >= {
        "post /v1/search", "get /v1/search", "post /v1/lookalike", "get /v1/trends", "get /v1/overlap",
        "get /v1/export", "get /v1/health", "get /v1/runs",
    }  # fmt: skip


def test_every_route_says_what_it_does_and_how_it_fails(schema: dict[str, Any]) -> None:
    for name, operation in operations(schema).items():
        assert operation["description"], name
        for status in ("401", "403", "422", "503"):
            assert "application/problem+json" in operation["responses"][status]["content"], (name, status)


@pytest.mark.parametrize(
    "path",
    [
        "/v1/search",
        "/v1/lookalike",
        "/v1/recommend",
        "/v1/brief",
        "/v1/trends",
        "/v1/overlap",
        "/v1/spread",
        "/v1/influence",
        "/v1/communities",
        "/v1/network/map",
        "/v1/network/ego",
        "/v1/keywords/expand",
        "/v1/dictionary",
        "/v1/dictionary/suggestions",
    ],
)
def test_the_questions_show_an_answer(schema: dict[str, Any], path: str) -> None:
    for operation in schema["paths"][path].values():
        assert operation["responses"]["200"]["content"]["application/json"]["examples"]


def test_references_resolve(schema: dict[str, Any]) -> None:
    known = schema["components"]["schemas"]

    def walk(node: Any) -> None:
        if isinstance(node, dict):
            if "$ref" in node:
                assert node["$ref"].startswith("#/components/schemas/")
                assert node["$ref"].rpartition("/")[2] in known, node["$ref"]
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)

    walk(schema["paths"])
