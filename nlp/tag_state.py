"""What fitting a tag model leaves: all that predicting needs, and what is saved."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from nlp.calibrate import PASSING, Calibrator, pair_numbers
from nlp.features import FeatureSpace, Matrix
from nlp.growth import Floats

FORMAT = 2


@dataclass(frozen=True)
class TagState:
    """Words and their weights, and the calibration: enough to predict."""

    space: FeatureSpace
    weights: Matrix
    evidence: NDArray[np.float32]  # z, posts, accounts and PMI of each weight, in the order of the CSR
    prior: Floats
    calibrator: Calibrator
    background: NDArray[np.float64]

    def pairs(self, posts: Matrix) -> tuple[NDArray[np.int64], NDArray[np.int64], Floats]:
        """Row, tag and numbers of each (post, tag) with a telling word."""
        scores = (posts @ self.weights).tocsr()
        hits = ((posts > 0).astype(np.float32) @ self._telling).tocsr()
        return pair_numbers(scores, hits, self.prior, np.asarray(posts @ self._passing))

    @cached_property
    def _telling(self) -> Matrix:
        marks = self.weights.copy()
        marks.data = np.ones_like(marks.data)
        return marks

    @cached_property
    def _passing(self) -> Floats:
        return np.array([name in PASSING for name in self.space.names], dtype=np.float32)

    def with_background(self, background: NDArray[np.float64]) -> TagState:
        """The same with the background rate of each tag."""
        return replace(self, background=background)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Everything but the feature names, to be saved."""
        return {
            "indptr": self.weights.indptr.astype(np.int64),
            "indices": self.weights.indices.astype(np.int32),
            "data": self.weights.data.astype(np.float32),
            "evidence": self.evidence,
            "prior": self.prior,
            "background": self.background,
            "numbers": self.calibrator.numbers,
            "intercept": np.array([self.calibrator.intercept]),
            "cues": self.calibrator.cues,
        }

    @classmethod
    def read(cls, names: Sequence[str], tags: int, arrays: Mapping[str, NDArray[Any]]) -> TagState:
        """The reverse of :meth:`arrays`; KeyError or ValueError where an array is missing or misshapen."""
        space = FeatureSpace(names)
        shape = (len(space), tags)
        weights = sparse.csr_array((arrays["data"], arrays["indices"], arrays["indptr"]), shape=shape)
        calibrator = Calibrator(arrays["numbers"], float(arrays["intercept"][0]), arrays["cues"])
        return cls(space, weights, arrays["evidence"], arrays["prior"], calibrator, arrays["background"])

    def digest(self, taxonomy: str) -> str:
        """Hash of the content, with the version of the taxonomy it was fitted for."""
        content = hashlib.sha256(f"{FORMAT} {taxonomy}\n".encode())
        content.update("\n".join(self.space.names).encode())
        for name, array in sorted(self.arrays().items()):
            content.update(name.encode())
            content.update(np.ascontiguousarray(array).tobytes())
        return content.hexdigest()[:12]
