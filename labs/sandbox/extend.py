"""Extends moto: adds or wraps operations of its response classes, and can undo that.

    @operation("ecs", "CreateService", "keeps placement fields, which moto drops")
    def create_service(response, stock):
        ...
        return stock()

`response` is moto's response object with the request's parameters; `stock()` runs moto's own implementation.
Other parts of moto (backend classes, registries) are replaced with `@patch`. Nothing takes effect until
`install()`; `uninstall()` restores plain moto, so that tests can detect that moto has closed a gap.
Each extension names its source, by default the page of the API reference about the operation.
"""

from __future__ import annotations

import importlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from labs.sandbox.source import Source, reference

Undo = Callable[[], None]
Stock = Callable[[], Any]
Handler = Callable[[Any, Stock], Any]

MODULES = (
    "labs.sandbox.world.settling",
    "labs.sandbox.access.iam_policies",
    "labs.sandbox.access.iam",
    "labs.sandbox.access.sts",
    "labs.sandbox.access.bucket_policies",
    "labs.sandbox.access.key_policies",
    "labs.sandbox.ecr.repositories",
    "labs.sandbox.ecr.layers",
    "labs.sandbox.ecr.referrers",
    "labs.sandbox.ecr.lifecycle",
    "labs.sandbox.ecr.scanning",
    "labs.sandbox.ecr.scans",
    "labs.sandbox.ecr.registry_policy",
    "labs.sandbox.ec2.default_vpc",
    "labs.sandbox.ec2.ipv6_blocks",
    "labs.sandbox.ec2.images",
    "labs.sandbox.ecr.account_settings",
    "labs.sandbox.ecr.creation_templates",
    "labs.sandbox.ec2.instances",
    "labs.sandbox.ec2.addresses",
    "labs.sandbox.ec2.launch_templates",
    "labs.sandbox.ec2.fleets",
    "labs.sandbox.ec2.unknown_ids",
    "labs.sandbox.ec2.instance_profiles",
    "labs.sandbox.ec2.default_groups",
    "labs.sandbox.ec2.interface_groups",
    "labs.sandbox.ec2.leftovers",
    "labs.sandbox.ec2.group_rules",
    "labs.sandbox.efs",
    "labs.sandbox.app_services.event_rules",
    "labs.sandbox.app_services.buckets",
    "labs.sandbox.app_services.queues",
    "labs.sandbox.app_services.topics",
    "labs.sandbox.app_services.tables",
    "labs.sandbox.app_services.functions",
    "labs.sandbox.scaling.scaling_groups",
    "labs.sandbox.scaling.ecs_metrics",
    "labs.sandbox.ecs.backend",
    "labs.sandbox.ecs.api.account_settings",
    "labs.sandbox.ecs.api.clusters",
    "labs.sandbox.ecs.api.providers",
    "labs.sandbox.ecs.api.attributes",
    "labs.sandbox.ecs.api.definitions",
    "labs.sandbox.ecs.api.instances",
    "labs.sandbox.ecs.api.services",
    "labs.sandbox.ecs.api.described_services",
    "labs.sandbox.ecs.api.deployments",
    "labs.sandbox.ecs.api.task_sets",
    "labs.sandbox.ecs.api.tasks",
    "labs.sandbox.ecs.scheduling.scheduler",
    "labs.sandbox.elb_patches",
    "labs.sandbox.ecs.scheduling.target_registration",
    "labs.sandbox.ecs.launch.task_volumes",
    "labs.sandbox.ecs.launch.task_files",
    "labs.sandbox.ecs.launch.task_roles",
    "labs.sandbox.ecs.launch.reachability",
    "labs.sandbox.ecs.launch.pulls",
    "labs.sandbox.ecs.agents.registration",
    "labs.sandbox.ecs.agents.console",
    "labs.sandbox.ecs.agents.remote_commands",
    "labs.sandbox.scaling.managed_scaling",
    "labs.sandbox.scaling.alarms",
    "labs.sandbox.scaling.service_scaling",
    "labs.sandbox.scaling.scaling_requests",
    "labs.sandbox.scaling.target_tags",
    "labs.sandbox.cloudformation.stabilising",
    "labs.sandbox.cloudformation.handlers",
    "labs.sandbox.cloudformation.reads",
)
"""The modules of extensions."""

