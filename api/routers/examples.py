"""Requests and answers as OpenAPI shows them; a test validates each against its model."""

from __future__ import annotations

from typing import Any

from fastapi.openapi.models import Example as RequestExample

Example = dict[str, Any]

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

_FACET_VALUE: Example = {
    "value": "摄影", "label": "摄影", "count": 120, "share": 0.29, "share_low": 0.25, "share_high": 0.34,
    "baseline_share": 0.15, "tgi": 193.0, "low": 165.0, "high": 224.0,
}  # fmt: skip

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
    "facets": [{"field": "tag", "label": "兴趣", "values": [_FACET_VALUE], "suppressed": 3}],
    "over_indexed": [{**_FACET_VALUE, "value": "天幕", "label": "天幕"}],
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

LOOKALIKE_REQUEST: Example = {
    "seeds": [
        {"source": "forum", "handle": "shanye"},
        {"source": "microblog", "native_id": "109302"},
        {"url": "https://forum.example/u/xinglu"},
        {"customer_id": "C-20417"},
    ],
    "size": 500,
    "where": "region:上海 active:30d",
    "without": "follows:山野集",
    "ignore": ["tag:露营"],
}
LOOKALIKE_CSV = "source,native_id\nforum,shanye\nmicroblog,109302\n"

_REASON: Example = {"group": "tag", "name": "tag:徒步", "label": "徒步", "weight": 0.41}

LOOKALIKE_ANSWER: Example = {
    "hidden": False,
    "seeds": {"rows": 500, "resolved": 488, "unknown": 9, "ambiguous": 1, "opted_out": 2,
              "problems": [{"row": 17, "reason": "unknown", "written": "forum shanye2"}]},
    "size": 500,
    "total": 500,
    "k": 20,
    "candidates": [
        {
            "rank": 1,
            "person_id": "u0a1b2c3d4e5f60718293a4b5c6d7e8f9",
            "account_id": "u0a1b2c3d4e5f60718293a4b5c6d7e8f9",
            "similarity": 0.998,
            "reasons": [_REASON],
        }
    ],
    "traits": [_REASON],
    "curve": [{"reach": 100, "similarity": 0.95, "found": 0.44, "lift": 8.1}],
    "holdout": {
        "method": "logistic", "hidden_seeds": 97, "auc": 0.93, "auc_low": 0.9, "auc_high": 0.95, "precision": 0.52,
        "recall_at": 500, "recall": 0.81, "lift": 3.1, "lift_low": 2.8, "lift_high": 3.3,
    },
}  # fmt: skip

RECOMMEND_REQUEST: Example = {"query": "tag:露营>=3", "limit": 5, "novelty": 0.3, "weights": {"users": 0.5}}

RECOMMEND_ANSWER: Example = {
    "query": "tag:露营>=3",
    "reading": "兴趣“露营”3级以上",
    "hidden": False,
    "total": 415,
    "k": 20,
    "talk": [{**_FACET_VALUE, "value": "徒步", "label": "徒步"}],
    "accounts": [
        {
            "account_id": "u5f0c1b7a9d3e4f60812a5b6c7d8e9f01", "name": "山野集", "people": 190, "more": 190, "tgi": 231.0,
            "score": 0.91, "users": 0.84, "items": 1.0, "content": 0.9, "popularity": 0.12,
        }
    ],
    "covered": 190,
    "hours": [{"hour": "21:00", "people": 120, "share": 0.29, "tgi": 118.0}],
    "use": [{**_FACET_VALUE, "value": "天幕", "label": "天幕"}],
    "avoid": [{"word": "漏水", "why": "said in complaints", "people": 35, "tgi": 640.0}],
}  # fmt: skip

BRIEF_REQUEST: Example = {"text": "新款轻量帐篷上市，面向上海周边周末露营的年轻家庭，主打防雨和好收纳。"}

BRIEF_ANSWER: Example = {
    "matches": [{"field": "tag", "value": "露营", "words": ["帐篷", "露营"], "weight": 0.67}],
    "suggestions": [
        {
            "query": "tag:露营>=3 region:上海", "reading": "兴趣“露营”3级以上，地区为上海",
            "why": "the interests that the brief names, at level 3 or more, in the regions that it names",
            "hidden": False, "total": 135,
        }
    ],
    "use": [{**_FACET_VALUE, "value": "天幕", "label": "天幕"}],
    "unknown": ["收纳"],
    "k": 20,
}  # fmt: skip

