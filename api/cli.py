"""The command line's door: refuses a wrong Python, runs one command, turns errors into one line and an exit code.

Only ``sys`` and ``os`` are imported before the Python check, so that an old interpreter gets a sentence and not a
traceback. Exit codes: 0 done, 1 failed, 2 bad input, 130 stopped with Ctrl-C.
"""

from __future__ import annotations

import os
import sys

FAILED, BAD_INPUT, STOPPED = 1, 2, 130
# What commands call the argument that is a query.
_QUERIES = ("query", "seeds")
PYTHON_FROM, PYTHON_BELOW = (3, 11), (3, 14)


def main(argv: list[str] | None = None) -> int:
    """Run ``renqun`` with ``argv`` (default: the process's own arguments) and return the exit code."""
    version = tuple(sys.version_info[:2])
    if not PYTHON_FROM <= version < PYTHON_BELOW:
        return _fail(
            "renqun needs Python 3.11, 3.12 or 3.13; this is {}.{}".format(*version),
            "make PYTHON=python3.12 setup",
            BAD_INPUT,
        )
    return _run(argv)


def _run(argv: list[str] | None) -> int:
    import typer

    from api.commands import build
    from privacy.errors import ConflictError, ForbiddenError, NoPolicyError, RenqunError

    try:
        code = build()(argv, prog_name="renqun", standalone_mode=False)
    except NoPolicyError as error:
        hint = "read the source's terms, then: renqun sources add NAME --help"
        hint = hint if "\n" in error.hint else error.hint or hint  # a whole entry fits no line
        return _fail(str(error), hint, BAD_INPUT)
    except RenqunError as error:
        hint = error.hint
        if (
            isinstance(error, ForbiddenError) and error.needs
        ):  # on the owner's own machine the command says who acts
            hint = f"on your own machine say --role {error.needs}"
        given = 400 <= error.status < 500 and not (isinstance(error, ConflictError) and error.passing)
        code = _fail(str(error), hint, BAD_INPUT if given else FAILED)
        drawn = error.drawn()
        if drawn:
            print(drawn, file=sys.stderr)
        return code
    except typer.TyperException as error:
        context = getattr(error, "ctx", None)
        command = getattr(context, "command_path", "renqun")
        if context is not None and error.format_message() == context.get_help():  # a group without a command
            print(error.format_message(), file=sys.stderr)
            return error.exit_code
        hint = f"{command} --help says how"
        asked = [] if context is None else [p.name for p in context.command.params if p.name in _QUERIES]
        if context is not None and asked:
            query = str(context.params.get(asked[0]) or "")
            hint = _query_hint(error.format_message(), command, query) or hint
        return _fail(error.format_message(), hint, error.exit_code)
    except (KeyboardInterrupt, typer.Abort):
        code = STOPPED
    except BrokenPipeError:
        # The reader of our output went away (`renqun … | head`): nothing is left to say.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        return _fail(_os_message(error), _os_remedy(error))
    except Exception as error:
        if isinstance(error, UnicodeEncodeError) and error.encoding == "utf-8":  # bytes of the command line
            odd = f"U+{ord(error.object[error.start]):04X}"
            return _fail(
                f"what you gave holds the character {odd}, which no text has", "write it anew", BAD_INPUT
            )
        if os.environ.get("RENQUN_DEBUG"):
            raise
        return _fail(
            f"unexpected {type(error).__name__}: {_one_line(str(error))}",
            "RENQUN_DEBUG=1 shows where; please report it",
        )
    if code == STOPPED:  # typer's own code for Ctrl-C
        print("stopped: nothing that was kept is lost; to go on, run the same command again", file=sys.stderr)
    return code if isinstance(code, int) else 0


def _query_hint(message: str, command: str, query: str) -> str:
    """How to write a query that the shell took apart, or that looks like an option; empty for other mistakes."""
    import re
    import shlex

    option = message.removeprefix("No such option: ")
    if option.startswith("-") and not option.startswith("--"):
        return f"a query that begins with - stands after --: {command} -- '-follows:…'"
    extra = re.fullmatch(r"Got unexpected extra argument\(s\) \((.*)\)", message, re.DOTALL)
    if extra is None:
        return ""
    return f"put the query in quotes: {command} {shlex.quote(f'{query} {extra.group(1)}'.strip())}"


def _os_message(error: OSError) -> str:
    what = error.strerror or type(error).__name__
    return f"{what}: {error.filename}" if error.filename else _one_line(str(error)) or what


def _os_remedy(error: OSError) -> str:
    from pathlib import Path

    from privacy.rights import lacking, remedy

    if isinstance(error.filename, str):
        file = Path(error.filename)
        path = lacking(file, file.parent)
        if path is not None:
            return remedy(path)
    return "nothing that was kept before is lost; mend the cause and run it again"


def _one_line(text: str) -> str:
    return " ".join(text.split())[:300]


def _fail(message: str, hint: str, code: int = FAILED) -> int:
    told = hint.strip().partition("\n")[0].rstrip(" .:")
    print("error: " + _one_line(message).rstrip(".") + (f" — {told}" if told else ""), file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