PRIVATE_PARTS = (
    "moto.core.base_backend:BackendDict._instances",
    "moto.core.base_backend:BaseBackend._url_module",
    "moto.core.responses:BaseResponse._get_action",
    "moto.core.responses:BaseResponse._get_bool_param",
    "moto.core.responses:BaseResponse._get_int_param",
    "moto.core.responses:BaseResponse._get_param",
    "moto.core.responses:BaseResponse._get_params",
    "moto.moto_api:_internal",
    "moto.applicationautoscaling.models:FakeApplicationAutoscalingPolicy._generate_ecs_alarms",
    "moto.applicationautoscaling.responses:_build_alarms",
    "moto.autoscaling.models:FakeAutoScalingGroup._set_launch_configuration",
    "moto.ec2.models.amis:AmiBackend._load_amis",
    "moto.ec2.models.elastic_network_interfaces:NetworkInterface._group_set",
    "moto.ec2.models.nat_gateways:NatGateway._eni",
    "moto.ec2.models.subnets:Subnet._subnet_ips",
    "moto.ec2.models.vpcs:VPC._cidr_block_association_set",
    "moto.ec2.models.instances:InstanceBackend._get_template_from_args",
    "moto.ecr.models:ECRBackend._get_repository",
    "moto.ecr.models:Repository._get_image",
    "moto.ecr.models:ECRBackend._match_repository_filter",
    "moto.ecr.policy_validation:EcrLifecyclePolicyValidator._policy_text",
    "moto.elbv2.models:ELBv2Backend._get_target_group_arns_from",
    "moto.events.models:EventPattern._wildcard_match",
    "moto.iam.models:IAMBackend._init_aws_policies",
    "moto.iam.models:IAMBackend._init_managed_policies",
    "moto.iam.policy_validation:IAMPolicyDocumentValidator._validate_version",
    "moto.ssm.models:ParameterDict._check_loading_status",
    "moto.ssm.models:ParameterDict._load_tree_parameters",
    "moto.sqs.models:Queue._set_attributes",
    "moto.sqs.models:Queue._setup_dlq",
)
"""Every private part of moto that the sandbox calls, replaces or overrides: the reason for the upper bound of moto."""


@dataclass(frozen=True, slots=True)
class Extension:
    """A gap of moto, its source, and the function that closes it and returns how to undo that."""

    name: str
    why: str
    source: Source
    install: Callable[[], Undo]


_extensions: list[Extension] = []
_undo: list[Undo] = []


def extensions() -> tuple[Extension, ...]:
    """All extensions, in the order of installation."""
    for module in MODULES:
        importlib.import_module(module)
    return tuple(_extensions)


def registered_by(load: Callable[[], object]) -> tuple[Extension, ...]:
    """The extensions that a call registers; they are removed from `extensions` again."""
    before = len(extensions())
    try:
        load()
        return tuple(_extensions[before:])
    finally:
        del _extensions[before:]


def counted_sources() -> Counter[str]:
    """The number of extensions based on recordings, on documentation and on assumptions."""
    return Counter(extension.source.kind for extension in extensions())


def operation(
    service: str, name: str, why: str, source: Source | None = None
) -> Callable[[Handler], Handler]:
    """Registers a function as the handler of an operation (`"ecs"`, `"CreateService"`)."""
    known = source or reference(service, name)

    def register(handler: Handler) -> Handler:
        def install() -> Undo:
            return _replace_method(_response_class(service), _snake(name), handler)

        _extensions.append(Extension(f"{service}:{name}", why, known, install))
        return handler

    return register


def patch(name: str, why: str, source: Source) -> Callable[[Callable[[], Undo]], Callable[[], Undo]]:
    """Registers a function that changes another part of moto and returns how to undo that."""

    def register(install: Callable[[], Undo]) -> Callable[[], Undo]:
        _extensions.append(Extension(name, why, source, install))
        return install

    return register


def install() -> None:
    """Installs all extensions in this process; a second call does nothing."""
    if not _undo:
        _undo.extend(extension.install() for extension in extensions())


def uninstall() -> None:
    """Removes all extensions."""
    while _undo:
        _undo.pop()()


def set_attribute(owner: Any, name: str, value: Any) -> Undo:
    """Sets an attribute of a moto class or module. Returns how to restore it."""
    missing = object()
    before = vars(owner).get(name, missing)
    setattr(owner, name, value)

    def undo() -> None:
        if before is missing:
            delattr(owner, name)
        else:
            setattr(owner, name, before)

    return undo


def together(*undos: Undo) -> Undo:
    """Combines the undo functions of several changes; the latest runs first."""

    def undo() -> None:
        for each in reversed(undos):
            each()

    return undo


def _replace_method(owner: type, method: str, handler: Handler) -> Undo:
    stock = getattr(owner, method, None)

    def extended(response: Any) -> Any:
        def run_stock() -> Any:
            if stock is None:
                raise NotImplementedError(f"moto has no {method}")
            return stock(response)

        return handler(response, run_stock)

    extended.__name__ = method
    return set_attribute(owner, method, extended)


@cache
def _response_class(service: str) -> type:
    """The moto class that handles a service's requests: the only response class that its module defines."""
    from moto.core.responses import BaseResponse

    name = f"moto.{_PACKAGES.get(service) or service.replace('-', '')}.responses"
    classes: list[type] = [
        each
        for each in vars(importlib.import_module(name)).values()
        if isinstance(each, type) and issubclass(each, BaseResponse) and each.__module__ == name
    ]
    (found,) = classes
    return found


_PACKAGES = {"lambda": "awslambda"}
"""The moto packages that are not named like the service."""


@cache
def _snake(name: str) -> str:
    from moto.core.utils import camelcase_to_underscores

    return camelcase_to_underscores(name)
