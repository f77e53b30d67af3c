"""The rights that an execution role needs for the images and logs of a task definition: by whole policies."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from msgspec.structs import replace

from labs.packs.aws_ecs.checks import _ecr, _execution
from labs.sdk import Account, iam, iam_roles
from labs.sdk.least_privilege import Granted
from labs.sdk.simulation import Target
from tests.builders import ACCOUNT
from tests.checks.canned import Answer, answering

ARN = f"arn:aws:iam::{ACCOUNT}:role/starter"
ROLE: Any = {"RoleName": "starter", "Arn": ARN}
ECR, LOGS = f"arn:aws:ecr:eu-west-1:{ACCOUNT}:repository", f"arn:aws:logs:eu-west-1:{ACCOUNT}:log-group"
REGISTRY = f"{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com"
LAYER, IMAGE = "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage"
STREAM, EVENTS, GROUP = "logs:CreateLogStream", "logs:PutLogEvents", "logs:CreateLogGroup"

Statement = dict[str, Any]
Holding = Callable[..., Account]
"""An account whose role has these statements, and the log groups that it has."""


def allow(*actions: str, on: str | list[str] = "*") -> Statement:
    return {"Effect": "Allow", "Action": list(actions), "Resource": on}


LOGIN = allow("ecr:GetAuthorizationToken")


def pull(*names: str) -> Statement:
    return allow(LAYER, IMAGE, on=[f"{ECR}/{name}" for name in names])


def write(*groups: str) -> Statement:
    return allow(STREAM, EVENTS, on=[f"{LOGS}:{group}:*" for group in groups])


@pytest.fixture
def holding(monkeypatch: pytest.MonkeyPatch) -> Holding:
    """IAM's simulation answers by the policy itself."""

    def hold(*statements: Statement, groups: Iterable[str] = ()) -> Account:
        policy = iam.Policy.parse({"Version": "2012-10-17", "Statement": [*statements]})

        def may(_: Account, role: Any, actions: Iterable[str], resource: str | Target = "*") -> list[str]:
            arn = resource.arn if isinstance(resource, Target) else resource
            asked = {action: iam.AccessRequest(action, arn, role["Arn"]) for action in actions}
            return [each for each in asked if iam.decide(asked[each], [policy]) is not iam.Decision.ALLOWED]

        monkeypatch.setattr(iam_roles, "may", may)
        monkeypatch.setattr(_ecr, "target", lambda _, arn: arn)
        monkeypatch.setattr(_ecr, "repository_names", lambda _: [])
        monkeypatch.setattr(iam_roles, "policies_of", lambda *_: Granted(ARN, (policy,), None))
        found: Answer = ("describe_log_groups", {"logGroups": [{"logGroupName": each} for each in groups]})
        return answering(logs=[found])

    return hold


def of_images(*images: str) -> Any:
    named = [{"name": f"c{number}", "image": image} for number, image in enumerate(images)]
    return {"containerDefinitions": named}


def test_without_a_login_nothing_is_pulled(holding: Holding) -> None:
    account = holding(pull("*"))
    message = _execution.why_no_pull(account, ROLE, of_images(f"{REGISTRY}/web"))
    assert message == "starter is not allowed to call ecr:GetAuthorizationToken on *"


def test_a_login_is_for_no_resource_with_tags() -> None:
    key = "aws:ResourceTag/team"
    tagged = {**LOGIN, "Condition": {"StringEquals": {key: "web"}}}
    result = {
        "EvalActionName": "ecr:GetAuthorizationToken",
        "EvalDecision": "implicitDeny",
        "MissingContextValues": [key],
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [tagged]})
    account = answering(
        iam=[
            ("simulate_principal_policy", {"EvaluationResults": [result]}),
            ("list_attached_role_policies", {"AttachedPolicies": []}),
            ("list_role_policies", {"PolicyNames": ["own"]}),
            ("get_role_policy", {"RoleName": "own", "PolicyName": "own", "PolicyDocument": document}),
        ]
    )
    message = _execution.why_no_pull(account, ROLE, of_images("nginx"))
    assert message == "starter is not allowed to call ecr:GetAuthorizationToken on *"


