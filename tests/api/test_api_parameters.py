"""Parameters of URLs, over every route of the OpenAPI document: those that are told are taken, all others refused."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from privacy.home import Home


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    app = create_app(Home(tmp_path_factory.mktemp("home")))
    with TestClient(app, base_url="http://127.0.0.1", client=("127.0.0.1", 5)) as made:
        yield made


def test_every_route_refuses_a_parameter_it_does_not_know(client: TestClient) -> None:
    routes = client.get("/openapi.json").json()["paths"]
    assert len(routes) > 30
    for path, methods in routes.items():
        url = re.sub(r"{\w+}", "x", path)
        for method, operation in methods.items():
            refused = client.request(method, url, params={"fcets": "true"})
            assert refused.status_code == 422, (method, path, refused.text)
            assert refused.headers["content-type"] == "application/problem+json"
            assert refused.json()["type"] == "urn:renqun:problem:unknown-parameter"
            assert "'fcets'" in refused.json()["detail"]
            told = [one["name"] for one in operation.get("parameters", ()) if one["in"] == "query"]
            hint = refused.json()["hint"]
            assert all(name in hint for name in told) or "did you mean facets?" in hint


@pytest.mark.parametrize(
    ("path", "misspelt", "hint"),
    [
        ("/v1/search", "fcets", "did you mean facets?"),
        ("/v1/search", "zzz", "parameters are q, limit, facets, baseline, order, like, cursor"),
        ("/v1/health", "x", "takes none"),
    ],
)
def test_what_is_misspelt_is_told_what_there_is(
    client: TestClient, path: str, misspelt: str, hint: str
) -> None:
    assert hint in client.get(path, params={misspelt: "1"}).json()["hint"]
