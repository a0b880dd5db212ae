"""The taxonomy: its size, its rules, and what is said of a broken file."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from nlp.taxonomy import TaxonomyError, load_taxonomy


def test_size_and_shape() -> None:
    taxonomy = load_taxonomy()
    assert len(taxonomy.parents) >= 24
    assert len(taxonomy.tags) >= 150
    assert len(set(taxonomy.tags)) == len(taxonomy.tags)
    assert not set(taxonomy.tags) & set(taxonomy.parents)
    assert taxonomy.parent_of["露营"] == "户外"
    assert "露营" in taxonomy.children_of("户外")
    for tag in taxonomy.tags:
        assert len(taxonomy.words_of(tag)) >= 15, tag
        assert taxonomy.words_of(tag)[0] == tag.lower()


def test_words_are_as_normalised_posts_have_them() -> None:
    for word in load_taxonomy().words():
        assert word == word.lower().strip()
        assert " " not in word


def test_few_words_stand_for_several_interests() -> None:
    taxonomy = load_taxonomy()
    uses = Counter(word for tag in taxonomy.tags for word in taxonomy.words_of(tag))
    shared = [word for word, count in uses.items() if count > 1]
    assert len(shared) < 0.03 * len(uses)
    assert max(uses.values()) <= 3


def test_no_sensitive_matters() -> None:
    sensitive = pytest.importorskip("privacy.sensitive")
    taxonomy = load_taxonomy()
    found = {word: matter for word in taxonomy.words() if (matter := sensitive.sensitive_matter(word))}
    assert not found


def test_negative_contexts_are_of_seed_words() -> None:
    taxonomy = load_taxonomy()
    assert "水果" in taxonomy.negative["手机"]["苹果"]
    for tag, words in taxonomy.negative.items():
        assert set(words) <= set(taxonomy.words_of(tag))


def test_version_follows_the_content(tmp_path: Path) -> None:
    path = tmp_path / "t.toml"
    path.write_text('[interests.A]\na = "x y"\n', "utf-8")
    one = load_taxonomy(path).version
    path.write_text('# a remark\n[interests.A]\na = "x  y"\n', "utf-8")
    assert load_taxonomy(path).version == one
    path.write_text('[interests.A]\na = "x z"\n', "utf-8")
    assert load_taxonomy(path).version != one


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "at least one"),
        ("not toml [", "cannot read"),
        ("[interests.A]\n", "nothing|no interests"),
        ('[interests.A]\na = ["x"]\n', "no words"),
        ('[interests.A]\na = ""\n', "no words"),
        ('[interests.A]\na = "x"\n[interests.B]\na = "y"\n', "twice"),
        ('[interests.A]\nB = "x"\n[interests.B]\nc = "y"\n', "both"),
        ('[interests.A]\na = "x"\n[negative]\nb = { "x" = "y" }\n', "no interest"),
        ('[interests.A]\na = "x"\n[negative]\na = { "z" = "y" }\n', "no seed word"),
    ],
)
def test_broken_files(tmp_path: Path, content: str, said: str) -> None:
    path = tmp_path / "broken.toml"
    path.write_text(content, "utf-8")
    with pytest.raises(TaxonomyError, match=said):
        load_taxonomy(path)


def test_absent_file(tmp_path: Path) -> None:
    with pytest.raises(TaxonomyError, match="cannot read"):
        load_taxonomy(tmp_path / "absent.toml")
