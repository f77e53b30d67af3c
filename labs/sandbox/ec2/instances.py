"""Launches of EC2 instances: launch templates, published images, instance profiles, default security groups."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from moto.core.types import Base64EncodedString
from moto.ec2.exceptions import (
    EC2ClientError,
    InvalidAMIIdError,
    MalformedAMIIdError,
    MissingParameterError,
)
from moto.ec2.utils import (
    parse_user_data,
    simple_aws_filter_to_re,
)

from labs.sandbox.ec2.instance_types import instance_size
from labs.sandbox.extend import Stock, Undo, operation, patch, set_attribute, together
from labs.sandbox.source import reference

Options = dict[str, Any]
"""Parameters of moto's `run_instances` except image, count, user data and names of security groups."""

SSM_PREFIX = "resolve:ssm:"


@patch(
    "ec2:launch",
    "moto drops a template's profile, network and zone, and takes images that do not exist",
    reference("ec2", "RunInstances"),
)
def _launch_as_ec2_does() -> Undo:
    from moto.ec2.models.instances import InstanceBackend

    stock = InstanceBackend.run_instances

    def run_instances(
        backend: Any, image_id: str, count: int, user_data: Any, security_group_names: Any, **options: Any
    ) -> Any:
        template = _template(backend, options)
        image = _image(backend, image_id or template.get("ImageId"))
        _fill_in(backend, options, template)
        _require_fit(image, options, template)
        reservation = stock(backend, image.id, count, user_data, security_group_names, **options)
        for instance in reservation.instances:
            _connect_to_default_group(backend, instance)
            _end_interfaces_with(instance, options)
        _give_profile(backend, reservation.instances, options, template)
        return reservation

    return set_attribute(InstanceBackend, "run_instances", run_instances)


def _template(backend: Any, options: Options) -> Options:
    """The data of the requested version of the launch template."""
    wanted = options.get("launch_template")
    data: Options = backend._get_template_from_args(wanted).data if wanted else {}
    return data


def _image(backend: Any, image_id: str | None) -> Any:
    """The AMI, which a parameter can name: `resolve:ssm:/aws/service/...`."""
    if not image_id:
        raise MissingParameterError("ImageId")
    found = (
        _parameter(backend, image_id.removeprefix(SSM_PREFIX))
        if image_id.startswith(SSM_PREFIX)
        else image_id
    )
    if not found.startswith("ami-"):
        raise MalformedAMIIdError([found])
    if found not in backend.amis:
        raise InvalidAMIIdError([found])
    return backend.amis[found]


def _parameter(backend: Any, name: str) -> str:
    from moto.ssm.models import ssm_backends

    found = ssm_backends[backend.account_id][backend.region_name].get_parameter(name.partition(":")[0])
    if found is None:
        raise EC2ClientError(
            "InvalidParameterValue", f"Invalid value '{SSM_PREFIX}{name}' for imageId. No such parameter"
        )
    return str(found.value)


def _fill_in(backend: Any, options: Options, template: Options) -> None:
    """Launch parameters: the call's own, then the template's, then the default network."""
    if not options.get("nics"):
        options["nics"] = [
            {"DeviceIndex": 0, **interface} for interface in template.get("NetworkInterfaces", [])
        ]
    if not options.get("placement"):
        options["placement"] = template.get("Placement", {}).get("AvailabilityZone")
    placed = any(nic.get("SubnetId") or nic.get("NetworkInterfaceId") for nic in options["nics"])
    if not options.get("subnet_id") and not placed:
        _choose_default_subnet(backend, options)


def _choose_default_subnet(backend: Any, options: Options) -> None:
    """Sets the default subnet of the requested zone, or of the first zone."""
    subnets = dict(sorted(backend.get_default_subnets().items()))
    zone = options.get("placement") or next(iter(subnets), None)
    if zone not in subnets:
        return
    if options["nics"]:
        options["nics"][0]["SubnetId"] = subnets[zone].id
    else:
        options["subnet_id"] = subnets[zone].id


def _require_fit(image: Any, options: Options, template: Options) -> None:
    """Raises an error unless the instance type exists and has the image's architecture."""
    by_default = options.get("is_instance_type_default")
    name = (template.get("InstanceType") if by_default else None) or options.get("instance_type", "")
    found = instance_size(name)
    if found is None:
        raise EC2ClientError("InvalidParameterValue", f"Invalid value '{name}' for InstanceType.")
    if image.architecture and image.architecture not in found.architectures and not by_default:
        raise EC2ClientError(
            "InvalidParameterValue",
            f"The architecture '{','.join(found.architectures)}' of the specified instance type does not match "
            f"the architecture '{image.architecture}' of the specified AMI. Specify an instance type and an AMI "
            "that have matching architectures, and try again.",
        )


def _connect_to_default_group(backend: Any, instance: Any) -> None:
    """Gives an instance the groups of its first interface, or else the default group of its VPC."""
    interface = instance.nics.get(0)
    if instance.security_groups or interface is None:
        return
    if not interface.group_set:
        interface.group_set = [backend.get_security_group_from_name("default", interface.subnet.vpc_id)]
    instance.security_groups = list(interface.group_set)


def _end_interfaces_with(instance: Any, options: Options) -> None:
    """Deletes interfaces created at launch with their instance; moto keeps them by default."""
    kept = {
        int(spec.get("DeviceIndex") or 0)
        for spec in options.get("nics") or []
        if spec.get("NetworkInterfaceId") or spec.get("DeleteOnTermination") is False
    }
    for index, interface in instance.nics.items():
        if index not in kept:
            interface.delete_on_termination = True


