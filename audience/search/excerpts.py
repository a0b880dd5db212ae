"""Short pieces of posts with what they were found by marked: as offsets for a terminal, escaped for HTML."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from privacy.redact import redact

LENGTH = 80
_BEFORE = 20  # characters kept before the first match
_MENTION = re.compile(r"@u[0-9a-f]{32}")
# Control characters move a terminal's cursor; the others turn the direction of text around.
_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]+")


@dataclass(frozen=True, slots=True)
class Excerpt:
    """``text`` of at most LENGTH characters; ``marks`` are (start, end) in it."""

    text: str
    marks: tuple[tuple[int, int], ...]

    @property
    def as_html(self) -> str:
        """The text with everything escaped and only the matches in ``<mark>``."""
        parts, at = [], 0
        for start, end in self.marks:
            parts.append(
                f"{html.escape(self.text[at:start])}<mark>{html.escape(self.text[start:end])}</mark>"
            )
            at = end
        return "".join(parts) + html.escape(self.text[at:])


def excerpt(text: str, words: Iterable[str], patterns: Iterable[str] = ()) -> Excerpt:
    """The part of a stored text around the first of ``words``, or of what ``patterns`` match, or its beginning.

    Redacted once more, since rules may have grown since the text was stored; accounts mentioned are left out.
    """
    plain = " ".join(_UNSAFE.sub(" ", _MENTION.sub("@…", redact(text))).split())
    found = _matches(plain, words, patterns)
    first = found[0][0] if found else 0
    start = max(0, min(first - _BEFORE, len(plain) - LENGTH)) if first > _BEFORE else 0
    end = start + LENGTH
    before, after = "…" if start else "", "…" if end < len(plain) else ""
    cut = plain[start + len(before) : end - len(after)] if after or before else plain
    moved = len(before) - (start + len(before))
    marks = tuple(
        (a + moved, b + moved)
        for a, b in found
        if a >= start + len(before) and b <= start + len(before) + len(cut)
    )
    return Excerpt(before + cut + after, marks)


def _matches(text: str, words: Iterable[str], patterns: Iterable[str]) -> Sequence[tuple[int, int]]:
    """Where the words stand, longest first at one place, whatever their case and script; never overlapping."""
    literal = sorted({re.escape(word) for word in words if word.strip()}, key=len, reverse=True)
    wanted = "|".join((*literal, *patterns))
    if not wanted:
        return []
    found = [match.span() for match in re.finditer(wanted, text, re.IGNORECASE)]
    return found or _in_other_script(wanted, text)


def _in_other_script(wanted: str, text: str) -> Sequence[tuple[int, int]]:
    """Where it stands in traditional script or full width: posts are searched in simplified script and half width."""
    from nlp.normalise import in_place

    return [match.span() for match in re.finditer(wanted, in_place(text), re.IGNORECASE)]
