"""Topics: planted ones come back, texts are judged one by one, and nothing breaks where there is little."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pytest
import rjieba
from sklearn.metrics import normalized_mutual_info_score

from nlp.cooccurrence import cooccurrences, npmi_of
from nlp.documents import Vocabulary, distinct_sample
from nlp.topic_choice import choose, tried_numbers, usual_range
from nlp.topics import TopicModel

HOT = Path(__file__).parents[3] / "shared" / "data" / "weibo_hot_hourly" / "topics.jsonl.gz"
Docs = list[list[str]]


def planted(seed: int, groups: int = 8, size: int = 300) -> tuple[Docs, list[int]]:
    """Short texts of one theme each (30 words a theme, used by Zipf's law) among words that all use."""
    random = np.random.default_rng(seed)
    docs: Docs = []
    theme: list[int] = []
    for group in range(groups):
        for _ in range(size):
            own = np.minimum(random.zipf(1.4, 6), 30)
            chatter = random.zipf(1.2, 6) % 400
            docs.append([f"theme{group}word{n}x" for n in own] + [f"chatter{n}y" for n in chatter])
            theme.append(group)
    order = random.permutation(len(docs)).tolist()
    return [docs[n] for n in order], [theme[n] for n in order]


@pytest.fixture(scope="module")
def learned() -> tuple[TopicModel, Docs, list[int]]:
    docs, theme = planted(1)
    return TopicModel(k=8).fit(docs), docs, theme


def test_planted_topics_come_back(learned: tuple[TopicModel, Docs, list[int]]) -> None:
    model, docs, theme = learned
    index, weight = model.assign(docs)
    some = index >= 0
    assert some.mean() > 0.8
    assert normalized_mutual_info_score(np.array(theme)[some], index[some]) > 0.9
    assert (weight[some] > 0).all()
    assert (weight[~some] == 0).all()
    assert weight.max() <= 1.0
    assert str(index.dtype) == "int32"
    assert str(weight.dtype) == "float32"


def test_topics_are_described_by_their_own_words(learned: tuple[TopicModel, Docs, list[int]]) -> None:
    model, docs, _ = learned
    assert [topic.id for topic in model.topics] == [f"t{n:02d}" for n in range(8)]
    for topic in model.topics:
        assert len({word.split("word")[0] for word in topic.words}) == 1
        assert len(set(topic.name.split("·")) & set(topic.words)) == 3
    sizes = np.bincount(model.assign(docs)[0][model.assign(docs)[0] >= 0])
    assert sizes.tolist() == sorted(sizes.tolist(), reverse=True)
    assert model.npmi_ == pytest.approx(np.mean([topic.npmi for topic in model.topics]))
    assert model.npmi_ > 0.1
    assert model.diversity_ == 1.0


def test_a_text_is_judged_by_itself(learned: tuple[TopicModel, Docs, list[int]]) -> None:
    model, docs, _ = learned
    together = model.assign(docs[:50])
    alone = [model.assign([doc]) for doc in docs[:50]]
    assert together[0].tolist() == [int(index[0]) for index, _ in alone]
    assert together[1] == pytest.approx([float(weight[0]) for _, weight in alone], abs=1e-6)
    assert model.assign([[], ["unheard", "of"]])[0].tolist() == [-1, -1]
    assert len(model.assign([])[0]) == 0


def test_a_fit_repeats_and_travels(learned: tuple[TopicModel, Docs, list[int]], tmp_path: Path) -> None:
    model, docs, _ = learned
    again = TopicModel(k=8).fit(docs)
    assert again.version == model.version
    assert TopicModel(k=7).fit(docs).version != model.version
    model.save(tmp_path)
    loaded = TopicModel.load(tmp_path)
    assert (loaded.version, loaded.topics, loaded.k) == (model.version, model.topics, 8)
    for ours, theirs in zip(loaded.assign(docs), model.assign(docs), strict=True):
        assert ours.tolist() == theirs.tolist()


def test_a_template_posted_a_thousand_times_is_one_text() -> None:
    docs, _ = planted(2, groups=4, size=200)
    template = ["buy", "cheap", "followers", "today", "theme0word1x"]
    assert (
        TopicModel(k=4).fit(docs + [template] * 1000).topics == TopicModel(k=4).fit([*docs, template]).topics
    )
    assert distinct_sample([["a"], ["b"], ["a"]], 9, seed=1) == [("a",), ("b",)]
    assert len(distinct_sample([[str(n)] for n in range(50)], 9, seed=1)) == 9


@pytest.mark.parametrize(
    "docs",
    [[], [[]], [["one"]], [["same", "words"]] * 40, [[f"w{n}"] for n in range(30)], [["12", "！", "的"]] * 9],
    ids=["none", "empty", "one", "all the same", "all different", "no words"],
)
def test_too_little_gives_no_topic(docs: Docs, tmp_path: Path) -> None:
    model = TopicModel(k=5).fit(docs)
    assert len(model.topics) <= 1
    assert model.assign([["same", "words"], []])[0].shape == (2,)
    assert model.version
    model.save(tmp_path)
    assert TopicModel.load(tmp_path).topics == model.topics


def test_more_topics_asked_than_texts_is_sane() -> None:
    docs, _ = planted(3, groups=2, size=10)
    model = TopicModel(k=500).fit(docs)
    assert 1 <= len(model.topics) <= 20
    assert np.isfinite(model.npmi_)
    with pytest.raises(ValueError, match="k"):
        TopicModel(k=0)


def test_the_number_of_topics_is_chosen_by_coherence_and_diversity() -> None:
    docs, _ = planted(5, groups=8, size=120)
    model = TopicModel(among=(2, 20)).fit(docs)
    tried = [one.k for one in model.trials_]
    assert tried[0] == 2
    assert tried[-1] == 20
    assert 7 <= len(model.topics) <= 10
    best = max(model.trials_, key=lambda one: one.quality)
    chosen = choose(model.trials_)
    assert chosen.k >= best.k
    assert chosen.quality >= best.quality - 2 * best.error
    assert not TopicModel(k=4).fit(docs).trials_
    with pytest.raises(ValueError, match="range"):
        TopicModel(among=(9, 3))
    with pytest.raises(ValueError, match="no topic method"):
        TopicModel(method="lsi")  # type: ignore[arg-type]


def test_numbers_tried_stay_within_the_texts() -> None:
    assert tried_numbers(5, 60, 1000) == [5, 8, 11, 17, 25, 38, 57, 60]
    assert tried_numbers(5, 60, 7) == [5, 7]
    assert tried_numbers(5, 60, 0) == [1]
    assert usual_range(40_000) == (22, 60)
    assert usual_range(0) == (5, 5)


def test_a_name_is_of_the_words_that_stay_within_the_topic() -> None:
    docs, theme = planted(6, groups=4, size=200)
    everywhere = [[*doc, "today"] if n % 2 else doc for n, doc in enumerate(docs)]
    model = TopicModel(k=4).fit(everywhere)
    assert len(theme) == 800
    for topic in model.topics:
        assert all(word.startswith("theme") for word in topic.name.split("·"))


def test_topics_keep_their_ids_over_fits(tmp_path: Path) -> None:
    docs, _ = planted(1, groups=6)
    first = TopicModel(k=6).fit(docs)
    theme_of = {topic.words[0].split("word")[0]: topic.id for topic in first.topics}
    first.save(tmp_path)
    later, _ = planted(9, groups=8)  # the same themes in other texts, and two new ones
    gone = [doc for doc in later if not any(word.startswith("theme2") for word in doc)]
    second = TopicModel(k=7).fit(gone, earlier=TopicModel.load(tmp_path))
    now = {topic.words[0].split("word")[0]: topic.id for topic in second.topics}
    for theme in ("theme0", "theme1", "theme3", "theme4", "theme5"):
        assert now[theme] == theme_of[theme]
    assert {now["theme6"], now["theme7"]} == {"t06", "t07"}
    assert theme_of["theme2"] not in now.values()
    third = TopicModel(k=8).fit(later, earlier=second)
    assert len({topic.id for topic in third.topics}) == 8
    assert "t08" in {topic.id for topic in third.topics}  # a new topic never takes the id of one that went


def test_stability_tells_clear_topics_from_noise(tmp_path: Path) -> None:
    docs, _ = planted(4, groups=5, size=150)
    clear = TopicModel(k=5).fit(docs)
    assert clear.stability_ is None
    version = clear.version
    clear.measure_stability(docs)
    assert clear.version == version
    random = np.random.default_rng(3)
    noise = [[f"w{n}x" for n in random.integers(0, 300, 8)] for _ in range(700)]
    blurred = TopicModel(k=5).fit(noise).measure_stability(noise)
    assert clear.stability_ is not None
    assert blurred.stability_ is not None
    assert clear.stability_ > 0.6 > 0.3 > blurred.stability_
    assert all(topic.stability is not None and topic.stability > 0.4 for topic in clear.topics)
    clear.save(tmp_path)
    assert TopicModel.load(tmp_path).topics == clear.topics


def test_our_coherence_is_that_of_gensim(learned: tuple[TopicModel, Docs, list[int]]) -> None:
    from gensim.corpora import Dictionary
    from gensim.models import CoherenceModel

    model, docs, _ = learned
    whole = max(map(len, docs))
    theirs = CoherenceModel(
        topics=[list(topic.words) for topic in model.topics],
        texts=docs,
        dictionary=Dictionary(docs),
        coherence="c_npmi",
        window_size=whole,
        processes=1,
    ).get_coherence()
    assert model.npmi_ == pytest.approx(theirs, abs=0.01)


def test_coherence_is_normalised_pointwise_mutual_information() -> None:
    docs = [["aa", "bb"]] * 20 + [["aa"]] * 5 + [["cc"]] * 25 + [["dd", "cc"]] * 10
    vocabulary = Vocabulary(["aa", "bb", "cc"], np.ones(3, np.float32))
    counts, column = vocabulary.counts(docs), vocabulary.column
    pairs = cooccurrences(counts)
    together, apart = npmi_of(
        [np.array([column["aa"], column["bb"]]), np.array([column["aa"], column["cc"]])], pairs
    )
    expected = np.log((20 / 60) / (25 / 60 * 20 / 60)) / -np.log(20 / 60)
    assert together == pytest.approx(expected)
    assert apart == -1.0


@pytest.mark.parametrize("method", ["gensim-nmf", "gensim-lda"])
def test_gensim_models_can_be_chosen_and_are_less_coherent(
    method: str, learned: tuple[TopicModel, Docs, list[int]]
) -> None:
    model, docs, _ = learned
    other = TopicModel(k=8, method=method).fit(docs[:900])  # type: ignore[arg-type]
    assert len(other.topics) == 8
    assert other.npmi_ <= model.npmi_


@pytest.mark.skipif(not HOT.is_file(), reason="the shared Weibo hot search data is absent")
def test_real_short_texts_give_coherent_topics() -> None:
    texts = []
    with gzip.open(HOT, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            if row.get("description"):
                texts.append(f"{row['title']} {row['description']}")
            if len(texts) == 12_000:
                break
    docs = [rjieba.cut(text) for text in texts]
    model = TopicModel().fit(docs)
    index, _ = model.assign(docs)
    assert model.npmi_ > 0.4
    assert model.diversity_ > 0.9
    assert len(model.topics) >= 15
    assert len(model.trials_) >= 4
    assert (index >= 0).mean() > 0.3