_RISE: Example = {
    "kind": "tag", "item": "露营", "label": "露营", "start": "2026-07-18T10:00:00Z", "peak": "2026-07-18T13:00:00Z",
    "end": "2026-07-19T02:00:00Z", "value": 38.0, "expected": 6.2, "score": 41.3, "unit": "posts", "people": 30,
    "state": "rising", "related": ["天幕"],
    "searched": [
        {
            "kind": "keyword", "item": "露营", "label": "露营", "source": "index", "start": "2026-07-18T12:00:00Z",
            "peak": "2026-07-18T16:00:00Z", "value": 5210.0, "expected": 900.0, "score": 22.8, "unit": "index",
            "state": "rising",
        }
    ],
    "drivers": [
        {"kind": "community", "name": "露营 · 徒步", "people": 20, "share": 0.667, "tgi": 310.0},
        {"kind": "public", "name": "山野集", "posts": 3},
    ],
}  # fmt: skip

HASHTAGS_ANSWER: Example = {
    "suggestions": [{"hashtag": "露营", "score": 0.62}, {"hashtag": "周末去哪儿", "score": 0.2}],
    "known": 410,
}

TOPICS_ANSWER: Example = {
    "found": 24, "hidden": 3, "npmi": 0.41, "diversity": 0.93, "stability": 0.62, "assigned": 0.71, "k": 20,
    "round_to": 5,
    "topics": [
        {
            "topic": "t03", "name": "天幕·帐篷·营地", "words": ["帐篷", "天幕", "营地", "睡袋", "炉头"], "people": 320,
            "posts": 1240, "share": 0.06, "npmi": 0.47, "stability": 0.71,
            "examples": [{"at": "2026-07-30T11:02:00Z", "excerpt": "周末去营地搭了新买的天幕，帐篷防雨不错"}],
        }
    ],
}  # fmt: skip

KEYWORDS_ANSWER: Example = {
    "cores": ["露营"],
    "depth": 1,
    "since": "2026-05-09T00:00:00Z",
    "until": "2026-08-01T00:00:00Z",
    "k": 20,
    "round_to": 5,
    "keywords": [
        {
            "term": "天幕",
            "core": "露营",
            "origin": "said together",
            "depth": 1,
            "parent": "露营",
            "people": 140,
            "posts": 210,
            "said": {"direction": "rising", "factor": 1.62, "low": 1.2, "high": 2.2},
            "volume": 812.5,
            "searched": {"direction": "rising", "factor": 1.05},
            "specificity": {"value": 0.62, "low": 0.55, "high": 0.68},
            "intent": {"value": 0.24, "low": 0.19, "high": 0.3},
        },
        {
            "term": "周末",
            "core": "露营",
            "origin": "said together",
            "depth": 1,
            "parent": "露营",
            "people": 900,
            "posts": 2100,
            "said": {"direction": "steady", "factor": 1.0, "low": 0.9, "high": 1.1},
            "searched": {"direction": "unknown"},
            "specificity": {"value": 0.06, "low": 0.05, "high": 0.07},
            "intent": {"value": 0.04, "low": 0.03, "high": 0.05},
            "mark": "over-broad",
            "why": "only 6% of the posts with it are about 露营",
        },
    ],
    "sensitive": 1,
}

TRENDS_ANSWER: Example = {
    "item": "tag:露营",
    "since": "2026-07-18T00:00:00Z",
    "until": "2026-07-21T00:00:00Z",
    "series": [
        {
            "kind": "tag",
            "item": "露营",
            "label": "露营",
            "grain": "day",
            "unit": "posts",
            "covered": 2,
            "missing": 1,
            "rhythm": {"hours": [None] * 24, "weekdays": [0.9, 0.9, 0.9, 0.9, 1.1, 1.4, 1.2]},
            "points": [
                {"at": "2026-07-18T00:00:00Z", "value": 95.0, "people": 70, "share": 0.08},
                {"at": "2026-07-19T00:00:00Z", "value": None},
                {"at": "2026-07-20T00:00:00Z", "value": 41.0, "people": 35},
            ],
        }
    ],
    "leads": [
        {
            "source": "index",
            "grain": "day",
            "lag": 1,
            "low": 0,
            "high": 2,
            "correlation": 0.61,
            "correlation_low": 0.34,
            "correlation_high": 0.79,
            "pairs": 40,
            "clear": True,
        }
    ],
    "bursts": [_RISE],
    "coverage": {"posts": 0.66},
}

