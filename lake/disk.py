"""The disk below the lake: how files are packed, and its refusals as one plain error."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from lake.schemas import Table
from privacy.errors import StorageError

if TYPE_CHECKING:
    from deltalake import WriterProperties

_PACKED = 4  # times that rows in memory are larger than in a file, about
CODEC: Literal["ZSTD"] = "ZSTD"
LEVEL = 1
_SPARE = 1 << 20  # bytes: the log's entry and the file's footer
VARIED = frozenset(
    (
        "id",
        "account_id",
        "person_id",
        "src",
        "dst",
        "post_id",
        "native_id",
        "handle",
        "url",
        "text",
        "words",
        "row",
    )
)


def demand_room(target: Path, size: int) -> None:
    """Raise OSError where rows of so many bytes in memory would not fit.

    Asked first: where the disk fills up under it, deltalake's threads print their panic before it is told.
    """
    if shutil.disk_usage(target).free < size // _PACKED + _SPARE:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(target))


def packing(table: Table) -> WriterProperties:
    """How files are packed: neither dictionary nor bounds for text and keyed ids, which no query is narrowed by.

    Bounds of a whole file are kept, those of its pages are not: they take a third of the time that writing posts takes.
    """
    from deltalake import ColumnProperties, WriterProperties

    plain = ColumnProperties(dictionary_enabled=False, statistics_enabled="NONE")
    varied = [name for name in table.schema.names if name in VARIED]
    return WriterProperties(
        compression=CODEC,
        compression_level=LEVEL,
        default_column_properties=ColumnProperties(statistics_enabled="CHUNK"),
        column_properties=dict.fromkeys(varied, plain),
    )


def first_line(error: BaseException) -> str:
    """An error in one line without a full stop."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")


def _plainly(error: BaseException) -> str:
    """The system's own words where they are in the error, else its first line."""
    text = str(error)
    numbers = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES)
    words = (os.strerror(number) for number in numbers)
    return next((word for word in words if word in text), None) or first_line(error)


@contextmanager
def storage(name: str) -> Iterator[None]:
    """Turn what the disk says into one plain error."""
    from deltalake.exceptions import DeltaError

    try:
        yield
    except (OSError, DeltaError) as error:
        raise StorageError(
            f"Table {name} could not be written: {_plainly(error)}. What was there before is untouched.",
            "Free some space (or mend the folder's rights) and run the same command again.",
        ) from error
