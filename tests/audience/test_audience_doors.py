"""Sensitive matters spread over several conditions, and seed lists as people save them."""

from __future__ import annotations

import pytest

from audience.errors import SensitiveQueryError
from audience.query.model import AudienceQuery, Words
from audience.search import search
from audience.seeds import read_csv
from tests.audience.audience_world import world


@pytest.mark.parametrize(
    "text",
    [
        "心理 疾病",
        "words:同性 words:恋",
        '"肺" "癌"',
        "疾病 心理",
        "tag:露营 共产 region:上海 党",
        "tag:露营 -(少数 民族)",
        "露营 OR (少数 民族)",
        "-共产 -党",
    ],
)
def test_a_matter_spread_over_words_is_refused(text: str) -> None:
    home, _ = world()
    with pytest.raises(SensitiveQueryError):
        search(home, text)


def test_also_as_a_model() -> None:
    home, _ = world()
    words = tuple(Words(field="words", value=value) for value in ("抑", "郁症"))
    with pytest.raises(SensitiveQueryError):
        search(home, AudienceQuery(all=(AudienceQuery(all=words),)))


@pytest.mark.parametrize("text", ["露营 帐篷", "民族 OR 少数", "咖啡 -露营"])
def test_plain_words_are_answered(text: str) -> None:
    home, _ = world()
    assert search(home, text).query


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("header", ["来源,账号,备注", "平台,用户名,备注", "source,handle,note"])
def test_lists_saved_by_a_spreadsheet(header: str, encoding: str) -> None:
    content = f"{header}\r\n微博,shanye,老客户\r\n微博,xinglu\r\n".encode(encoding)
    assert list(read_csv(content)) == [
        {"source": "微博", "handle": "shanye"},
        {"source": "微博", "handle": "xinglu"},
    ]