EARLY_ANSWER: Example = {
    "since": "2026-07-31T00:00:00Z", "until": "2026-08-01T00:00:00Z", "new_topics": 412,
    "topics": [
        {
            "term": "露营节开幕", "source": "weibo-hot", "first_seen": "2026-07-31T09:00:00Z", "rank": 6, "heat": 412000.0,
            "probability": 0.31, "times_usual": 12.7, "highest_since": 958000.0, "similar": "露营节门票",
        }
    ],
    "models": [
        {
            "source": "weibo-hot", "big": 1000000.0, "learned_until": "2026-07-30T23:00:00Z", "topics": 201000,
            "became_big": 4900, "checked_since": "2026-03-02T10:00:00Z", "checked_topics": 30150, "auc": 0.81,
            "auc_low": 0.79, "auc_high": 0.83,
            "calibration": [{"topics": 3768, "told": 0.091, "became": 0.094, "low": 0.085, "high": 0.104}],
        }
    ],
    "coverage": {"weibo-hot": 1.0},
}  # fmt: skip

CATEGORIES_ANSWER: Example = {
    "since": "2026-07-02T00:00:00Z", "until": "2026-08-01T00:00:00Z", "unknown": 0,
    "categories": [{"category": "体育", "topics": 640, "share": 0.118, "given": 455, "filled": 185}],
    "topics": [
        {
            "term": "露营节定向赛开赛", "source": "weibo-hot", "first_seen": "2026-07-31T09:00:00Z", "highest": 958000.0,
            "probability": 0.83,
        }
    ],
    "models": [
        {
            "source": "weibo-hot", "learned_until": "2026-07-31T23:00:00Z", "topics": 191000, "categories": 23,
            "checked_since": "2026-01-24T13:00:00Z", "checked_topics": 38200, "accuracy": 0.74, "accuracy_low": 0.736,
            "accuracy_high": 0.744, "usual": 0.41,
        }
    ],
}  # fmt: skip

OVERLAP_ANSWER: Example = {
    "brands": [
        {"brand": "山野集", "role": "ours", "followers": 320},
        {"brand": "远行者", "role": "competitor", "followers": 410},
    ],
    "pairs": [{"a": "山野集", "b": "远行者", "both": 115, "jaccard": 0.187, "low": 0.16, "high": 0.22}],
    "intersections": [{"brands": ["山野集"], "people": 205}],
    "unseen": 0.04,
    "k": 20,
}


_PSEUDONYM = "u5f0c1b7a9d3e4f60812a5b6c7d8e9f01"

INFLUENCE_ANSWER: Example = {
    "hidden": False, "tag": "露营", "among": None, "people": 415, "as_of": "2026-08-01T00:00:00Z", "k": 20,
    "influencers": [
        {
            "rank": 1, "person_id": _PSEUDONYM, "account_id": _PSEUDONYM, "percentile": 98, "low": 96, "high": 100,
            "tag_percentile": 99, "authority": 0.0123, "hub": 0.0004, "followers": 310, "within_two": 1465,
            "median_reposts": 6.0, "expected_reposts": 2.4, "amplification": 2.24,
            "amplified_by": [{"account_id": "u0123456789abcdef0123456789abcdef", "times": 9}],
            "communities": ["露营 · 徒步"], "topics": ["露营", "摄影"],
        }
    ],
}  # fmt: skip

COMMUNITIES_ANSWER: Example = {
    "people": 1990, "hidden": 2, "k": 20,
    "communities": [
        {
            "community": "c01", "name": "露营 · 徒步", "people": 320, "share": 0.161, "over_indexed": [_FACET_VALUE],
            "leaders": ["远帐"], "close_to": [{"community": "c04", "name": "摄影", "times_expected": 1.4}],
        }
    ],
    "bridges": [{"account_id": _PSEUDONYM, "community": "c01", "reaches": ["c04"], "participation": 0.48}],
}  # fmt: skip

CHART: Example = {
    "hidden": False, "reason": "",
    "categories": [{"name": "露营 · 徒步"}, {"name": "摄影"}],
    "nodes": [
        {"id": "c01", "name": "露营 · 徒步", "value": 320, "symbolSize": 70.0, "category": 0},
        {"id": "c04", "name": "摄影", "value": 110, "symbolSize": 46.8, "category": 1},
    ],
    "links": [{"source": "c01", "target": "c04", "value": 1.4}],
}  # fmt: skip

