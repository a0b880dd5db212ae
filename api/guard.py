"""Who may ask, and from where: Host and Origin checks before routing, roles at each route."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from fastapi.openapi.models import HTTPBearer as HTTPBearerModel
from fastapi.security.base import SecurityBase
from fastapi.security.utils import get_authorization_scheme_param
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from api.errors import UnauthorisedError
from api.keys import LOCAL, keys_in_force, who_holds
from api.problems import from_error
from privacy.disclosure import Role, require
from privacy.errors import ForbiddenError
from privacy.home import Home
from privacy.hosts import is_loopback


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: a key's name, or ``local`` on loopback; and what they may see."""

    name: str
    role: Role


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def host_of(value: str) -> str:
    """The host in ``host``, ``host:port``, ``[v6]:port`` or an origin, lower case, without brackets."""
    rest = value.strip().lower().rpartition("://")[2]
    return rest[1 : rest.find("]")] if rest.startswith("[") else rest.partition(":")[0]


class HostGuard:
    """ASGI middleware that answers 403 to foreign Host and Origin headers.

    A page on the web can make a browser talk to this machine (DNS rebinding, cross-site requests): the browser then
    sends the page's own name as Host or Origin, and that name is not ours. An address can't be rebound, so where the
    server listens beyond loopback (``public``), addresses pass and names must be given with ``--allow-host``.
    """

    def __init__(self, app: ASGIApp, hosts: frozenset[str] = frozenset(), public: bool = False) -> None:
        self.app = app
        self.hosts = frozenset(host.lower() for host in hosts)
        self.public = public

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer with a problem."""
        if scope["type"] in ("http", "websocket"):
            headers = Headers(scope=scope)
            wrong = self._wrong(headers.get("host", ""), headers.get("origin"))
            if wrong:
                await from_error(ForbiddenError(wrong, "name it with --allow-host if it is yours"))(
                    scope, receive, send
                )
                return
        await self.app(scope, receive, send)

    def _wrong(self, host: str, origin: str | None) -> str:
        name = host_of(host)
        if not (is_loopback(name) or name in self.hosts or (self.public and _is_address(name))):
            return f"this server does not answer for the host {name or '(none)'}"
        if origin is not None and origin.lower().rpartition("://")[2] != host.lower():
            return f"requests from pages of {origin} are refused"
        return ""


async def home_of(request: Request) -> Home:
    """The home this app serves."""
    home: Home = request.app.state.home
    return home


HomeIn = Annotated[Home, Depends(home_of)]


def caller_of(request: HTTPConnection) -> Caller:
    """Who asks: the key's holder; without any key in force, whoever is on this machine, as planner."""
    home: Home = request.app.state.home
    given = request.headers.get("authorization")
    if given is not None:
        scheme, key = get_authorization_scheme_param(given)
        if scheme.lower() != "bearer" or not key:
            raise UnauthorisedError("the Authorization header is not a bearer token", "send: Bearer rq_…")
        return Caller(*who_holds(home, key))
    if request.client is not None and is_loopback(request.client.host) and not keys_in_force(home):
        return Caller(LOCAL, Role.PLANNER)
    raise UnauthorisedError("an API key is needed", "send it as: Authorization: Bearer rq_…")


class Needs(SecurityBase):
    """The dependency by which a route declares the least role it answers to, and in the API's description a key.

    As few dependencies as possible: FastAPI takes its time for each.
    """

    def __init__(self, role: Role) -> None:
        self.role = role
        self.model = HTTPBearerModel(description="An API key: `renqun keys add NAME --role planner`.")
        self.scheme_name = "HTTPBearer"

    async def __call__(self, request: HTTPConnection) -> Caller:
        """Who asks. Raises UnauthorisedError, and ForbiddenError where the role is too low."""
        caller = caller_of(request)
        require(caller.role, self.role)
        return caller


Analyst = Annotated[Caller, Depends(Needs(Role.ANALYST))]
Planner = Annotated[Caller, Depends(Needs(Role.PLANNER))]
Activator = Annotated[Caller, Depends(Needs(Role.ACTIVATE))]
Admin = Annotated[Caller, Depends(Needs(Role.ADMIN))]
