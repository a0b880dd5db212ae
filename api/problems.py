"""Errors of the HTTP API, all in one shape: ``application/problem+json`` (RFC 9457)."""

from __future__ import annotations

import http
import re
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from privacy.errors import RenqunError

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_SECONDS = 30


class Problem(BaseModel):
    """What went wrong, for people (title, detail, hint) and for programs (type, status)."""

    type: str = Field(examples=["urn:renqun:problem:unknown-tag"])
    title: str = Field(examples=["Unprocessable Content"])
    status: int = Field(examples=[422])
    detail: str = Field(examples=["no tag 露营营 in the taxonomy"])
    hint: str = Field("", description="What to do next.", examples=["did you mean 露营?"])
    errors: list[dict[str, Any]] = Field([], description="For refused requests: each field and why.")


class ProblemResponse(JSONResponse):
    """A JSON response with the media type of RFC 9457."""

    media_type = MEDIA_TYPE


def _kind(error: Exception) -> str:
    words = re.findall(r"[A-Z]+[a-z0-9]*", type(error).__name__.removesuffix("Error"))
    return "urn:renqun:problem:" + ("-".join(words).lower() or "error")


def problem(
    status: int,
    detail: str,
    hint: str = "",
    kind: str = "about:blank",
    errors: list[dict[str, Any]] | None = None,
    headers: Mapping[str, str] | None = None,
) -> ProblemResponse:
    """A problem as a response; 401 says how to authenticate, 503 when to come back."""
    extra = dict(headers or {})
    if status == http.HTTPStatus.UNAUTHORIZED:
        extra.setdefault("WWW-Authenticate", "Bearer")
    if status == http.HTTPStatus.SERVICE_UNAVAILABLE:
        extra.setdefault("Retry-After", str(RETRY_AFTER_SECONDS))
    title = http.HTTPStatus(status).phrase
    body = Problem(type=kind, title=title, status=status, detail=detail, hint=hint, errors=errors or [])
    return ProblemResponse(body.model_dump(exclude_defaults=False), status, extra)


def from_error(error: RenqunError) -> ProblemResponse:
    """The problem that a `RenqunError` stands for."""
    return problem(error.status, str(error), error.hint, _kind(error))


def _renqun(_: Request, error: Exception) -> ProblemResponse:
    assert isinstance(error, RenqunError)
    return from_error(error)


def _invalid(_: Request, error: Exception) -> ProblemResponse:
    assert isinstance(error, RequestValidationError)
    fields = [
        {"where": ".".join(str(part) for part in item["loc"]), "why": item["msg"]} for item in error.errors()
    ]
    detail = "; ".join(f"{field['where']}: {field['why']}" for field in fields) or "the request does not fit"
    return problem(422, detail, "see /docs for the shape", "urn:renqun:problem:invalid-request", fields)


_HINTS = {
    400: "send JSON in UTF-8, nested no deeper than /docs shows",
    404: "see /docs for what there is",
    405: "see /docs for what there is",
}


def _http(_: Request, error: Exception) -> ProblemResponse:
    assert isinstance(error, HTTPException)
    hint = _HINTS.get(error.status_code, "")
    return problem(error.status_code, str(error.detail), hint, headers=error.headers)


def _unexpected(_: Request, error: Exception) -> ProblemResponse:
    return problem(500, "something failed inside", "the server's log says where", _kind(error))


def install(app: FastAPI) -> None:
    """Give every error of ``app`` this shape."""
    app.add_exception_handler(RenqunError, _renqun)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _unexpected)


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The ``responses=`` of a route: these statuses answer with a `Problem`."""
    return {
        status: {
            "description": http.HTTPStatus(status).phrase,
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status in statuses
    }