@pytest.mark.parametrize(
    ("rights", "message"),
    [
        (pull("shop/web"), ""),
        (pull("shop/*"), ""),
        (allow(IMAGE, LAYER, "ecr:BatchImportUpstreamImage", LOGIN["Action"][0]), ""),
        (pull("shop/api"), f"{LAYER}, {IMAGE}"),
        (allow(LAYER, on=f"{ECR}/shop/web"), IMAGE),
        (allow(IMAGE, on=f"{ECR}/shop/web"), LAYER),
    ],
    ids=["it", "a wildcard", "AmazonEC2ContainerRegistryPullOnly", "another", "no image", "no layer"],
)
def test_a_private_image_takes_all_that_a_pull_takes_of_its_repository(
    holding: Holding, rights: Statement, message: str
) -> None:
    found = _execution.why_no_pull(holding(LOGIN, rights), ROLE, of_images(f"{REGISTRY}/shop/web:1"))
    assert found == (f"starter is not allowed to call {message} on repository/shop/web" if message else "")


@pytest.mark.parametrize(
    ("image", "repository"),
    [
        (f"{REGISTRY}/web", f"{ECR}/web"),
        (f"{REGISTRY}/web:1.2", f"{ECR}/web"),
        (f"{REGISTRY}/a/b@sha256:{'0' * 64}", f"{ECR}/a/b"),
        (f"{ACCOUNT}.dkr-ecr.eu-west-1.on.aws/web", f"{ECR}/web"),
        ("210987654321.dkr.ecr.us-east-1.amazonaws.com/web", "arn:aws:ecr:us-east-1:210987654321:repository/web"),
        (f"{ACCOUNT}.dkr.ecr-fips.us-east-1.amazonaws.com/web", f"arn:aws:ecr:us-east-1:{ACCOUNT}:repository/web"),
    ],
    ids=["bare", "tag", "digest", "dual stack", "another account and region", "FIPS"],
)  # fmt: skip
def test_an_image_is_pulled_from_exactly_its_repository(
    holding: Holding, image: str, repository: str
) -> None:
    """A right to this one alone is enough, wherever it is; a right to all others is none."""
    enough = holding(LOGIN, allow(LAYER, IMAGE, on=repository))
    assert _execution.why_no_pull(enough, ROLE, of_images(image)) == ""
    others = {"Effect": "Deny", "Action": "ecr:*", "Resource": repository}
    found = _execution.why_no_pull(holding(LOGIN, allow("ecr:*"), others), ROLE, of_images(image))
    assert found.endswith(f" on {repository.rpartition(':')[2]}")


def test_every_container_s_image_is_pulled(holding: Holding) -> None:
    images = of_images("nginx", f"{REGISTRY}/web", f"{REGISTRY}/log")
    assert _execution.why_no_pull(holding(LOGIN, pull("web", "log")), ROLE, images) == ""
    assert _execution.why_no_pull(holding(LOGIN, pull("web")), ROLE, images).endswith("repository/log")


def test_a_role_of_another_partition_pulls_there(holding: Holding) -> None:
    role: Any = {"RoleName": "starter", "Arn": ARN.replace("aws", "aws-cn")}
    images = of_images(f"{ACCOUNT}.dkr.ecr.cn-north-1.amazonaws.com.cn/web")
    there = allow(LAYER, IMAGE, on=f"arn:aws-cn:ecr:cn-north-1:{ACCOUNT}:repository/web")
    account = replace(holding(LOGIN, there), region="cn-north-1")
    assert _execution.why_no_pull(account, role, images) == ""


NOWHERE = "starter is not allowed to pull from any repository in eu-west-1"