SPREAD_REQUEST: Example = {"accounts": 20, "among": "tag:露营>=3", "reach": "region:上海", "model": "ic"}

SPREAD_ANSWER: Example = {
    "hidden": False, "model": "ic", "learnt_from": 4180, "people": 415, "reach": 155, "low": 150, "high": 160,
    "most_followed_reach": 140, "guarantee": 0.5321, "sure": 0.9976, "k": 20,
    "seeds": [
        {
            "rank": 1, "person_id": "u5f0c1b7a9d3e4f60812a5b6c7d8e9f01", "account_id": "u5f0c1b7a9d3e4f60812a5b6c7d8e9f01",
            "community": "c02", "influence": 99, "followers": 1205, "tags": ["露营", "摄影"], "reach": 60,
        }
    ],
}  # fmt: skip


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


DICTIONARY_ANSWER: Example = {"words": ["显眼包", "氛围感"], "total": 2, "pending": ["显眼包"]}

SUGGESTION_ANSWER: Example = {
    "k": 20,
    "words": [
        {
            "word": "氛围感", "parts": ["氛围", "感"], "kind": "word", "count": 145, "accounts": 110, "pmi": 8.1,
            "left_entropy": 5.2, "right_entropy": 4.6, "examples": ["这家店真的很有氛围感，灯光也好看"],
        }
    ],
}  # fmt: skip

DICTIONARY_CHANGED: Example = {"changed": ["氛围感"], "unchanged": [], "total": 2}


OWN_TAG_REQUEST: Example = {"name": "露营灯具", "words": ["营地灯", "汽灯", "氛围灯"], "parent": "户外"}

TAGS_ANSWER: list[Example] = [
    {"tag": "露营灯具", "parent": "户外", "own": True, "words": ["露营灯具", "营地灯", "汽灯", "氛围灯"], "examples": 0, "people": 85}
]  # fmt: skip

TAG_WORDS_ANSWER: Example = {
    "tag": "露营",
    "parent": "户外",
    "words": [
        {
            "word": "天幕",
            "origin": "seed",
            "pmi": 5.1,
            "z": 41.2,
            "posts": 640,
            "vetoed": False,
            "reason": "95 times as frequent in posts on 露营 as elsewhere (PMI 5.1 bits, z 41.2)",
        }
    ],
    "waiting": False,
}

_SAMPLE_POST = "p5f0c1b7a9d3e4f60812a5b6c7d8e9f01"
TAG_SAMPLE: Example = {
    "tag": "露营",
    "hidden": False,
    "reason": "",
    "tagged": 640,
    "expected": 0.87,
    "posts": [
        {
            "post_id": _SAMPLE_POST,
            "at": "2026-07-31T13:05:00Z",
            "probability": 0.93,
            "excerpt": "新买的天幕到了",
        }
    ],
}
JUDGED: dict[str, bool] = {_SAMPLE_POST: True}
TAG_PRECISION: Example = {
    "tag": "露营", "judged": 20, "right": 18, "precision": 0.9, "low": 0.699, "high": 0.9721,
}  # fmt: skip


CLASSES: dict[str, list[str]] = {"体育": ["比赛", "球队", "冠军"], "时政": ["选举", "总统", "外交部"]}
SORTED_POSTS: Example = {
    "posts": 12000,
    "left_over": 0.31,
    "classes": [
        {"name": "体育", "hidden": False, "posts": 4970, "share": 0.4142, "low": 0.4054, "high": 0.423},
        {"name": "时政", "hidden": False, "posts": 3310, "share": 0.2758, "low": 0.2679, "high": 0.2839},
    ],
}


def answers(**examples: Example | list[Example]) -> dict[int | str, dict[str, Any]]:
    """The ``responses=`` of a route: named examples of its 200 answer."""
    named = {name.replace("_", " "): {"value": value} for name, value in examples.items()}
    return {200: {"content": {"application/json": {"examples": named}}}}


def files(csv: str, other: str) -> dict[int | str, dict[str, Any]]:
    """The ``responses=`` of a route that answers with a file, as CSV or of another media type."""
    content = {"text/csv": {"example": csv}, other: {"schema": {"type": "string", "format": "binary"}}}
    return {200: {"description": "The file", "content": content}}
