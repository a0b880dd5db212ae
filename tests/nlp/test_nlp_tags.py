"""Interest tags: learned beyond the seeds, honest about passing talk, the same for a post whatever stands beside it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from nlp.tags import TagModel, TagModelError
from nlp.taxonomy import load_taxonomy
from tests.nlp.planted_posts import PASSING_FRAMES, Population, known_part, populate


@pytest.fixture(scope="module")
def planted() -> Population:
    return populate(accounts=900, known=known_part())


@pytest.fixture(scope="module")
def model(planted: Population) -> TagModel:
    fitted = TagModel(known_part())
    return fitted.fit(planted.docs, planted.hashtags, planted.boards, planted.account_ids)


@pytest.fixture(scope="module")
def probabilities(planted: Population, model: TagModel) -> np.ndarray:
    scores = model.predict(planted.docs, planted.hashtags, planted.boards).matrix
    return np.asarray(scores.toarray())


def _truth(planted: Population, model: TagModel) -> np.ndarray:
    column = {tag: at for at, tag in enumerate(model.tags)}
    truth = np.zeros((len(planted.docs), len(model.tags)), dtype=bool)
    for row, tag in enumerate(planted.about):
        if tag:
            truth[row, column[tag]] = True
    return truth


def _seed_only(planted: Population, model: TagModel) -> np.ndarray:
    found = np.zeros((len(planted.docs), len(model.tags)), dtype=bool)
    columns: dict[str, list[int]] = {}
    for column, tag in enumerate(model.tags):
        for word in model.taxonomy.words_of(tag):
            columns.setdefault(word, []).append(column)
    for row, doc in enumerate(planted.docs):
        for word in doc:
            found[row, columns.get(word, [])] = True
    return found


def _f1(found: np.ndarray, truth: np.ndarray) -> float:
    return float(2 * (found & truth).sum() / (found.sum() + truth.sum()))


def test_beats_its_own_seeds(planted: Population, model: TagModel, probabilities: np.ndarray) -> None:
    truth = _truth(planted, model)
    by_seeds = _f1(_seed_only(planted, model), truth)
    assert _f1(probabilities >= 0.5, truth) >= max(0.78, by_seeds + 0.08)


def test_sure_is_right_and_unsure_is_less_so(
    planted: Population, model: TagModel, probabilities: np.ndarray
) -> None:
    truth = _truth(planted, model)
    assert truth[probabilities >= 0.9].mean() >= 0.9
    assert truth[(probabilities > 0) & (probabilities < 0.5)].mean() <= 0.5


def test_passing_mentions_weigh_less(planted: Population, probabilities: np.ndarray) -> None:
    heads = tuple(frame.split("{a}")[0] for frame in PASSING_FRAMES)
    own = [row for row, tag in enumerate(planted.about) if tag]
    passing = [
        row for row, text in enumerate(planted.texts) if planted.about[row] is None and text.startswith(heads)
    ]
    assert len(passing) > 500
    assert probabilities[passing].sum(axis=1).mean() < 0.5 * probabilities[own].sum(axis=1).mean()


def test_grown_words_were_held_back_and_say_why(model: TagModel) -> None:
    whole, known = load_taxonomy(), model.taxonomy
    grown = model.grown()
    assert len(grown) > 300
    # Where the segmenter cut a word it did not know, its parts grow: they lie within a word of the tag.
    fitting = [
        any(part in word for word in whole.words_of(entry.tag))
        for entry in grown
        for part in [entry.word.lstrip("#@").split(" ")[0]]
    ]
    assert np.mean(fitting) > 0.7
    assert not any(entry.word in known.words_of(entry.tag) for entry in grown)
    assert all(entry.posts >= 2 and entry.accounts >= 2 and entry.weight > 1 for entry in grown)
    assert f"posts on {grown[0].tag}" in grown[0].reason


def test_background_is_small_and_of_every_tag(model: TagModel) -> None:
    background = model.background
    assert set(background) == set(model.tags)
    assert all(0 < rate < 0.05 for rate in background.values())


def test_a_post_alone_is_tagged_as_in_company(
    planted: Population, model: TagModel, probabilities: np.ndarray
) -> None:
    rows = [0, 7, 99, 1_000, 1_001]
    alone = [
        model.predict([planted.docs[r]], [planted.hashtags[r]], [planted.boards[r]]).matrix.toarray()
        for r in rows
    ]
    assert np.array_equal(np.vstack(alone), probabilities[rows])


def test_saves_and_loads_the_same(planted: Population, model: TagModel, tmp_path: Path) -> None:
    model.save(tmp_path / "m")
    again = TagModel.load(tmp_path / "m")
    part = slice(0, 2_000)
    before = model.predict(planted.docs[part], planted.hashtags[part], planted.boards[part]).matrix
    after = again.predict(planted.docs[part], planted.hashtags[part], planted.boards[part]).matrix
    assert (before != after).nnz == 0
    assert again.version == model.version
    assert again.grown() == model.grown()
    assert again.background == model.background


def test_refuses_what_it_did_not_save(model: TagModel, tmp_path: Path) -> None:
    model.save(tmp_path)
    assert model.is_of(known_part(), ())
    assert not model.is_of(load_taxonomy(), ())
    assert not model.is_of(known_part(), ("露营:帐篷",))
    about = json.loads((tmp_path / "tags.json").read_text("utf-8"))
    about["names"][0], about["names"][1] = about["names"][1], about["names"][0]
    (tmp_path / "tags.json").write_text(json.dumps(about), "utf-8")
    with pytest.raises(TagModelError, match="damaged"):
        TagModel.load(tmp_path)
    (tmp_path / "tags.npz").write_bytes(b"PK\x03\x04 cut off")
    with pytest.raises(TagModelError):
        TagModel.load(tmp_path)
    with pytest.raises(TagModelError, match="cannot read"):
        TagModel.load(tmp_path / "absent")


def test_unfitted_says_so() -> None:
    with pytest.raises(TagModelError, match="not fitted"):
        TagModel().predict([["露营"]], [[]], [None])


def _fit(planted: Population, veto: frozenset[str] = frozenset()) -> TagModel:
    size = 4_000
    return TagModel(known_part(), veto=veto).fit(
        planted.docs[:size], planted.hashtags[:size], planted.boards[:size], planted.account_ids[:size]
    )


def test_fitting_repeats_and_veto_holds(planted: Population) -> None:
    first = _fit(planted)
    assert _fit(planted).version == first.version
    grown = first.grown()
    everywhere, for_one = grown[0], grown[-1]
    vetoed = _fit(planted, frozenset({everywhere.word, f"{for_one.tag}:{for_one.word}"}))
    left = {(entry.tag, entry.word) for entry in vetoed.grown()}
    assert everywhere.word not in {word for _, word in left}
    assert (for_one.tag, for_one.word) not in left
    assert len(left) >= len(grown) - 4
    assert vetoed.version != first.version


@pytest.mark.parametrize(
    ("doc", "hashtags", "board"),
    [
        ([], [], None),
        (["😀"], [], None),
        (["从未", "见过", "的", "词"], ["也没见过"], "陌生版块"),
        ([], None, ""),
    ],
)
def test_nothing_known_is_nothing_tagged(
    model: TagModel, doc: list[str], hashtags: list[str] | None, board: str | None
) -> None:
    scores = model.predict([doc], [hashtags], [board])
    assert scores.matrix.shape == (1, len(model.tags))
    assert scores.lists() == ([[]], [[]])


def test_no_posts_at_all(model: TagModel) -> None:
    assert model.predict([], [], []).lists() == ([], [])
    empty = TagModel().fit([], [], [], [])
    assert empty.predict([["露营", "帐篷"]], [[]], [None]).matrix.shape[0] == 1


def test_a_book_does_not_hold_every_interest(model: TagModel) -> None:
    rng = np.random.default_rng(1)
    book = rng.permutation(sorted(model.taxonomy.words())).tolist() * 30
    assert len("".join(book)) > 100_000
    tags, _ = model.predict([book], [[]], [None]).lists(0.5)
    assert len(tags[0]) < len(model.tags) / 4


def test_hashtag_in_traditional_script_counts(model: TagModel) -> None:
    tags, values = model.predict([["出发", "了"]], [["登山 "]], [None]).lists()
    same, _ = model.predict([["出发", "了"]], [["#登山"]], [None]).lists()
    assert tags == same
    assert tags[0][:1] == ["登山"]
    assert values[0][0] > 0.5


def test_context_denies_an_ambiguous_word(planted: Population) -> None:
    fitted = TagModel().fit(
        planted.docs[:4_000], planted.hashtags[:4_000], planted.boards[:4_000], planted.account_ids[:4_000]
    )
    phone = fitted.tags.index("手机")
    both = fitted.predict(
        [["苹果", "换机", "骁龙"], ["苹果"], ["苹果", "水果"]], [[], [], []], [None] * 3
    ).matrix.toarray()
    assert both[0, phone] > both[2, phone]
    assert both[2, phone] == 0.0


def test_one_loud_account_does_not_write_the_lexicon(planted: Population) -> None:
    size = 4_000
    loud = [["露营", "口头禅", "胡言乱语", "天天"] for _ in range(size)]
    fitted = TagModel(known_part()).fit(
        planted.docs[:size] + loud,
        planted.hashtags[:size] + [[]] * size,
        [None] * (2 * size),
        planted.account_ids[:size] + ["loud"] * size,
    )
    assert not {"口头禅", "胡言乱语"} & {entry.word for entry in fitted.grown()}
    assert fitted.predict([["口头禅", "胡言乱语"]], [[]], [None]).lists(0.3) == ([[]], [[]])


def test_a_seed_that_stands_in_half_of_all_posts_says_nothing(planted: Population) -> None:
    docs = [[*doc, "帐篷"] if row % 2 else doc for row, doc in enumerate(planted.docs[:5_000])]
    fitted = TagModel().fit(
        docs, planted.hashtags[:5_000], planted.boards[:5_000], planted.account_ids[:5_000]
    )
    tags, _ = fitted.predict([["帐篷", "天气"]], [[]], [None]).lists(0.5)
    assert tags == [[]]


def test_seeds_have_their_say_in_a_handful_of_posts() -> None:
    docs = [
        ["今天", "去", "露营"],
        ["新", "帐篷", "天幕"],
        ["下雨"],
        ["跑步", "配速"],
        ["听说", "露营", "火"],
    ]
    fitted = TagModel().fit(docs, [[]] * 5, [None] * 5, ["a", "a", "b", "b", "c"])
    asked = [["帐篷", "天幕"], ["跑步", "配速"], ["骁龙", "快充"], ["今天", "下雨"]]
    tags, _ = fitted.predict(asked, [None] * 4, [None] * 4).lists(0.5)
    assert tags == [["露营"], ["跑步"], ["手机"], []]
    surely = fitted.predict([["露营"]], [None], [None]).matrix.max()
    assert fitted.predict([["听说", "同事", "露营"]], [None], [None]).matrix.max() < surely


def test_misaligned_columns_are_refused() -> None:
    with pytest.raises(ValueError, match="differ in length"):
        TagModel().fit([["a"]], [], [None], ["u"])
