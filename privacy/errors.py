"""The errors that people see: one plain line, what to do next, and the HTTP status the API answers with."""

from __future__ import annotations


class RenqunError(Exception):
    """The root of every error with a message for people.

    ``hint`` says what to do next; ``status`` is what the API answers.
    """

    status = 500

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return self.message

    def drawn(self) -> str:
        """Lines that a terminal shows below the message: where in the input it went wrong. Empty for most errors."""
        return ""


class BadInputError(RenqunError):
    """What the user gave can't be read or doesn't fit."""

    status = 400


class ForbiddenError(RenqunError):
    """Whoever asks may not do this; ``needs`` is the role that may, where that is why."""

    status = 403

    def __init__(self, message: str, hint: str = "", needs: str = "") -> None:
        super().__init__(message, hint)
        self.needs = needs


class NotFoundError(RenqunError):
    """What was asked for isn't there."""

    status = 404


class ConflictError(RenqunError):
    """Another process is doing this already, or what is there stands against it.

    ``passing``: it is over when that process is, and what the user gave was right.
    """

    status = 409

    def __init__(self, message: str, hint: str = "", passing: bool = False) -> None:
        super().__init__(message, hint)
        self.passing = passing


class UnavailableError(RenqunError):
    """Something needed isn't ready: not built yet, damaged, or not reachable."""

    status = 503


class StorageError(RenqunError):
    """The disk refused: full, read-only or broken. What was there before is still there."""

    status = 507


class NoPolicyError(NotFoundError):
    """No policy entry covers this source or URL: it is not collected."""
