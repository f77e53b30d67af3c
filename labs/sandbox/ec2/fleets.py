"""Instances of an EC2 Fleet (CreateFleet), launched from the launch template."""

from __future__ import annotations

from typing import Any

from labs.sandbox.extend import Undo, patch, set_attribute, together
from labs.sandbox.source import reference


@patch(
    "ec2:fleet",
    "moto launches a fleet's instances without the profile and the security groups of the template",
    reference("ec2", "CreateFleet"),
)
def _launch_by_template() -> Undo:
    from moto.ec2.models.fleets import Fleet
    from moto.ec2.models.spot_requests import SpotInstanceRequest

    stock = SpotInstanceRequest.launch_instance

    def create_on_demand_requests(fleet: Any, weight_to_add: float) -> None:
        specifications, added = fleet.get_launch_spec_counts(weight_to_add)
        for each, count in specifications.items():
            reservation = _run(fleet.ec2_backend, each, count, each.tag_specifications, fleet_id=fleet.id)
            fleet.on_demand_instances += [
                {"id": reservation.id, "instance": instance, "launch_spec": each}
                for instance in reservation.instances
            ]
        fleet.fulfilled_capacity += added

    def launch_instance(request: Any) -> Any:
        if getattr(request.launch_spec, "launch_template_spec", None) is None:
            return stock(request)
        more = {"spot_fleet_id": request.spot_fleet_id, "lifecycle": "spot"}
        return _run(request.ec2_backend, request.launch_spec, 1, request.all_tags, **more).instances[0]

    return together(
        set_attribute(Fleet, "create_on_demand_requests", create_on_demand_requests),
        set_attribute(SpotInstanceRequest, "launch_instance", launch_instance),
    )


def _run(backend: Any, specification: Any, count: int, tags: Any, **options: Any) -> Any:
    template = specification.launch_template_spec
    return backend.run_instances(
        specification.image_id,
        count,
        specification.user_data,
        specification.group_set,
        instance_type=specification.instance_type,
        is_instance_type_default=False,
        key_name=specification.key_name,
        subnet_id=specification.subnet_id,
        tags=tags,
        launch_template={
            name: template[name] for name in ("LaunchTemplateId", "Version") if name in template
        },
        **options,
    )
