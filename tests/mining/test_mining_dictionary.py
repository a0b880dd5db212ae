"""The user dictionary: what is a word, and that a change derives anew only what it must, as a full run would."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from lake.store import Lake
from mining.dictionary import add_words, cut_otherwise, load_words, read_words, remove_words, words_in_force
from mining.fresh import is_fresh
from mining.run import mine
from nlp.segment import Segmenter
from privacy.errors import BadInputError, NotFoundError
from privacy.home import Home
from tests.mining.small_lake import AS_OF, collect, raw_rows
from tests.mining.test_mining_run import tables


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        ("", "characters"),
        ("露", "characters"),
        ("露营" * 11, "characters"),
        ("露 营", "space"),
        ("露\n营", "space"),
        ("citywalk", "whole already"),
        ("123", "no letter"),
        ("😀😀", "no letter"),
    ],
)
def test_what_is_no_word_is_refused_and_nothing_is_written(tmp_path: Path, word: str, reason: str) -> None:
    home = Home(tmp_path)
    with pytest.raises(BadInputError, match=reason) as refused:
        add_words(home, ["氛围感", word])
    assert refused.value.hint
    assert load_words(home) == []


def test_words_are_kept_in_the_form_of_cut_text(tmp_path: Path) -> None:
    home = Home(tmp_path)
    change = add_words(home, ["氛圍感", "ＰＯＬＯ衫", "氛围感"])
    assert change.changed == ["氛围感", "polo衫"]
    assert add_words(home, ["氛围感"]).unchanged == ["氛围感"]
    # A sensitive matter may be a word; it is tags and conditions that may not name it.
    assert add_words(home, ["糖尿病人"]).total == 3
    assert remove_words(home, ["氛圍感"]).total == 2
    assert load_words(home) == ["polo衫", "糖尿病人"]


def test_removing_what_is_not_there_is_told(tmp_path: Path) -> None:
    home = Home(tmp_path)
    add_words(home, ["氛围感"])
    with pytest.raises(NotFoundError, match="蛋卷桌"):
        remove_words(home, ["氛围感", "蛋卷桌"])
    assert load_words(home) == ["氛围感"]


def test_words_that_many_add_at_once_are_all_kept(tmp_path: Path) -> None:
    home = Home(tmp_path)
    words = [first + second + "词" for first in "甲乙丙丁戊己庚辛" for second in "山水火土金木日月风雨"]
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda word: add_words(home, [word]), words))
    assert load_words(home) == sorted(words)


def test_a_damaged_file_names_its_line(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.dictionary.write_text("# ours\n氛围感\n\nx\n", "utf-8")
    with pytest.raises(BadInputError, match="line 4"):
        load_words(home)
    home.dictionary.write_bytes(b"\xff\xfe")
    with pytest.raises(BadInputError, match="UTF-8"):
        load_words(home)


def test_files_in_the_format_of_jieba_are_read(tmp_path: Path) -> None:
    file = tmp_path / "words.txt"
    file.write_text("氛围感 5 n\n显眼包\n\n# no word\n", "utf-8")
    assert read_words(file) == ["氛围感", "显眼包"]
    with pytest.raises(BadInputError, match="can't be read"):
        read_words(tmp_path / "absent.txt")


def test_only_texts_that_hold_a_changed_word_are_cut_otherwise() -> None:
    texts = ["新买的蛋卷桌到了", "蛋卷和桌子", "周末去露营", "C罗进球", "氛围 感觉", ""]
    before, after = Segmenter(["露营地"]), Segmenter(["露营地", "蛋卷桌", "c罗"])
    frame = pl.DataFrame(
        {
            "post_id": [str(n) for n in range(len(texts))],
            "words": [" ".join(doc) for doc in before.cut_all(texts)],
        }
    )
    assert cut_otherwise(frame, before, after).to_list() == ["0", "3"]
    assert cut_otherwise(frame, after, before).to_list() == ["0", "3"]
    assert cut_otherwise(frame, after, after).to_list() == []


def test_a_change_derives_what_it_must_and_equals_a_full_run(small_home: Home) -> None:
    mine(small_home, as_of=AS_OF)
    assert "顺口" not in words_in_force(small_home)
    add_words(small_home, ["防雨不错"])
    assert not is_fresh(small_home)
    collect(small_home, raw_rows(range(80, 100), 5, seed=3, first_post=100), "run-2")
    report = mine(small_home, as_of=AS_OF)
    assert not report.refitted
    assert 100 < report.annotated < 400  # the new ones, and those that hold the word
    assert is_fresh(small_home)
    annotations = Lake(small_home).read("annotations")
    assert annotations["dictionary"].n_unique() == annotations["model_version"].n_unique() == 1
    held = annotations.filter(pl.col("words").str.contains("防雨不错"))
    assert held.height > 50
    assert Lake(small_home).read("profiles")["words"].str.contains("防雨不错").any()
    assert "防雨不错" in words_in_force(small_home)
    by_increment = tables(small_home)
    mine(small_home, as_of=AS_OF, full=True)
    for name, frame in tables(small_home).items():
        assert_frame_equal(by_increment[name], frame, check_exact=True)

    remove_words(small_home, ["防雨不错"])
    assert mine(small_home, as_of=AS_OF).annotated == held.height
    assert not Lake(small_home).read("annotations")["words"].str.contains("防雨不错").any()


def test_a_refit_keeps_the_dictionary(small_home: Home) -> None:
    add_words(small_home, ["防雨不错"])
    mine(small_home, as_of=AS_OF)
    assert "防雨不错" in words_in_force(small_home)
    assert mine(small_home, as_of=AS_OF, refit=True).refitted
    assert Lake(small_home).read("annotations")["words"].str.contains("防雨不错").any()
