"""Examples of searches, queries, segments and exports."""

from __future__ import annotations

from api.examples.kinds import FACET_VALUE, Example, RequestExample

SEARCH_REQUESTS: dict[str, RequestExample] = {
    "text": {
        "summary": "As the command line writes it",
        "value": {"query": "tag:露营>=3 region:上海 active:30d", "limit": 20, "facets": True},
    },
    "model": {
        "summary": "As a nested model",
        "value": {
            "query": {
                "all": [{"field": "tag", "value": "露营", "min": 3}, {"field": "region", "value": "上海"}],
                "none": [{"field": "kind", "value": "brand"}],
            },
            "limit": 20,
        },
    },
    "likeness": {
        "summary": "The people most like a saved segment's first",
        "value": {"query": "active:30d", "order": "lookalike", "like": "segment:老客", "limit": 20},
    },
}

SEGMENT_ANSWER: Example = {
    "name": "露营潜客",
    "owner": "local",
    "note": "秋季活动",
    "frozen": False,
    "query": "tag:露营>=3 -follows:我们",
    "reading": "露营兴趣≥3级但未关注我们的人",
    "status": "ready",
    "created_at": "2026-08-01T02:00:00Z",
    "total": 415,
    "versions": [
        {
            "version": 1,
            "at": "2026-08-01T02:00:03Z",
            "as_of": "2026-08-01T00:00:00Z",
            "query": "tag:露营>=3 -follows:我们",
            "total": 415,
            "joined": 0,
            "left": 0,
        }
    ],
    "alerts": [],
    "used_by": [],
}

SEARCH_ANSWER: Example = {
    "query": "region:上海 tag:露营>=3",
    "reading": "在上海、露营兴趣≥3级的人",
    "hidden": False,
    "total": 415,
    "baseline": 1990,
    "k": 20,
    "round_to": 5,
    "as_of": "2026-08-01T00:00:00Z",
    "members": [
        {
            "person_id": "u5f0c1b7a9d3e4f60812a5b6c7d8e9f01",
            "account_id": "u5f0c1b7a9d3e4f60812a5b6c7d8e9f01",
            "accounts": ["u5f0c1b7a9d3e4f60812a5b6c7d8e9f01"],
            "sources": ["forum"],
            "regions": ["上海"],
            "activity": "active",
            "influence": 91,
            "last_active_at": "2026-07-31T13:05:00Z",
            "tags": [{"tag": "露营", "level": 7}, {"tag": "摄影", "level": 4}],
            "why": ["region:上海", "tag:露营>=3"],
            "evidence": [],
        }
    ],
    "facets": [{"field": "tag", "label": "兴趣", "values": [FACET_VALUE], "suppressed": 3}],
    "over_indexed": [{**FACET_VALUE, "value": "天幕", "label": "天幕"}],
}

SEARCH_HIDDEN: Example = {
    "query": "region:拉萨 tag:露营>=9",
    "reading": "在拉萨、露营兴趣≥9级的人",
    "hidden": True,
    "reason": "fewer than 20 people fit",
    "total": None,
    "k": 20,
    "round_to": 5,
}

QUERY_REQUESTS: dict[str, RequestExample] = {
    "text": {"summary": "Text to the model", "value": {"query": "region:上海 active:30d tag:露营>=3"}},
    "model": {
        "summary": "The model to text",
        "value": {"query": {"all": [{"field": "posts", "value": "露营", "min": 3, "days": 30}]}},
    },
}

QUERY_ANSWER: Example = {
    "text": "region:上海 active:30d tag:露营>=3",
    "query": {
        "all": [
            {"field": "region", "value": "上海"},
            {"field": "active", "days": 30},
            {"field": "tag", "value": "露营", "min": 3},
        ]
    },
    "reading": "近30天在上海活跃、露营兴趣≥3级的人",
    "resolved": "region:上海 active:30d tag:露营>=3",
}

EXPORT_REQUESTS: dict[str, RequestExample] = {
    "text": {"summary": "As the command line writes it", "value": {"query": "tag:露营>=3", "format": "csv"}},
    "model": {
        "summary": "As a nested model",
        "value": {"query": {"all": [{"field": "tag", "value": "露营", "min": 3}]}, "format": "parquet"},
    },
}

EXPORT_CSV = (
    "account_id,person_id,accounts,sources,regions,activity,influence,last_active_at,communities,follows,intents,tags\n"
    "u5f0c1b7a9d3e4f60812a5b6c7d8e9f01,u5f0c1b7a9d3e4f60812a5b6c7d8e9f01,u5f0c1b7a9d3e4f60812a5b6c7d8e9f01,forum,上海,"
    "active,91,2026-07-31T13:05:00+00:00,c02,远帐,asks,露营:7|摄影:4\n"
)
