"""The demo's figures are worth something only while the sandbox doesn't speak the tagger's own words."""

from __future__ import annotations

import re
from collections import Counter

from nlp.taxonomy import load_taxonomy
from sandbox.lexicon import load_interests
from sandbox.world import World


def occurrences(users: int, seed: int) -> Counter[str]:
    """How often a generated population uses each interest word, deeds and hashtags included."""
    world = World.generate(users=users, days=60, seed=seed)
    found: Counter[str] = Counter()
    for network in (world.micro, world.forum):
        for post in range(len(network.posts)):
            found.update(network.writer.draft(post).words)
    return found


def test_at_most_half_of_the_interest_words_written_are_the_taggers() -> None:
    found = occurrences(users=150, seed=11)
    known = load_taxonomy().words()
    total = found.total()
    assert total > 2_000
    same = sum(n for word, n in found.items() if word.lower() in known)
    assert same / total <= 0.5
    # The tagger cuts words: one that stands whole inside a longer one counts for it, too.
    inside = re.compile("|".join(re.escape(word) for word in known if len(word) >= 2))
    shared = sum(n for word, n in found.items() if inside.search(word.lower()))
    print(f"{total} occurrences: {same / total:.1%} are seed words, {shared / total:.1%} hold one")
    assert shared / total <= 0.6


def test_both_know_the_same_interests() -> None:
    assert {interest.name for interest in load_interests()} == set(load_taxonomy().tags)
