"""Segments on a terminal: a line each, one whole, who came and went, and what they share."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from api.render.console import bar, count, percent, table
from audience.segments.answers import ChangedMember, SegmentAnswer, SegmentChanges, SegmentOverlap

_STATUS = {"new": "not computed", "computing": "computing", "ready": "ready", "failed": "failed"}


def segments_view(segments: Sequence[SegmentAnswer]) -> RenderableType:
    """One line a segment."""
    grid = table(
        "segment",
        "people",
        "kind",
        "version",
        "status",
        "query",
        right=("people", "version"),
        spare=("kind", "version"),
    )
    for one in segments:
        newest = one.versions[0].version if one.versions else None
        grid.add_row(
            one.name,
            count(one.total) if newest else "–",
            "frozen" if one.frozen else "dynamic",
            str(newest or "–"),
            _status(one),
            one.query or "everybody",
        )
    return grid


def segment_view(one: SegmentAnswer) -> RenderableType:
    """A segment with its versions and alerts."""
    lines = [
        f"{one.name}  ({'frozen' if one.frozen else 'dynamic'}, by {one.owner})",
        one.query or "everybody",
        one.reading,
        one.note,
        f"status: {_status(one)}",
        f"used by: {', '.join(one.used_by)}" if one.used_by else "",
    ]
    parts: list[RenderableType] = [Text("\n".join(line for line in lines if line))]
    if one.versions:
        grid = table(
            "version",
            "computed (UTC)",
            "people",
            "joined",
            "left",
            right=("version", "people", "joined", "left"),
            fixed=("computed (UTC)",),
        )
        for version in one.versions:
            moment = f"{version.at:%Y-%m-%d %H:%M}"
            grid.add_row(
                str(version.version), moment, count(version.total), count(version.joined), count(version.left)
            )
        parts.append(grid)
    for alert in one.alerts:
        error = f"; not sent: {alert.error}" if alert.error else ""
        parts.append(Text(f"alert at {percent(alert.threshold)}: {alert.target}{error}"))
    return Group(*parts)


def changes_view(answer: SegmentChanges) -> RenderableType:
    """Who joined, who left, and why."""
    if answer.hidden:
        return Text(f"{answer.name}: hidden, {answer.reason}")
    head = (
        f"{answer.name}, version {answer.since} to {answer.until}: {answer.joined} joined, {answer.left} left"
    )
    grid = table("", "person", "why", fixed=("person",))
    for sign, members in (("+", answer.who_joined), ("-", answer.who_left)):
        for member in members:
            grid.add_row(sign, member.person_id, _why(member, sign))
    unnamed = f"{answer.unnamed:,} of them may not be listed, or nothing is known of them any more"
    return Group(Text(head), grid, *([Text(unnamed, style="dim")] if answer.unnamed else []))


def overlap_view(answer: SegmentOverlap) -> RenderableType:
    """Each two segments: people in both, and the shares."""
    grid = table("segments", "sizes", "both", "Jaccard", "", right=("sizes", "both", "Jaccard"))
    for pair in answer.pairs:
        sizes = f"{count(answer.sizes[pair.first])} / {count(answer.sizes[pair.second])}"
        grid.add_row(
            f"{pair.first} & {pair.second}",
            sizes,
            count(pair.both),
            percent(pair.jaccard),
            bar(pair.jaccard or 0.0),
        )
    return grid


def _why(member: ChangedMember, sign: str) -> str:
    told = ", ".join(member.why)
    return told if sign == "+" or not told else f"no longer {told}"


def _status(one: SegmentAnswer) -> str:
    return f"{_STATUS[one.status]}: {one.message}" if one.message else _STATUS[one.status]
