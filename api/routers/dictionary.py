"""Planners: words that are to stay whole when text is cut."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query

from api import dictionary
from api.examples.kinds import answers
from api.examples.words import DICTIONARY_ANSWER, DICTIONARY_CHANGED, SUGGESTION_ANSWER
from api.guard import Analyst, HomeIn, Planner

router = APIRouter(prefix="/dictionary", tags=["dictionary"])


@router.get("", responses=answers(words=DICTIONARY_ANSWER))
def words(home: HomeIn, caller: Analyst) -> dictionary.DictionaryAnswer:
    """The words of the user dictionary. Role: analyst."""
    del caller
    return dictionary.dictionary_of(home)


@router.get("/suggestions", responses=answers(words=SUGGESTION_ANSWER))
def suggestions(
    home: HomeIn, caller: Analyst, limit: Annotated[int, Query(ge=1, le=1_000)] = 20
) -> dictionary.SuggestionAnswer:
    """Words that posts use and the dictionary lacks, with evidence; examples for planners. Role: analyst."""
    return dictionary.suggest(home, limit, caller.role)


@router.post("", responses=answers(added=DICTIONARY_CHANGED))
def add_words(
    home: HomeIn, caller: Planner, wanted: dictionary.DictionaryWords
) -> dictionary.DictionaryChanged:
    """Keep words whole from the next mining run on. Role: planner."""
    del caller
    return dictionary.add(home, wanted.words)


@router.delete("/{word}", responses=answers(removed=DICTIONARY_CHANGED))
def remove_word(
    home: HomeIn, caller: Planner, word: Annotated[str, Path(examples=["氛围感"])]
) -> dictionary.DictionaryChanged:
    """Take a word out of the user dictionary; 404 where it is not there. Role: planner."""
    del caller
    return dictionary.remove(home, [word])
