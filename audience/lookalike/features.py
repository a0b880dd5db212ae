"""The feature matrix that mining left, as persons by features, ready for lookalikes."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple, TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse

from audience.errors import NotMinedError
from audience.lookalike.ranking import Singles, Space, leading_axes, unit_rows
from lake.store import Lake
from privacy.errors import BadInputError
from privacy.home import Home
from privacy.optouts import blocked
from privacy.sensitive import sensitive_matter

Floats: TypeAlias = NDArray[np.float64]
# How much each group may say: where and when somebody is says little of what they like.
GROUP_WEIGHTS = {"region": 0.3, "hour": 0.3, "place": 0.5, "value": 0.5, "community": 0.7}
# The leading axes, kept beside the matrix of which they are: mining replaces both.
AXES = "axes.npy"
_NAMED = frozenset({"tag", "parent", "term", "topic", "bought", "channel", "place", "value"})


@dataclass(frozen=True)
class Features:
    """Rows are persons; ``matrix`` is CSR, each group's part of a row at most as long as its weight."""

    persons: list[str]
    row_of: dict[str, int]  # account or person id to row
    account_ids: frozenset[str]  # every account of a row
    accounts: list[str]  # the first account of each person
    listable: NDArray[np.bool_]  # may stand on a list: a person, listable with every account
    matrix: sparse.csr_matrix
    groups: NDArray[np.str_]
    names: NDArray[np.str_]
    holders: NDArray[np.int64]  # persons that have each feature

    def ignoring(self, left_out: Sequence[str]) -> Features:
        """The same with some features taken out, each written ``group:name``. Raises BadInputError.

        A name that no column has is let pass: there is nothing to take out.
        """
        if not left_out:
            return self
        gone = np.zeros(len(self.names), dtype=bool)
        known = set(self.groups.tolist()) | _NAMED
        for text in left_out:
            group, colon, name = text.partition(":")
            if not colon or not name or group not in known:
                raise BadInputError(
                    f"{text!r} is no feature",
                    f"write group:name, such as tag:露营; groups: {', '.join(sorted(known))}",
                )
            gone |= (self.groups == group) & (self.names == name)
        keep = np.flatnonzero(~gone)
        return Features(
            self.persons,
            self.row_of,
            self.account_ids,
            self.accounts,
            self.listable,
            sparse.csr_matrix(self.matrix[:, keep]),
            self.groups[keep],
            self.names[keep],
            self.holders[keep],
        )


def load_features(home: Home) -> Features:
    """The features of the last mining run, kept between calls until mined again. Raises NotMinedError."""
    return _load(*_version(home))


def load_space(home: Home, ignore: Sequence[str] = ()) -> tuple[Features, Space]:
    """The features, some left out, and the space that they span, kept likewise. Raises as load_features, ``ignoring``."""
    return _space(_version(home), tuple(ignore))


def load_axes(home: Home) -> tuple[Features, Singles]:
    """The features and the leading axes of their space, which are kept; the features are not. Raises as load_features."""
    version = _version(home)
    features = _read(*version)
    return features, _axes(version.folder, features)


@lru_cache(maxsize=2)
def _space(version: _Version, ignore: tuple[str, ...]) -> tuple[Features, Space]:
    features = _load(*version).ignoring(ignore)
    # Axes of all features would still know of those that are left out.
    return features, Space(features.matrix, None if ignore else _axes(version.folder, features))


def _axes(folder: Path, features: Features) -> Singles:
    kept = folder / AXES
    try:
        axes: Singles = np.load(kept)
    except (OSError, ValueError):
        axes = np.zeros((0, 0), np.float32)
    if len(axes) == len(features.names) and axes.size:
        return axes
    axes = leading_axes(unit_rows(features.matrix))
    partial = kept.with_name(f"{uuid.uuid4().hex}.partial.npy")
    with suppress(OSError):  # a home that can only be read works too, at the price of the axes each time
        np.save(partial, axes)
        partial.replace(kept)
    return axes


class _Version(NamedTuple):
    """Which features, of whom: what was worked out holds while all of it is the same."""

    home: Home
    folder: Path
    stamp: int
    profiles: int | None
    withheld: frozenset[str]


def _version(home: Home) -> _Version:
    folder = home.models / "features"
    return _Version(home, folder, _stamp(folder), Lake(home).version("profiles"), frozenset(blocked(home)))


def _stamp(folder: Path) -> int:
    try:
        return (folder / "matrix.npz").stat().st_mtime_ns
    except FileNotFoundError:
        raise NotMinedError("there are no features to compare people by yet") from None


def _read(home: Home, folder: Path, stamp: int, profiles: int | None, withheld: frozenset[str]) -> Features:
    del stamp, profiles, withheld
    try:
        matrix = sparse.csr_matrix(sparse.load_npz(folder / "matrix.npz"), dtype=np.float64)
        accounts = pl.read_parquet(folder / "accounts.parquet")
        names = pl.read_parquet(folder / "names.parquet")
    except (OSError, ValueError, KeyError, pl.exceptions.PolarsError) as error:
        raise NotMinedError("the features are missing or half-written") from error
    if matrix.shape != (accounts.height, names.height):
        raise NotMinedError("the features are half-written")
    columns = ["account_id", "person_id", "listable", "kind"]
    # A withheld account is gone from the profiles at once: its row is then dropped here.
    joined = accounts.with_row_index("row").join(
        Lake(home).read("profiles", columns=columns), on="account_id"
    )
    people = (
        joined.sort("account_id")
        .group_by("person_id", maintain_order=True)
        .agg(
            pl.col("row"),
            pl.col("account_id"),
            (pl.col("listable") & (pl.col("kind").fill_null("person") == "person")).all().alias("listable"),
        )
    )
    persons = people["person_id"].to_list()
    members = people.select("row").with_row_index("person").explode("row")
    row_of = dict(zip(persons, range(len(persons)), strict=True))
    for row, ids in enumerate(people["account_id"].to_list()):
        row_of.update(dict.fromkeys(ids, row))
    group = names["group"].to_numpy().astype(str)
    name = names["name"].to_numpy().astype(str)
    # Nobody is compared by a sensitive matter, so that no reason can name one.
    plain = np.array(
        [g not in _NAMED or sensitive_matter(n) is None for g, n in zip(group, name, strict=True)], dtype=bool
    )
    weights = np.array([GROUP_WEIGHTS.get(g, 1.0) for g in group])
    together = _together(matrix, members, len(persons))
    kept = sparse.csr_matrix((together @ sparse.diags_array(weights))[:, np.flatnonzero(plain)])
    return Features(
        persons=persons,
        row_of=row_of,
        account_ids=frozenset(joined["account_id"]),
        accounts=[ids[0] for ids in people["account_id"].to_list()],
        listable=people["listable"].to_numpy(),
        matrix=kept,
        groups=group[plain],
        names=name[plain],
        holders=np.asarray(kept.getnnz(axis=0), dtype=np.int64),
    )


_load = lru_cache(maxsize=2)(_read)


def _together(matrix: sparse.csr_matrix, members: pl.DataFrame, persons: int) -> sparse.csr_matrix:
    """Rows of one person's accounts averaged."""
    rows, accounts = members["person"].to_numpy(), members["row"].to_numpy()
    share = 1.0 / np.bincount(rows, minlength=persons)[rows]
    pick = sparse.csr_matrix((share, (rows, accounts)), shape=(persons, matrix.shape[0]))
    return sparse.csr_matrix(pick @ matrix)
