"""Terms to collect by: in a parameter, or one a line in a file."""

from __future__ import annotations

from pathlib import Path

from privacy.errors import BadInputError

LONGEST = 100  # characters of a term
_HINT = "Write one term a line in UTF-8; a line that begins with # is a comment."


def words_of(text: str) -> list[str]:
    """The values of a parameter that holds several, each once: one a line, or with commas where it is one line."""
    parts = text.splitlines() if "\n" in text else text.split(",")
    return list(dict.fromkeys(word for part in parts if (word := part.strip())))


def read_terms(path: Path) -> list[str]:
    """The terms in a file, each once; a byte order mark, blank lines and comments (``#``) are left out.

    Raises BadInputError for a file that can't be read, is not UTF-8 text, has a term of more than 100 characters, or
    holds none.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise BadInputError(f"{path} can't be read: {error.strerror}.", _HINT) from None
    except UnicodeDecodeError as error:
        raise BadInputError(f"{path} is not UTF-8 text (byte {error.start}).", _HINT) from None
    if text.lstrip().startswith(("{", "[")):
        hint = "Write one term a line, as renqun keywords expand CORE --out FILE does."
        raise BadInputError(f"{path} is JSON.", hint)
    terms: dict[str, None] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        term = line.strip()
        if "\0" in term:
            raise BadInputError(f"{path} is not text: line {number} holds a NUL.", _HINT)
        if len(term) > LONGEST:
            raise BadInputError(f"{path}: the term in line {number} has over {LONGEST} characters.", _HINT)
        if term and not term.startswith("#"):
            terms[term] = None
    if not terms:
        raise BadInputError(f"{path} holds no terms.", _HINT)
    return list(terms)


def with_terms(parameters: dict[str, str]) -> dict[str, str]:
    """The parameters with the terms of the file ``terms_from`` among ``terms``. Raises BadInputError."""
    if "terms_from" not in parameters:
        return parameters
    rest = {key: value for key, value in parameters.items() if key != "terms_from"}
    terms = words_of(rest.get("terms", "")) + read_terms(Path(parameters["terms_from"]))
    return rest | {"terms": "\n".join(dict.fromkeys(terms)) + "\n"}
