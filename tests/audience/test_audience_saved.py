"""Saved segments inside queries: inlined, frozen, nested; deleted tags and circles in them are told, never a crash."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from audience.errors import BadQueryError, SensitiveQueryError
from audience.index.opened import open_index
from audience.query.canonical import canonical
from audience.query.known import Known
from audience.query.model import AudienceQuery, Named, Segment
from audience.query.segments import Frozen
from audience.query.text import parse, to_text
from tests.audience.audience_world import AS_OF, Reference, own_world, tags

TAG = tags()[0]
SAVED = {
    "露营": f"tag:{TAG}>=3",
    "上海露营": "segment:露营 region:上海",
    "旧标签": "tag:早已删除的标签 region:上海",
    "圈": "segment:圈二",
    "圈二": "region:上海 segment:圈",
    "敏感": "抑郁症",
    "大": " OR ".join(f"influence:p{n % 100}..p100" for n in range(990)),
    "深": "(a OR (b " * 22 + "c" + "))" * 22,
}


class Saved:
    """Segments of this test."""

    def names(self) -> Sequence[str]:
        return [*SAVED, "冻结"]

    def find(self, name: str) -> AudienceQuery | Frozen | None:
        if name == "冻结":
            return Frozen("s1@2")
        return parse(SAVED[name]) if name in SAVED else None


def _resolved(text: str) -> AudienceQuery:
    known = Known(open_index(own_world("saved")[0]), 20, Saved())
    return canonical(known.resolve(parse(text, known.condition)))


def test_a_segment_stands_for_its_query() -> None:
    home, rows = own_world("saved")
    assert to_text(_resolved("segment:上海露营 -segment:露营")) == f"tag:{TAG}>=3 region:上海 -tag:{TAG}>=3"
    engine, scope = open_index(home).engine, open_index(home).scope(AS_OF)
    expected = Reference(rows).matches(parse(f"tag:{TAG}>=3 region:上海"))
    assert engine.count(_resolved("segment:上海露营"), scope) == len(expected)
    assert _resolved("segment:冻结 region:上海") == AudienceQuery(
        all=(Segment(field="segment", value="s1@2"), Named(field="region", value="上海"))
    )


@pytest.mark.parametrize(
    ("text", "position", "words", "hint"),
    [
        (
            "region:上海 segment:旧标签",
            10,
            "segment '旧标签' can no longer be read: there is no interest tag",
            "",
        ),
        ("segment:圈", 0, "made of itself", "change the query"),
        ("a segment:露莹", 2, "no segment '露莹'", "did you mean 露营"),
        ("segment:大 OR segment:大", None, "too large", "fewer"),
        ("(a OR (b " * 15 + "segment:深" + "))" * 15, None, "too large", "fewer"),
    ],
)
def test_what_is_wrong_in_a_segment_is_told(text: str, position: int | None, words: str, hint: str) -> None:
    with pytest.raises(BadQueryError, match=words) as caught:
        _resolved(text)
    assert caught.value.status == 400
    assert caught.value.position == position
    assert caught.value.hint
    assert hint in caught.value.hint


def test_a_segment_opens_no_door_to_sensitive_matters() -> None:
    with pytest.raises(SensitiveQueryError):
        _resolved("segment:敏感")
