"""Who may talk to the registry: the Basic challenge, tokens, their registry, their time and their permissions."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from registry_kit import ACCOUNT, HOST, RegistryClient

from labs.sandbox.images.tokens import Login, read_password, write_token
from labs.sandbox.registry.distribution import is_registry_request

EXPIRED = (403, "DENIED", "Your authorization token has expired. Reauthenticate and try again.")


def test_ping_without_login_is_challenged(sandbox: Any) -> None:
    answer = RegistryClient(sandbox.registry)("GET", "/v2/")
    assert answer.error() == (401, "UNAUTHORIZED", "Not Authorized")
    assert (
        answer.headers["WWW-Authenticate"]
        == 'Basic realm="http://localhost:4566/",service="ecr.amazonaws.com"'
    )
    assert answer.headers["Docker-Distribution-Api-Version"] == "registry/2.0"


@pytest.mark.parametrize("path", ["/v2", "/v2/"])
def test_ping_with_login_succeeds(docker: RegistryClient, path: str) -> None:
    assert docker("GET", path).status == 200


@pytest.mark.parametrize(
    "password",
    [
        "",
        "nonsense",
        base64.b64encode(b"[]").decode(),
        base64.b64encode(b'{"payload": "e30=", "expiration": 9}').decode(),
    ],
)
def test_nonsense_password_is_challenged(sandbox: Any, password: str) -> None:
    assert RegistryClient(sandbox.registry, password)("GET", "/v2/").status == 401


@pytest.mark.parametrize("authorization", ["Bearer abc", "Basic", "Basic %%%", "Basic /w=="])
def test_other_authorization_is_challenged(sandbox: Any, authorization: str) -> None:
    answer = RegistryClient(sandbox.registry)("GET", "/v2/", HTTP_AUTHORIZATION=authorization)
    assert answer.status == 401


def test_token_expires_after_twelve_hours_of_the_world(sandbox: Any, docker: RegistryClient) -> None:
    sandbox.time += 12 * 3600 - 60
    assert docker("GET", "/v2/").status == 200
    sandbox.time += 120
    assert docker("GET", "/v2/").error() == EXPIRED


def test_token_of_another_region_is_refused(sandbox: Any) -> None:
    password = sandbox.password(sandbox.client("ecr", region="us-east-1"))
    client = RegistryClient(sandbox.registry, password)
    assert client("GET", f"/v2/{HOST}/labs/web/tags/list").error() == EXPIRED


def test_token_of_another_world_is_refused(docker: RegistryClient) -> None:
    token = write_token(Login("testing", ACCOUNT, "eu-west-1", 2_000_000_000), seed=8)
    docker.password = base64.b64decode(token).decode().partition(":")[2]
    assert docker("GET", "/v2/").status == 401


def test_forged_key_in_a_token_is_refused() -> None:
    token = write_token(Login("AKIALEARNER", ACCOUNT, "eu-west-1", 2_000_000_000), seed=7)
    content = json.loads(base64.b64decode(base64.b64decode(token).decode().partition(":")[2]))
    payload = base64.b64decode(content["payload"]).replace(b"AKIALEARNER", b"AKIAANOTHER")
    content["payload"] = base64.b64encode(payload).decode()
    assert read_password(base64.b64encode(json.dumps(content).encode()).decode(), seed=7) is None


def test_login_outlives_a_replay(sandbox: Any, docker: RegistryClient) -> None:
    sandbox.replay()
    assert docker("GET", "/v2/labs/web/tags/list").status == 200


@pytest.mark.parametrize("name", ["labs/web", f"{HOST}/labs/web"])
@pytest.mark.parametrize(
    "host", ["localhost:4566", "127.0.0.1:4566", HOST, f"{ACCOUNT}.dkr.ecr.eu-west-1.localhost:4566"]
)
def test_repository_is_found_by_each_spelling(docker: RegistryClient, host: str, name: str) -> None:
    docker.host = host
    assert docker("GET", f"/v2/{name}/tags/list").json() == {"name": name, "tags": []}


def test_signed_requests_of_api_gateway_are_not_the_registrys() -> None:
    signed = {"PATH_INFO": "/v2/apis", "HTTP_AUTHORIZATION": "AWS4-HMAC-SHA256 Credential=x"}
    assert not is_registry_request(signed)
    assert is_registry_request({"PATH_INFO": "/v2/apis"})
    assert not is_registry_request({"PATH_INFO": "/v2x/"})


def test_catalog_lists_the_repositories(sandbox: Any, docker: RegistryClient) -> None:
    sandbox.client("ecr").create_repository(repositoryName="app")
    assert docker("GET", "/v2/_catalog").json() == {"repositories": ["app", "labs/web"]}


def test_enforced_policies_decide(world: Callable[..., Any]) -> None:
    sandbox = world(enforces_iam=True)
    sandbox.client("ecr").create_repository(repositoryName="labs/web")
    iam = sandbox.client("iam")
    iam.create_user(UserName="ada")
    allow = [
        {"Effect": "Allow", "Action": "ecr:GetAuthorizationToken", "Resource": "*"},
        {"Effect": "Allow", "Action": ["ecr:ListImages", "ecr:BatchGetImage"], "Resource": "*"},
    ]
    document = json.dumps({"Version": "2012-10-17", "Statement": allow})
    iam.put_user_policy(UserName="ada", PolicyName="p", PolicyDocument=document)
    key = iam.create_access_key(UserName="ada")["AccessKey"]
    password = sandbox.password(sandbox.client("ecr", key["AccessKeyId"]))
    ada = RegistryClient(sandbox.registry, password)
    assert ada("GET", "/v2/labs/web/tags/list").status == 200
    status, code, message = ada("POST", "/v2/labs/web/blobs/uploads/").error()
    assert (status, code) == (403, "DENIED")
    assert message == (
        f"User: arn:aws:iam::{ACCOUNT}:user/ada is not authorized to perform: ecr:InitiateLayerUpload on resource: "
        f"arn:aws:ecr:eu-west-1:{ACCOUNT}:repository/labs/web because no identity-based policy allows the "
        "ecr:InitiateLayerUpload action"
    )