@pytest.mark.parametrize(
    ("rights", "message"),
    [
        ([pull("shop/*")], ""),
        ([allow("ecr:*")], ""),
        ([allow(LAYER, on=[f"{ECR}/a", f"{ECR}/b"]), allow(IMAGE, on=f"{ECR}/a")], ""),
        ([allow(LAYER, on=[f"{ECR}/a", f"{ECR}/b"]), allow(IMAGE, on=f"{ECR}/b")], ""),
        ([allow("ecr:*"), {"Effect": "Deny", "Action": IMAGE, "NotResource": f"{ECR}/a"}], ""),
        ([], NOWHERE),
        ([allow(LAYER)], NOWHERE),
        ([allow(IMAGE)], NOWHERE),
        ([allow(LAYER, on=f"{ECR}/a"), allow(IMAGE, on=f"{ECR}/b")], NOWHERE),
        ([allow(LAYER, IMAGE, on=f"arn:aws:ecr:us-east-1:{ACCOUNT}:repository/*")], NOWHERE),
        ([allow(LAYER, IMAGE, on="arn:aws:ecr:eu-west-1:210987654321:repository/*")], NOWHERE),
        ([allow(LAYER, IMAGE), {"Effect": "Deny", "Action": IMAGE, "Resource": "*"}], NOWHERE),
    ],
    ids=[
        "some", "all", "the first", "the last", "but for one", "none", "no image", "no layer", "no common one",
        "another region", "another account", "denied",
    ],
)  # fmt: skip
@pytest.mark.parametrize("image", ["nginx:1.27", "public.ecr.aws/nginx/nginx"])
def test_with_public_images_alone_one_repository_must_do(
    holding: Holding, image: str, rights: list[Statement], message: str
) -> None:
    """A name on which the role has both rights at once, whichever that is."""
    assert _execution.why_no_pull(holding(LOGIN, *rights), ROLE, of_images(image)) == message


def logging(group: str = "/ecs/web", region: str = "eu-west-1", create: str = "") -> dict[str, Any]:
    """A container of the name web that logs so."""
    options = {"awslogs-group": group, "awslogs-region": region, "awslogs-stream-prefix": "pre"}
    more = {"awslogs-create-group": create} if create else {}
    return {"name": "web", "logConfiguration": {"logDriver": "awslogs", "options": {**options, **more}}}


def of(*containers: dict[str, Any]) -> Any:
    return {"containerDefinitions": list(containers)}


@pytest.mark.parametrize(
    ("rights", "message"),
    [
        (write("/ecs/web"), ""),
        (allow(STREAM, EVENTS, on=f"{LOGS}:/ecs/web:log-stream:pre/web/*"), ""),
        (allow(STREAM, EVENTS, on=f"{LOGS}:/ecs/web:log-stream:pre/log/*"), f"{STREAM}, {EVENTS}"),
        (allow(STREAM, EVENTS, on=f"{LOGS}:/ecs/web"), f"{STREAM}, {EVENTS}"),
        (write("/ecs/web-app"), f"{STREAM}, {EVENTS}"),
        (allow(STREAM), EVENTS),
        (allow(EVENTS), STREAM),
    ],
    ids=["group", "stream", "another stream", "no stream", "another group", "no events", "no streams"],
)
def test_a_container_s_log_takes_both_calls_on_its_stream(
    holding: Holding, rights: Statement, message: str
) -> None:
    found = _execution.why_no_logs(holding(rights), ROLE, of(logging()))
    assert found == (f"starter is not allowed to call {message} on log group /ecs/web" if message else "")


def test_every_container_s_log_is_written(holding: Holding) -> None:
    containers = of({"name": "quiet"}, logging(), logging("/ecs/log"))
    assert _execution.why_no_logs(holding(write("/ecs/web", "/ecs/log")), ROLE, containers) == ""
    found = _execution.why_no_logs(holding(write("/ecs/web")), ROLE, containers)
    assert found.endswith("on log group /ecs/log")


