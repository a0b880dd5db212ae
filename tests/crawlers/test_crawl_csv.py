"""The CSV reader: fast where the file is well formed, exact where it isn't, and nothing lost in either."""

from __future__ import annotations

import csv
import gzip
import io
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.importers.csv_files import as_the_header, read_csv, read_header, short_rows
from privacy.errors import BadInputError

Rows = list[tuple[str | None, ...]]
Refused = list[tuple[str, str]]
UNCLOSED = "a quote in the line is not closed"


def read(
    folder: Path, body: bytes, layout: object = as_the_header, block_bytes: int = 1 << 20, name: str = "x.csv"
) -> tuple[Rows, Refused, str]:
    """All rows, all refused lines with reasons, and why the file broke off."""
    file = folder / name
    file.write_bytes(body)
    rows: Rows = []
    refused: Refused = []
    broke_off = ""
    for cells in read_csv(file, "posts", layout, block_bytes=block_bytes):  # type: ignore[arg-type]
        rows += cells.frame.rows()
        refused += [(reject["reason"], reject["row"]) for reject in cells.rejects]
        broke_off = broke_off or cells.broke_off
    return rows, refused, broke_off


def test_line_ends_inside_quotes_and_a_byte_order_mark(tmp_path: Path) -> None:
    body = '\ufeffa,b,c\r\n1,"two\r\nlines, ""one"" cell",3\r\n,2,""\r\n'.encode()
    rows, refused, _ = read(tmp_path, body)
    assert rows == [("1", 'two\r\nlines, "one" cell', "3"), (None, "2", None)]
    assert refused == []
    assert read_header(tmp_path / "x.csv") == ["a", "b", "c"]


@pytest.mark.parametrize("kept", [5, 12, 15])
def test_a_gzip_that_breaks_off_before_its_header_is_no_empty_file(tmp_path: Path, kept: int) -> None:
    with pytest.raises(BadInputError, match="is damaged"):
        read(tmp_path, gzip.compress(b"a,b\n" + 1000 * b"1,2\n")[:kept], name="x.csv.gz")


def test_rows_of_another_length_are_set_aside_whole(tmp_path: Path) -> None:
    rows, refused, _ = read(tmp_path, b'a,b,c\n1,2,3\n1,2\n1,"2\n2",3,4\n4,5,6\n')
    assert rows == [("1", "2", "3"), ("4", "5", "6")]
    assert refused == [
        ("the line has 2 cells, the header 3", "1,2"),
        ("the line has 4 cells, the header 3", '1,"2\n2",3,4'),
    ]


def test_a_layout_says_which_lengths_are_rows(tmp_path: Path) -> None:
    body = b"a,b,c\n1,2\n1,2,3\n1,2,3,4\n"
    assert read(tmp_path, body, short_rows)[0] == [("1", "2", None), ("1", "2", "3")]
    longer = lambda header, width: [*header, "d"][:width]  # noqa: E731
    assert read(tmp_path, body, longer)[0] == [
        ("1", "2", None, None),
        ("1", "2", "3", None),
        ("1", "2", "3", "4"),
    ]


def test_a_quote_that_is_never_closed_costs_its_own_line(tmp_path: Path) -> None:
    many = "".join(f"{n},text {n}\n" for n in range(2000))
    rows, refused, _ = read(tmp_path, f'a,b\n0,"open\n{many}'.encode(), block_bytes=1000)
    assert rows == [(str(n), f"text {n}") for n in range(2000)]
    assert refused == [(UNCLOSED, '0,"open')]


def test_quotes_that_stand_wrong_are_read_as_meant_or_refused(tmp_path: Path) -> None:
    body = b'a,b\n1,5" nails\n2,"he said "hi" to me"\n3,"tail"x,4\n5,"fine, ""here"""\n'
    rows, refused, _ = read(tmp_path, body)
    assert rows == [("1", '5" nails'), ("2", 'he said hi" to me"'), ("5", 'fine, "here"')]
    assert refused == [("the line has 3 cells, the header 2", '3,"tail"x,4')]


def test_gbk_files_are_read_and_stray_gbk_lines_set_aside(tmp_path: Path) -> None:
    text = "编号,正文\n1,今天去露营\n2,帐篷很轻\n"
    assert read(tmp_path, text.encode("gbk"))[0] == [("1", "今天去露营"), ("2", "帐篷很轻")]
    late = b"a,b\n" + b"1,plain\n" * 50 + "2,后来才有汉字\n".encode("gbk")
    assert read(tmp_path, late, block_bytes=64)[0][-1] == ("2", "后来才有汉字")
    rows, refused, _ = read(tmp_path, text.encode() + "3,混进来的\n".encode("gbk") + "4,好\n".encode())
    assert [row[0] for row in rows] == ["1", "2", "4"]
    assert refused == [("the line is not UTF-8; it reads as GBK", "3,混进来的")]


def test_a_lone_surrogate_is_no_utf8(tmp_path: Path) -> None:
    rows, refused, _ = read(tmp_path, "a,b\n1,好\n".encode() + b"2,\xed\xa0\x80\xff\n3,x\n")
    assert rows == [("1", "好"), ("3", "x")]
    assert refused[0][0].startswith("the line is not UTF-8")


