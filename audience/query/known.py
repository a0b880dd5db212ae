"""What may be asked for: known tags, brands, regions …, with suggestions for what is misspelt.

A value that fewer than k people have is treated like one that nobody has: whether it exists is not told.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable

from pydantic import ValidationError

from audience.errors import BadQueryError
from audience.index.opened import OpenIndex
from audience.query.canonical import canonical
from audience.query.model import AudienceQuery, Brand, Condition, Interest, Named, Posted, Segment, Words
from audience.query.segments import Frozen, Segments
from audience.query.sensitive import refuse_sensitive
from audience.tags.interests import taxonomy
from privacy.brands import load_brands
from privacy.sensitive import sensitive_matter

_WHAT = {
    "tag": "interest tag",
    "parent": "top interest",
    "topic": "topic",
    "follows": "tracked account",
    "engaged": "tracked account",
    "region": "region",
    "source": "source",
    "community": "community",
    "benefit": "benefit",
    "style": "style",
    "brand": "tracked brand",
    "education": "education",
    "occupation": "occupation",
    "posts": "word, phrase or tag whose posts are counted",
}


class Known:
    """The vocabulary of one index, with the taxonomy's tags and the brands of ``brands.toml``."""

    def __init__(self, index: OpenIndex, k: int, segments: Segments) -> None:
        interests = taxonomy(index.home)
        brands = frozenset(brand.name for brand in load_brands(index.home))
        self._index, self._k = index, k
        self._names = index.names
        self._seeds = interests.seeds
        self._segments = segments
        self._inside: list[str] = []
        # What may be asked for whoever has it, beside what k people have.
        self._always: dict[str, Collection[str]] = {
            "tag": interests.tags,
            "parent": interests.parents,
            "follows": brands,
            "engaged": brands,
            "brand": brands,
            "source": index.baseline["source"],
        }

    def _has(self, field: str, value: str) -> bool:
        if value in self._index.frequent(field, self._k) or value in self._always.get(field, ()):
            return True
        return field == "topic" and bool(self._names["topic"].get(value))

    def _values(self, field: str) -> set[str]:
        topics = (
            {topic for topic, name in self._names["topic"].items() if name} if field == "topic" else set()
        )
        return {*self._index.frequent(field, self._k), *self._always.get(field, ()), *topics}

    def resolve(self, query: AudienceQuery) -> AudienceQuery:
        """The query with names turned to ids, top interests recognised and segments inlined. Raises BadQueryError."""
        try:
            return canonical(query.map(self.condition))
        except ValidationError as error:
            raise BadQueryError(
                "the query is too large with its segments in it", "nest fewer segments"
            ) from error

    def condition(self, condition: Condition) -> Condition | AudienceQuery:
        """One condition, checked and resolved. Raises SensitiveQueryError, or BadQueryError with a suggestion."""
        if isinstance(condition, Words):
            refuse_sensitive(condition.value)
            return condition
        if isinstance(condition, Interest):
            return self._interest(condition)
        if isinstance(condition, Segment):
            return self._segment(condition)
        if isinstance(condition, Named | Brand | Posted):
            refuse_sensitive(condition.value)
            if self._has(condition.field, condition.value):
                return condition
            for key, name in self._names.get(condition.field, {}).items():
                if name == condition.value and self._has(condition.field, key):
                    return condition.model_copy(update={"value": key})
            raise self._unknown(condition.field, condition.value)
        return condition

    def _segment(self, condition: Segment) -> Condition | AudienceQuery:
        """The query of a dynamic segment with all its names resolved, or the term of a frozen one."""
        name = condition.value
        if name in self._inside:
            raise BadQueryError(
                f"the segment {name!r} is made of itself", "change the query of one of these segments"
            )
        found = self._segments.find(name)
        if found is None:
            names = sorted(self._segments.names())
            near = difflib.get_close_matches(name, names, n=3, cutoff=0.5)
            some = f"known are, for example, {', '.join(names[:5])}" if names else "none has been saved yet"
            hint = f"did you mean {', '.join(near)}?" if near else some
            raise BadQueryError(f"there is no segment {name!r}", hint)
        if isinstance(found, Frozen):
            return condition.model_copy(update={"value": found.term})
        self._inside.append(name)
        try:
            return found.map(self.condition)
        except BadQueryError as error:
            raise type(error)(
                f"the segment {name!r} can no longer be read: {error.plain}", error.hint
            ) from None
        except ValidationError as error:
            raise BadQueryError(f"the segment {name!r} makes the query too large", "nest fewer") from error
        finally:
            self._inside.pop()

    def _interest(self, condition: Interest) -> Interest:
        refuse_sensitive(condition.value)
        if self._has(condition.field, condition.value):
            return condition
        other = "parent" if condition.field == "tag" else "tag"
        if self._has(other, condition.value):
            return condition.model_copy(update={"field": other})
        raise self._unknown(condition.field, condition.value)

    def _unknown(self, field: str, value: str) -> BadQueryError:
        near = self._suggest(field, value)
        if field == "posts":
            return self._uncounted(value, near)
        hint = f"did you mean {', '.join(near)}?" if near else self._examples(field)
        return BadQueryError(f"there is no {_WHAT[field]} {value!r}", hint)

    def _uncounted(self, value: str, near: list[str]) -> BadQueryError:
        """Posts are counted about what enough people write about; all else can still be found in recent posts."""
        parts = [word for word in value.split() if self._has("posts", word)]
        counted = next(iter((*parts, *near)), None)
        nearest = f'posts("{counted}")>=3/30d' if counted else f'words:="{value}" active:30d'
        return BadQueryError(
            f"posts about {value!r} are not counted, only about dictionary words and tags that enough people use",
            f"the nearest that works is {nearest}",
        )

    def _suggest(self, field: str, value: str) -> list[str]:
        choices = sorted(self._choices(field))
        near = difflib.get_close_matches(value, choices, n=3, cutoff=0.5)
        near += [choice for choice in choices if len(value) > 1 and (value in choice or choice in value)]
        if field in ("tag", "parent"):
            near += [tag for tag, words in self._seeds.items() if value.lower() in words]
        return list(dict.fromkeys(name for name in near if sensitive_matter(name) is None))[:3]

    def _choices(self, field: str) -> Iterable[str]:
        if field in ("tag", "parent"):
            return self._values("tag") | self._values("parent")
        return {self._names.get(field, {}).get(value) or value for value in self._values(field)}

    def _examples(self, field: str) -> str:
        some = sorted(name for name in self._choices(field) if sensitive_matter(name) is None)[:5]
        if not some:
            return f"no {_WHAT[field]} has {self._k:,} people yet; collect more, then run: renqun mine"
        return f"known are, for example, {', '.join(some)}"
