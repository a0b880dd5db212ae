"""Writing files that others read: whole, or not at all."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from privacy.errors import StorageError


def whole(targets: Sequence[Path], write: Callable[[list[Path]], None]) -> None:
    """Let ``write`` write drafts beside the targets, then rename them: what was there before stays until all are complete.

    Raises StorageError where the disk or folder refuses.
    """
    drafts = [path.with_name(f".{path.stem}.partial{path.suffix}") for path in targets]
    try:
        write(drafts)
        for draft, target in zip(drafts, targets, strict=True):
            os.replace(draft, target)
    except OSError as error:
        raise StorageError(
            f"{targets[0].name} could not be written: {error.strerror or error}",
            "look at the folder and its space",
        ) from error
    finally:
        for draft in drafts:
            draft.unlink(missing_ok=True)