def test_nul_bytes_and_cells_of_a_hundred_thousand_characters(tmp_path: Path) -> None:
    long = "长" * 100_000
    rows, refused, _ = read(tmp_path, f'a,b\n1,nul\0here\n2,{long}\n3,"{long}\n{long}"\n'.encode())
    assert rows == [("1", "nul\0here"), ("2", long), ("3", f"{long}\n{long}")]
    assert refused == []


def test_blank_lines_lone_carriage_returns_and_odd_names(tmp_path: Path) -> None:
    assert read(tmp_path, b"a,b\n\n1,2\n\n\n3,4")[0] == [("1", "2"), ("3", "4")]
    assert read(tmp_path, b"a,b\r1,2\r3,4\r", block_bytes=5)[0] == [("1", "2"), ("3", "4")]
    (tmp_path / "y.csv").write_bytes(b" a ,,a,a\0\n1,2,3,4\n")
    assert read_header(tmp_path / "y.csv") == ["a", "column 2", "a 3", "a 4"]
    [cells] = read_csv(tmp_path / "y.csv", "posts")
    assert cells.frame.rows() == [("1", "2", "3", "4")]


def test_a_gzip_that_breaks_off_gives_what_stands_before(tmp_path: Path) -> None:
    body = "a,b\n" + "".join(f"{n},{n * n * 7919 % 99991}\n" for n in range(50_000))
    whole = gzip.compress(body.encode())
    rows, refused, broke_off = read(tmp_path, whole[: len(whole) // 2], name="x.csv.gz")
    assert 10_000 < len(rows) < 50_000
    assert rows[10_000] == ("10000", str(10_000 * 10_000 * 7919 % 99991))
    assert "breaks off" in broke_off
    assert len(refused) <= 1, "the line that was cut in two"
    assert len(read(tmp_path, whole, name="no_suffix.csv")[0]) == 50_000


@pytest.mark.parametrize(
    ("body", "says"),
    [(b"", "is empty"), ("a,b\n".encode("utf-16"), "UTF-16"), (b'"a,b\n1,2\n', "no CSV file")],
)
def test_what_is_no_csv_says_why(tmp_path: Path, body: bytes, says: str) -> None:
    with pytest.raises(BadInputError, match=says):
        read(tmp_path, body)
    assert read_header(tmp_path / "x.csv") == []
    with pytest.raises(BadInputError, match="can't be read"):
        list(read_csv(tmp_path / "none.csv", "posts"))


PEAK = """
import sys
from pathlib import Path
from crawlers.importers.csv_files import read_csv
print(sum(cells.frame.height for cells in read_csv(Path(sys.argv[1]), "posts", block_bytes=1 << 20)))
print(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0])
"""


def test_a_long_file_takes_no_more_memory_than_a_short_one(tmp_path: Path) -> None:
    def peak(rows: int) -> int:
        file = tmp_path / f"{rows}.csv"
        file.write_text("a,b\n" + f'1,"{"文" * 100}, ""x"""\n' * rows, "utf-8")
        done = subprocess.run(
            [sys.executable, "-c", PEAK, str(file)], capture_output=True, text=True, check=True
        )
        read, memory = map(int, done.stdout.split())
        assert read == rows
        return memory

    assert peak(200_000) < 1.3 * peak(40_000)


CELL = st.text(st.sampled_from(list('ab,"\n\r 中\0é#')), max_size=8)
TABLE = st.integers(2, 4).flatmap(lambda width: st.lists(st.lists(CELL, min_size=width, max_size=width)))


@given(table=TABLE, block_bytes=st.integers(1, 64))
def test_what_a_csv_writer_wrote_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, table: list[list[str]], block_bytes: int
) -> None:
    width = len(table[0]) if table else 2
    out = io.StringIO()
    csv.writer(out).writerows([[f"c{n}" for n in range(width)], *table])
    rows, refused, _ = read(tmp_path_factory.mktemp("csv"), out.getvalue().encode(), block_bytes=block_bytes)
    assert rows == [tuple(cell or None for cell in row) for row in table]
    assert refused == []


@given(
    pieces=st.lists(
        st.sampled_from(
            [
                b'"',
                b",",
                b"\n",
                b"\r\n",
                b"\r",
                b'""',
                b"a",
                "中".encode(),
                "中".encode("gbk"),
                b"\0",
                b"\xff",
            ]
        ),
        max_size=40,
    ),
    block_bytes=st.integers(1, 64),
)
def test_no_bytes_make_it_fail_and_none_are_lost(
    tmp_path_factory: pytest.TempPathFactory, pieces: list[bytes], block_bytes: int
) -> None:
    body = b"".join(pieces)
    one = read(tmp_path_factory.mktemp("csv"), b"h1,h2\n" + body)
    many = read(tmp_path_factory.mktemp("csv"), b"h1,h2\n" + body, block_bytes=block_bytes)
    assert one[0] == many[0] or not body.isascii(), "the rows don't depend on where blocks end"
    try:
        letters = body.decode().count("a")
    except UnicodeDecodeError:  # bytes that are no text may take a letter in
        return
    found = sum((cell or "").count("a") for row in one[0] for cell in row)
    assert found + sum(line.count("a") for _, line in one[1]) == letters
