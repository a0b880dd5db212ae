"""Find an audience: how many, who, why each of them, what else they care about."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ParamSpec

import orjson

from audience.disclosure.guard import Told, told
from audience.engines.base import TERM_FIELD, TOLD_FIELD, After, Hit, Order
from audience.index.facts import FACT_FIELDS
from audience.query.asked import words
from audience.query.reading import reading
from audience.query.text import to_text
from audience.search.alike import Alike, alike
from audience.search.answers import SearchAnswer
from audience.search.baseline import Baseline
from audience.search.cursor import next_cursor, question_name, read_cursor
from audience.search.facets import facets_of
from audience.search.members import members_of
from audience.search.question import Question, read_question
from audience.search.read import read_query
from audience.search.telling import Telling, counted_for
from audience.search.tgi import Comparison
from privacy.audit import Recording, recording
from privacy.disclosure import Role
from privacy.errors import ForbiddenError

_Asked = ParamSpec("_Asked")
_BUCKETS = 20_000
_TERMS_SHOWN = 20
_MIN_TERM = 2  # characters


@dataclass(frozen=True, slots=True)
class Pending:
    """An answer that must not be given before ``recorded`` is done: until then its audit entry is not on disk.

    Where ``recorded`` fails, the answer may not be given at all. ``content`` is what ``SearchAnswer`` has, all of its
    fields, as plain values.
    """

    content: dict[str, Any]
    recorded: Recording

    @property
    def answer(self) -> SearchAnswer:
        """The answer as a model."""
        return SearchAnswer.model_validate(self.content)

    @property
    def json(self) -> bytes:
        """The model's JSON, written without making it."""
        return orjson.dumps(self.content, option=orjson.OPT_UTC_Z)


def begun(question: Question) -> Pending:
    """Answer a question, while its audit entry is still being written.

    Raises:
        BadInputError: a cursor out of bounds; ``like`` without its order, or the reverse.
        BadQueryError: of the baseline, or of the query for seeds.
        ForbiddenError: too few people in the baseline or among the seeds, or seeds without role planner.
        NotMinedError: for seeds there are no features.
    """
    index, scope, disclosure, fields = question.index, question.scope, question.disclosure, question.fields
    order, limit, resolved = question.order, question.limit, question.resolved
    by = alike(index, order, question.like, question.role, disclosure)
    if order is Order.RELEVANCE and not words(resolved):
        order = Order.LEVELS
    of = question_name(resolved, scope, by.name)
    after = read_cursor(question.cursor, index.generation, order, of)
    against = _against(question)
    shown = told(index, resolved, scope, disclosure)
    hits = [] if shown.hidden else _members(question, order, by, after)
    text, total = to_text(question.asked), None if shown.hidden else disclosure.count(shown.total)
    values, apart = _facets(question, shown, against) if fields and not shown.hidden else ([], [])
    content = {
        "query": text,
        "reading": reading(question.asked, index.names),
        "hidden": bool(shown.hidden),
        "reason": shown.hidden,
        "total": total,
        "baseline": disclosure.count(against.persons),
        "baseline_query": against.query,
        "k": disclosure.k,
        "round_to": disclosure.round_to,
        "as_of": scope.as_of,
        "order": order.value,
        "like": by.shown(),
        "members": members_of(index, resolved, scope, hits[:limit], order),
        "cursor": next_cursor(hits, limit, index.generation, order, after, of),
        "facets": values,
        "over_indexed": apart,
        "warnings": [*shown.notes(disclosure.k), *against.notes, *by.notes, *_warnings(question)],
    }
    detail = {
        "query": text,
        "hidden": bool(shown.hidden),
        "total": total,
        "facets": fields,
        "baseline": against.query,
        "as_of": scope.as_of.isoformat(),
        "order": order.value,
        "cursor": question.cursor,
        "members": [hit.row["person_id"] for hit in hits[:limit]],
        **by.audited(),
    }
    return Pending(content, recording(index.home, question.who, question.role, "search", detail))


def _awaited(read: Callable[_Asked, Question]) -> Callable[_Asked, SearchAnswer]:
    def search(*given: _Asked.args, **named: _Asked.kwargs) -> SearchAnswer:
        """Read and answer a question, once the answer may be given: as :func:`read_question` and :func:`begun`.

        Raises StorageError where its audit entry can't be written.
        """
        pending = begun(read(*given, **named))
        pending.recorded.result()
        return pending.answer

    return search


search = _awaited(read_question)


def _members(question: Question, order: Order, by: Alike, after: After | None) -> list[Hit]:
    """The members, and one more where there is a next page; none for who may not see them, or fewer than k."""
    index, scope, resolved = question.index, question.scope, question.resolved
    if not question.limit or not _planner(question):
        return []
    if question.disclosure.hidden(index.count(resolved, scope)):
        return []
    return index.engine.search(
        resolved, scope, question.limit + 1, after, order, listable_only=True, like=by.vector
    )


def _planner(question: Question) -> bool:
    return question.role.rank >= Role.PLANNER.rank


def _against(question: Question) -> Baseline:
    """Whom the answer compares with. Raises ForbiddenError where those are too few to be spoken of."""
    index, disclosure = question.index, question.disclosure
    if question.baseline is None:
        return Baseline.everybody(index)
    asked, resolved = read_query(index, question.baseline, disclosure.k)
    shown = told(index, resolved, question.scope, disclosure)
    if shown.hidden:
        raise ForbiddenError(f"the baseline may not be spoken of: {shown.hidden}", "widen the baseline")
    return Baseline.group(index, to_text(asked), shown, (*question.fields, TERM_FIELD), _BUCKETS, disclosure)


def _facets(
    question: Question, shown: Told, against: Baseline
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    index, fields = question.index, question.fields
    origins = (TOLD_FIELD,) if FACT_FIELDS.intersection(fields) else ()
    counted = (*counted_for(fields), TERM_FIELD, *origins)
    counts = index.engine.facets(shown.query, shown.scope, counted, _BUCKETS)
    base = {name: against.of(name) for name in (*fields, TERM_FIELD)}
    beside = Comparison(shown.total, against.persons, question.disclosure, against.other)
    telling = Telling(index, shown.query, shown.total, question.disclosure)
    return (
        facets_of(index, fields, counts, base, beside, telling),
        beside.more(counts[TERM_FIELD], base[TERM_FIELD], _TERMS_SHOWN, _MIN_TERM),
    )


def _warnings(question: Question) -> list[str]:
    index, scope = question.index, question.scope
    warnings = []
    if index.is_stale:
        warnings.append("the profiles changed since the index was built; run: renqun mine")
    if question.limit and not _planner(question):
        warnings.append("members are shown to role planner only")
    mined = datetime.fromisoformat(index.meta.as_of)
    if scope.as_of > mined:
        warnings.append(f"nothing is known after {mined:%Y-%m-%d %H:%M} UTC, when the profiles were mined")
    elif scope.as_of < mined:
        warnings.append(
            "only the last activity of each person is kept: who was active after the moment asked about counts too"
        )
    return warnings
