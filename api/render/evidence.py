"""Why members are in an audience, in the terminal: facts with their origin, posts and edges with matches underlined."""

from __future__ import annotations

from rich.console import RenderableType
from rich.text import Text

from audience.search.answers import Evidence, Member

MEMBERS_SHOWN = 3
_RELATIONS = {"follow": "follows", "mention": "mentions", "reply": "replied to", "repost": "reposted"}


def evidence_lines(members: list[Member]) -> list[RenderableType]:
    """For the first members that have any: what is declared of them, and what put them there."""
    lines: list[RenderableType] = []
    shown = 0
    for place, member in enumerate(members, 1):
        if shown == MEMBERS_SHOWN:
            break
        if member.evidence or member.facts:
            shown += 1
            lines += [Text(f"#{place}  {_facts(member)}".rstrip()), *map(_line, member.evidence)]
    if not lines:
        return []
    return [Text("Why they are here (redacted posts)", style="bold"), *lines, Text("")]


def _facts(member: Member) -> str:
    return "  ".join(f"{fact.field}:{fact.value} ({fact.origin})" for fact in member.facts)


def _line(item: Evidence) -> Text:
    """One line; marks are offsets into plain text, so nothing that somebody wrote is read as markup."""
    day = f"{item.at:%m-%d} " if item.at else ""
    what = f"{_RELATIONS[item.relation]} {item.about}" if item.relation else item.about
    quoted = Text(item.excerpt)
    for start, end in item.marks:
        quoted.stylize("bold underline", start, end)
    line = Text(f"    {day}{what}", style="dim", overflow="ellipsis", no_wrap=True)
    return line.append(": “").append_text(quoted).append("”") if item.excerpt else line
