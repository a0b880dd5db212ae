"""Numbers kept in order, so that each batch of others is found among them without sorting anything anew."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.uint64]


def found(numbers: Numbers, asked: Numbers) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.bool_]]:
    """Where each of the numbers that are asked for stands, or would stand, among those in order; and whether it is there."""
    places = np.searchsorted(numbers, asked)
    if not len(numbers):
        return places, np.zeros(len(asked), np.bool_)
    return places, numbers[np.minimum(places, len(numbers) - 1)] == asked
