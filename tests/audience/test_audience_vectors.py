"""Vectors beside an index: kept by batches, ordered exactly, damaged files told, and a mean direction."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from audience.engines.vectors import UNLIKE, VECTORS, Vectors, cosine, kept, unpacked, whole


def _batch(rows: list[list[int] | None], dimensions: int = 3) -> pl.DataFrame:
    return pl.DataFrame({"vector": pl.Series(rows, dtype=pl.Array(pl.Int8, dimensions))})


def _written(folder: Path, *batches: pl.DataFrame) -> Vectors:
    assert [batch.height for batch in kept(folder, batches)] == [batch.height for batch in batches]
    return Vectors(folder)


def test_batches_pass_unchanged_and_absent_vectors_come_last(tmp_path: Path) -> None:
    vectors = _written(tmp_path, _batch([[1, 2, 3], None]), _batch([[0, 0, 5], [-9, 0, 0], [1, -1, 0]]))
    assert (len(vectors), vectors.dimensions) == (5, 3)
    assert vectors.known(np.arange(5)).tolist() == [True, False, True, True, True]
    like = np.array([2, 2, 0], np.int8)
    # Nobody knows a product of nought from no vector by the number alone.
    places = unpacked(vectors.first(like, np.arange(5), 9))
    assert places == [(0, 6), (2, 0), (4, 0), (3, -18), (1, UNLIKE)]
    assert unpacked(vectors.first(like, np.arange(5), 2)) == places[:2]
    for place in range(5):
        assert unpacked(vectors.first(like, np.arange(5), 9, after=places[place][0])) == places[place + 1 :]
    assert unpacked(vectors.first(like, np.array([1, 4]), 9, after=2)) == places[2:5:2]
    assert cosine(UNLIKE) is None
    assert cosine(127.0 * 127.0) == 1.0
    assert cosine(-17_000.0) == -1.0


def test_without_vectors_the_order_is_that_of_standing(tmp_path: Path) -> None:
    vectors = _written(tmp_path, pl.DataFrame({"uid": [0, 1, 2]}), pl.DataFrame({"uid": [3]}))
    assert (len(vectors), vectors.dimensions) == (4, 0)
    assert unpacked(vectors.first(np.zeros(0, np.int8), np.arange(4), 2, after=1)) == [
        (2, UNLIKE),
        (3, UNLIKE),
    ]


def test_products_are_exact_at_the_largest_and_by_any_batch(tmp_path: Path) -> None:
    rng = np.random.default_rng(4)
    rows = rng.integers(-127, 128, (5_000, 64)).astype(np.int8)
    rows[0], rows[1] = 127, -127
    vectors = _written(tmp_path, pl.DataFrame({"vector": pl.Series(rows, dtype=pl.Array(pl.Int8, 64))}))
    like = whole(rng.normal(size=(1, 64)))[0]
    expected = rows.astype(np.int64) @ like.astype(np.int64)
    found = unpacked(vectors.first(like, np.arange(5_000), 5_000))
    assert found == [(int(n), float(expected[n])) for n in np.lexsort((np.arange(5_000), -expected))]
    some = np.arange(1, 5_000, 3)
    assert unpacked(vectors.first(like, some, 40)) == [pair for pair in found if pair[0] % 3 == 1][:40]


def test_a_build_that_starts_anew_leaves_nothing_of_the_one_before(tmp_path: Path) -> None:
    broken_off = kept(tmp_path, [_batch([[7, 7, 7]] * 50), _batch([[8, 8, 8]])])
    next(broken_off)
    vectors = _written(tmp_path, _batch([[1, 0, 0]]))
    broken_off.close()
    assert len(vectors) == 1
    assert len(Vectors(tmp_path)) == 1


@pytest.mark.parametrize("content", [b"", b"\x93NUMPY", b"no vectors"])
def test_a_damaged_file_is_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / VECTORS).write_bytes(content)
    with pytest.raises((ValueError, OSError)):
        Vectors(tmp_path)


def test_a_file_cut_short_is_told(tmp_path: Path) -> None:
    _written(tmp_path, _batch([[1, 2, 3]] * 100))
    whole_file = (tmp_path / VECTORS).read_bytes()
    (tmp_path / VECTORS).write_bytes(whole_file[:-10])
    with pytest.raises((ValueError, OSError)):
        Vectors(tmp_path)


def test_whole_numbers_keep_the_direction_and_no_direction_is_zeros() -> None:
    given = np.random.default_rng(1).normal(size=(50, 64)) * 1_000
    made = whole(given).astype(np.float64)
    cosines = (made * given).sum(axis=1) / np.linalg.norm(made, axis=1) / np.linalg.norm(given, axis=1)
    assert cosines.min() > 0.999
    assert not whole(np.zeros((1, 64))).any()