def _give_profile(backend: Any, instances: list[Any], options: Options, template: Options) -> None:
    """Associates the profile with all instances; moto does so with the first one only."""
    name, arn = options.get("iam_instance_profile_name"), options.get("iam_instance_profile_arn")
    others = instances[1:] if name or arn else instances
    written = template.get("IamInstanceProfile", {})
    if not (name or arn):
        name, arn = written.get("Name"), written.get("Arn")
    configuration = options.get("launch_config")
    if not (name or arn) and configuration is not None:
        name, arn = _name_or_arn(configuration.iam_instance_profile)
    if name or arn:
        for instance in others:
            backend.associate_iam_instance_profile(instance.id, name, arn)


def _name_or_arn(profile: str | None) -> tuple[str | None, str | None]:
    return (None, profile) if (profile or "").startswith("arn:") else (profile, None)


@operation("ec2", "RunInstances", "moto launches the least number of instances that was asked for")
def run_instances(response: Any, stock: Stock) -> Any:
    """Launches MaxCount instances: the sandbox has unlimited capacity."""
    parameters = response.params
    for name in ("MinCount", "MaxCount"):
        if name not in parameters:
            raise MissingParameterError(name)
    parameters["MinCount"] = parameters["MaxCount"]
    return stock()


@operation(
    "ec2", "ModifyInstanceAttribute", "moto decodes user data twice, and takes it while the instance runs"
)
def modify_instance_attribute(response: Any, stock: Stock) -> Any:
    """Replaces user data, which is allowed on a stopped instance; cloud-init does not run it again."""
    get: Callable[..., Any] = response._get_param
    given = get("UserData.Value")
    if given is None and get("Attribute") == "userData":
        given = get("Value")
    if given is None:
        return stock()
    response.error_on_dryrun()
    instance = response.ec2_backend.get_instance(get("InstanceId"))
    if instance.state != "stopped":
        raise EC2ClientError(
            "IncorrectInstanceState", f"The instance '{instance.id}' is not in the 'stopped' state."
        )
    instance.user_data = _encoded(given)
    from moto.core.responses import EmptyResult

    return EmptyResult()


def _encoded(given: Any) -> Base64EncodedString:
    """User data as moto stores it, from bytes or from base64 text with line ends."""
    if isinstance(given, bytes):
        return Base64EncodedString.from_raw_bytes(given)
    encoded = parse_user_data("".join(str(given).split()))
    assert encoded is not None, "only None is parsed to None"
    return encoded


@operation(
    "ec2", "CreateLaunchTemplateVersion", "moto fails at the user data of later versions, and at a source"
)
def create_launch_template_version(response: Any, stock: Stock) -> Any:
    """Creates a version from the given data, merged into that of the source version if one is named."""
    get: Callable[..., Any] = response._get_param
    given = dict(get("LaunchTemplateData") or {})
    if "UserData" in given:
        given["UserData"] = parse_user_data(given["UserData"])
    if get("SourceVersion"):
        named = {key: get(key) for key in ("LaunchTemplateId", "LaunchTemplateName") if get(key)}
        given = {
            **_template(
                response.ec2_backend, {"launch_template": {**named, "Version": get("SourceVersion")}}
            ),
            **given,
        }
    response.params["LaunchTemplateData"] = given
    return stock()


@patch(
    "ec2:replace-profile",
    "moto replaces the profile of the association and not of the instance",
    reference("ec2", "ReplaceIamInstanceProfileAssociation"),
)
def _replace_profile() -> Undo:
    from moto.ec2.models.iam_instance_profile import IamInstanceProfileAssociationBackend as Backend

    stock = Backend.replace_iam_instance_profile_association

    def replace(backend: Any, association_id: str, name: str | None = None, arn: str | None = None) -> Any:
        association = stock(backend, association_id, name, arn)
        shown = {"Arn": association.iam_instance_profile.arn, "Id": association_id}
        backend.modify_instance_attribute(association.instance.id, "iam_instance_profile", shown)
        return association

    return set_attribute(Backend, "replace_iam_instance_profile_association", replace)


@patch(
    "ec2:filters",
    "moto cannot find instances by profile, by the group of an interface, or by a wildcard",
    reference("ec2", "DescribeInstances"),
)
def _more_filters() -> Undo:
    from moto.ec2 import utils
    from moto.ec2.models.instances import Instance

    more = {
        "iam-instance-profile.arn": "iam_instance_profile_arn",
        "network-interface.group-id": "security_groups.id",
        "instance-state-code": "state_code",
    }
    return together(
        set_attribute(
            utils, "filter_dict_attribute_mapping", {**utils.filter_dict_attribute_mapping, **more}
        ),
        set_attribute(Instance, "iam_instance_profile_arn", property(profile_arn)),
        set_attribute(utils, "instance_value_in_filter_values", _is_one_of),
    )


def _is_one_of(value: Any, wanted: list[str]) -> bool:
    """Whether a value, or one of several, matches a filter with wildcards `*` and `?`."""
    values = [str(each).lower() if isinstance(each, bool) else each for each in _several(value)]
    patterns = [re.compile(simple_aws_filter_to_re(each)) for each in wanted]
    return any(
        each in wanted or (each is not None and any(pattern.match(str(each)) for pattern in patterns))
        for each in values
    )


def _several(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def profile_arn(instance: Any) -> str | None:
    """The ARN of an instance's profile."""
    profile = instance.iam_instance_profile
    return profile["Arn"] if profile else None
