"""From a planned post to its words: the same post always gets the same words."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

from .bursts import Event
from .contacts import SLOTS
from .grammar import PASSING_HEAD_SHARE, Picker, fillers, misspell, templates, to_traditional
from .lexicon import load_interests, load_vocabulary
from .population import BRAND, MEDIA, Population
from .posts import ADVERT, BURST, CHATTER, FORMS, PASSING, TOPIC, Posts
from .threads import Topics

CONTACT_SHARE = 0.011
TYPO_SHARE = 0.06


@dataclass(frozen=True, slots=True)
class Draft:
    """A post in plain words. Accounts are positions; -1 stands for nobody."""

    text: str
    hashtags: tuple[str, ...]
    words: tuple[str, ...]  # interest words as chosen from the lexicon, hashtags included
    answers: int = -1  # the account whose post this answers
    mention: int = -1  # an account named at the end
    chain: tuple[int, str] | None = None  # (account, its words) of what is reposted


class Writer:
    """Writes the posts of one source."""

    def __init__(
        self, seed: int, population: Population, posts: Posts, events: list[Event], topics: Topics | None
    ) -> None:
        self._seed = seed
        self._population = population
        self._posts = posts
        self._events = events
        self._topics = topics

    def _rng(self, post: int) -> random.Random:
        return random.Random((self._seed * 2 + (self._topics is not None)) * 1_000_000_007 + post)

    def draft(self, post: int, depth: int = 0) -> Draft:
        """The words of the post at this position."""
        posts, rng = self._posts, self._rng(post)
        author = int(posts.author[post])
        origin = int(posts.repost_of[post])
        draft = self._repost(rng, origin) if origin >= 0 and depth == 0 else self._own(rng, post, author)
        if rng.random() < TYPO_SHARE:
            draft = replace(draft, text=misspell(rng, draft.text))
        if self._population.traditional[author]:
            draft = replace(draft, text=to_traditional(draft.text))
        return draft

    def _own(self, rng: random.Random, post: int, author: int) -> Draft:
        posts, kind = self._posts, int(self._posts.kind[post])
        picker = self._picker(rng, post, author, kind)
        if kind == BURST:
            text = self._event_text(picker, post)
        elif kind == PASSING:
            text = picker.one_of("passing", "lines")
        elif kind == ADVERT:
            text = picker.fill(templates("spam", "lines")[author % len(templates("spam", "lines"))])
        elif kind == CHATTER:
            text = self._chatter(picker)
        else:
            text = self._on_topic(picker, post)
        if rng.random() < CONTACT_SHARE:
            text = f"{text} {_contact(picker)}"
        tags = self._hashtags(rng, post)
        answered = int(posts.reply_to[post])
        return Draft(
            text=text,
            hashtags=tags,
            words=(*picker.words, *(tags if kind == TOPIC else ())),
            answers=int(posts.author[answered]) if answered >= 0 else -1,
            mention=int(posts.mention[post]),
        )

    def _picker(self, rng: random.Random, post: int, author: int, kind: int) -> Picker:
        """On-topic posts take the words of their interest, passing ones any word of theirs, spam anything."""
        posts = self._posts
        if kind == PASSING:
            picker = Picker(rng, -1 - post, int(posts.passing[post]), PASSING_HEAD_SHARE)
        elif kind == ADVERT:
            picker = Picker(rng, author, (author * 31 + int(rng.random() * 3)) % len(load_interests()))
        else:
            picker = Picker(rng, author, int(posts.interest[post]))
        return picker

    def _repost(self, rng: random.Random, origin: int) -> Draft:
        reason = Picker(rng, 0, -1).one_of("topic", "reasons")
        original = self.draft(origin, depth=1)
        return Draft(reason, (), original.words, chain=(int(self._posts.author[origin]), _flat(original)))

    def _event_text(self, picker: Picker, post: int) -> str:
        event = self._events[int(self._posts.event[post])]
        return picker.one_of("topic", "burst", event.second if picker.rng.random() < 0.18 else event.name)

    def _chatter(self, picker: Picker) -> str:
        text = picker.one_of("chatter", "misleading" if picker.rng.random() < 0.1 else "lines")
        if self._topics is not None and picker.rng.random() < 0.4:
            text = f"{text}。{picker.one_of('chatter', 'lines')}"
        return text

    def _on_topic(self, picker: Picker, post: int) -> str:
        form = FORMS[int(self._posts.form[post])]
        role = int(self._population.role[self._posts.author[post]])
        if role in (BRAND, MEDIA):
            form = "recommend" if role == BRAND else "share"
        text = picker.one_of("topic", form)
        if self._topics is None:
            return text
        if int(self._topics.number[post]) == 1 or picker.rng.random() < 0.3:
            opener, body = picker.one_of("topic", "openers"), picker.one_of("topic", "bodies")
            return f"{opener}{text}。\n{body}{picker.one_of('topic', 'closers')}"
        return text

    def _hashtags(self, rng: random.Random, post: int) -> tuple[str, ...]:
        event = int(self._posts.event[post])
        if event >= 0:
            return (self._events[event].hashtag,) if rng.random() < 0.7 else ()
        tag = int(self._posts.tag[post])
        return (load_vocabulary().words[tag],) if tag >= 0 and self._topics is None else ()

    def tags_of(self, post: int) -> tuple[str, ...]:
        """The hashtags of a post, for the index of tag timelines."""
        return (
            self.draft(post).hashtags
            if self._posts.event[post] >= 0
            else self._hashtags(self._rng(post), post)
        )

    def title(self, topic: int) -> str:
        """The title of a forum topic, in the words of who began it."""
        if self._topics is None:
            raise ValueError("only forum posts have topics")
        first = int(self._topics.posts[self._topics.starts[topic]])
        rng = random.Random(self._seed * 7919 + topic)
        interest = int(self._posts.interest[first])
        picker = Picker(rng, int(self._posts.author[first]), interest)
        return picker.one_of("topic" if interest >= 0 else "chatter", "titles")


def _contact(picker: Picker) -> str:
    template = picker.pick(templates("contact", "lines"))
    out: list[str] = []
    for literal, slot in template:
        out.append(literal)
        if slot:
            out.append(SLOTS[slot](picker.rng) if slot in SLOTS else picker.pick(fillers(slot)))
    return "".join(out)


def _flat(draft: Draft) -> str:
    """A draft as it stands inside someone else's repost."""
    return " ".join((draft.text, *(f"#{tag}" for tag in draft.hashtags)))
