"""Examples of influence, communities, overlap and spread."""

from __future__ import annotations

from api.examples.kinds import FACET_VALUE, PSEUDONYM, Example

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

INFLUENCE_ANSWER: Example = {
    "hidden": False, "tag": "露营", "among": None, "people": 415, "as_of": "2026-08-01T00:00:00Z", "k": 20,
    "influencers": [
        {
            "rank": 1, "person_id": PSEUDONYM, "account_id": PSEUDONYM, "percentile": 98, "low": 96, "high": 100,
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
            "community": "c01", "name": "露营 · 徒步", "people": 320, "share": 0.161, "over_indexed": [FACET_VALUE],
            "leaders": ["远帐"], "close_to": [{"community": "c04", "name": "摄影", "times_expected": 1.4}],
        }
    ],
    "bridges": [{"account_id": PSEUDONYM, "community": "c01", "reaches": ["c04"], "participation": 0.48}],
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