def test_a_log_in_another_region_takes_rights_there_and_no_others(holding: Holding) -> None:
    there = allow(STREAM, EVENTS, on=f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/ecs/web:*")
    elsewhere = of(logging(region="us-east-1"))
    assert _execution.why_no_logs(holding(there), ROLE, elsewhere) == ""
    assert _execution.why_no_logs(holding(write("*")), ROLE, elsewhere) != ""


ALL_STREAMS = allow(STREAM, EVENTS)
IN_VAIN = f"starter is not allowed to call {GROUP} on log group /ecs/web"


@pytest.mark.parametrize(
    ("resource", "message"),
    [
        ("*", ""),
        (f"{LOGS}:/ecs/web", ""),
        (f"{LOGS}:/ecs/web:*", ""),
        (f"{LOGS}:/ecs/web:log-stream:", ""),
        (f"{LOGS}:/ecs/other", IN_VAIN),
        (f"{LOGS}:/ecs/web:log-stream:pre/*", IN_VAIN),
    ],
)
def test_a_missing_group_is_made_by_a_right_on_it_however_it_is_written(
    holding: Holding, resource: str, message: str
) -> None:
    account = holding(ALL_STREAMS, allow(GROUP, on=resource))
    assert _execution.why_no_logs(account, ROLE, of(logging(create="true"))) == message


@pytest.mark.parametrize(
    ("container", "groups", "message"),
    [
        (logging(create="true"), [], IN_VAIN),
        (logging(create="true"), ["/ecs/web-app"], IN_VAIN),
        (logging(create="true"), ["/ecs/web"], ""),
        (logging(create="false"), [], ""),
        (logging(), [], ""),
        (logging(create="true", region="us-east-1"), [], ""),
    ],
    ids=["missing", "longer name", "there", "not to be made", "unsaid", "elsewhere, where nobody looks"],
)
def test_create_log_group_is_needed_only_for_a_group_to_create(
    holding: Holding, container: dict[str, Any], groups: list[str], message: str
) -> None:
    assert _execution.why_no_logs(holding(ALL_STREAMS, groups=groups), ROLE, of(container)) == message


def test_a_role_that_only_creates_groups_lacks_the_writing(holding: Holding) -> None:
    found = _execution.why_no_logs(holding(allow(GROUP)), ROLE, of(logging(create="true")))
    assert found == f"starter is not allowed to call {STREAM}, {EVENTS} on log group /ecs/web"


UNWRITTEN = "starter is not allowed to write to any log group in eu-west-1"


@pytest.mark.parametrize(
    ("rights", "message"),
    [
        ([write("/ecs/*")], ""),
        ([ALL_STREAMS], ""),
        ([allow(STREAM, on=[f"{LOGS}:a:*", f"{LOGS}:b:*"]), allow(EVENTS, on=f"{LOGS}:a:*")], ""),
        ([allow(STREAM, on=[f"{LOGS}:a:*", f"{LOGS}:b:*"]), allow(EVENTS, on=f"{LOGS}:b:*")], ""),
        ([LOGIN], UNWRITTEN),
        ([allow(STREAM)], UNWRITTEN),
        ([allow(EVENTS)], UNWRITTEN),
        ([allow(STREAM, on=f"{LOGS}:a:*"), allow(EVENTS, on=f"{LOGS}:b:*")], UNWRITTEN),
        ([allow(STREAM, EVENTS, on=f"arn:aws:logs:us-east-1:{ACCOUNT}:*")], UNWRITTEN),
    ],
    ids=["some", "all", "the first", "the last", "none", "no events", "no streams", "no common one", "elsewhere"],
)  # fmt: skip
@pytest.mark.parametrize(
    "container",
    [{"name": "web"}, {"name": "web", "logConfiguration": {"logDriver": "splunk"}}],
    ids=["no log", "splunk"],
)
def test_where_no_container_logs_by_awslogs_one_group_must_do(
    holding: Holding, container: dict[str, Any], rights: list[Statement], message: str
) -> None:
    assert _execution.why_no_logs(holding(*rights), ROLE, of(container)) == message
