"""One step of a service: scaling, retirement of old deployments, completion of the rollout."""

from __future__ import annotations

import math

from labs.sandbox.ecs.api.deployments import counts, finish, start_deployment
from labs.sandbox.ecs.model.records import Deployment, Doc, Service
from labs.sandbox.ecs.model.state import Ecs
from labs.sandbox.ecs.scheduling.az_rebalancing import rebalance
from labs.sandbox.ecs.scheduling.daemons import daemons
from labs.sandbox.ecs.scheduling.rollout import breaker, replicas
from labs.sandbox.ecs.scheduling.task_sets import scale_task_sets

MAX_FINISHED_DEPLOYMENTS = 100
_BOUNDS = (3, 200)
"""Minimum and maximum number of failures that trip the circuit breaker (deployment-circuit-breaker.html)."""


def reconcile_service(ecs: Ecs, service: Service) -> bool:
    """Takes one step towards the service's desired state. Returns whether something changed."""
    if service.status == "DRAINING" and all(task.status == "DEPROVISIONING" for task in service.tasks()):
        service.status = "INACTIVE"
        return True
    if service.status == "INACTIVE":
        return False
    if service.external:
        return scale_task_sets(ecs, service)
    if service.status != "ACTIVE":
        return False
    changed = _trip(service)
    changed = (daemons(ecs, service) if service.daemon else replicas(ecs, service)) or changed
    changed = _retire(service) or changed
    changed = _conclude(service) or changed
    return changed or rebalance(ecs, service)


def _trip(service: Service) -> bool:
    """Fails a deployment whose tasks do not start, and rolls back if that is configured."""
    primary, configuration = service.primary, breaker(service)
    rolling = primary.doc["rolloutState"] == "IN_PROGRESS"
    if not configuration["enable"] or not rolling or primary.failed < _threshold(service, configuration):
        return False
    finish(primary, "FAILED", "ECS deployment circuit breaker: tasks failed to start.")
    service.add_event(f"(deployment {primary.id}) deployment failed: tasks failed to start.")
    good = _last_good(service)
    if configuration["rollback"] and good:
        reason = f"ECS deployment circuit breaker: rolling back to deploymentId {good.id}."
        start_deployment(service, good.definition).doc["rolloutStateReason"] = reason
        service.add_event(f"rolling back to deployment {good.id}.")
    return True


def _threshold(service: Service, configuration: Doc) -> int:
    given = configuration["thresholdConfiguration"]
    if given["type"] == "COUNT":
        return int(given["value"])
    share: int = math.ceil(service.doc["desiredCount"] * given["value"] / 100)
    least, most = _BOUNDS
    return max(share, 1) if given["type"] == "UNBOUNDED_PERCENT" else min(max(share, least), most)


def _last_good(service: Service) -> Deployment | None:
    known = [*service.deployments[1:], *reversed(service.finished)]
    return next((each for each in known if each.doc["rolloutState"] == "COMPLETED"), None)


def _retire(service: Service) -> bool:
    """Ends the deployments whose last task has stopped."""
    gone = [each for each in service.deployments[1:] if not each.tasks]
    for deployment in gone:
        deployment.doc["status"] = "INACTIVE"
        service.deployments.remove(deployment)
    service.finished = [*service.finished, *gone][-MAX_FINISHED_DEPLOYMENTS:]
    return bool(gone)


def _conclude(service: Service) -> bool:
    """Completes the rollout, and adds the steady-state event, once exactly the desired tasks run."""
    primary = service.primary
    running, pending = counts(primary)
    reached = len(service.deployments) == 1 and pending == 0 and running == service.doc["desiredCount"]
    if not reached:
        service.steady = False
        return False
    if service.steady:
        return False
    if primary.doc["rolloutState"] == "IN_PROGRESS":
        finish(primary, "COMPLETED", f"ECS deployment {primary.id} completed.")
        service.add_event(f"(deployment {primary.id}) deployment completed.")
    service.add_event("has reached a steady state.")
    service.steady = True
    return True
