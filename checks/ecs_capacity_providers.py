"""Split a service between Fargate and Fargate Spot: a capacity provider strategy with a base and weights."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from labs.sdk import Account, CannotTell, Failed, Names, Objective, Outcome, Passed

from . import _ecs, _leftovers

if TYPE_CHECKING:
    from mypy_boto3_ecs.type_defs import CapacityProviderStrategyItemTypeDef, ClusterTypeDef, TaskTypeDef

    Strategy = Sequence[CapacityProviderStrategyItemTypeDef]

TASKS = 4
BASE = 1
SPOT_FOR_EACH = 3
"""How many tasks go to FARGATE_SPOT for each one on FARGATE, once the base is filled."""
ON_DEMAND, SPOT = "FARGATE", "FARGATE_SPOT"


def cluster_is_associated(account: Account, lab: Names) -> Outcome:
    """The cluster is associated with FARGATE and FARGATE_SPOT."""
    name = lab["cluster"]
    cluster = _ecs.active_cluster(account, name)
    if cluster is None:
        return _ecs.cluster_is_active(account, name)
    providers = cluster.get("capacityProviders", [])
    if {ON_DEMAND, SPOT} <= set(providers):
        return Passed(
            f"{name} is associated with {', '.join(providers)}", evidence="clusters[0].capacityProviders"
        )
    return Failed(
        found=f"{name} is associated with {', '.join(providers) or 'no capacity provider'}",
        expected=f"{name} associated with {ON_DEMAND} and {SPOT}",
        hint="Both providers exist in every account. A cluster can use them only after it is associated with them.",
        evidence="clusters[0].capacityProviders",
    )


def default_strategy_splits(account: Account, lab: Names) -> Outcome:
    """The cluster's default strategy has base 1 on FARGATE and weights of 1 to 3."""
    strategy = _the_cluster(account, lab["cluster"]).get("defaultCapacityProviderStrategy", [])
    wrong = _wrong(strategy)
    if not wrong:
        return Passed(
            f"the default strategy is {_strategy_text(strategy)}",
            evidence="clusters[0].defaultCapacityProviderStrategy",
        )
    return Failed(
        found=f"the default strategy is {_strategy_text(strategy)}: {wrong}",
        expected=_EXPECTED,
        hint="Check the base and the weight of each provider in the default strategy of the cluster.",
        evidence="clusters[0].defaultCapacityProviderStrategy",
    )


def service_uses_such_a_strategy(account: Account, lab: Names) -> Outcome:
    """The service has such a strategy, its own or the cluster's default, and no launch type."""
    name = lab["service"]
    service = _ecs.active_service(account, lab["cluster"], name)
    if service is None:
        return _ecs.missing_service(account, lab["cluster"], name)
    strategy = _ecs.LaunchSettings(service).strategy
    wrong = _wrong(strategy)
    if not wrong:
        return Passed(
            f"{name} has {_strategy_text(strategy)}", evidence="services[0].capacityProviderStrategy"
        )
    launch = _ecs.LaunchSettings(service).launch_type
    by_type = launch and not strategy
    return Failed(
        found=f"{name} has launch type {launch}"
        if by_type
        else f"{name} has {_strategy_text(strategy)}: {wrong}",
        expected=f"{_EXPECTED}, on {name}",
        hint="A service without a launch type and without a strategy copies the default strategy when it is created."
        if by_type
        else "Check each base and weight. A service keeps its strategy, also one that it copied, until you update it.",
        evidence=("services[0].capacityProviderStrategy", "services[0].launchType"),
    )


def tasks_run_on_both(account: Account, lab: Names) -> Outcome:
    """The service's four tasks run on both providers, with the base on FARGATE.

    The order of their starts is not checked: once a task of the base is replaced, the new task is the youngest.
    """
    name = lab["service"]
    desired = _ecs.the_service(account, lab["cluster"], name)["desiredCount"]
    if desired != TASKS:
        return Failed(
            found=f"{name} has desired count {desired}",
            expected=f"desired count {TASKS}",
            hint="The strategy splits the tasks of the desired count between the providers.",
            evidence="services[0].desiredCount",
        )
    runs = _ecs.service_runs(account, lab["cluster"], name, TASKS)
    if isinstance(runs, Failed):
        return runs
    counts = Counter(map(_provider_of, _ecs.running_tasks(account, lab["cluster"], name)))
    summary = ", ".join(f"{count} on {provider}" for provider, count in sorted(counts.items()))
    if counts[ON_DEMAND] >= BASE and counts[SPOT]:
        return Passed(summary, evidence="tasks[].capacityProviderName")
    return Failed(
        found=summary,
        expected=f"at least {BASE} task on {ON_DEMAND}, and other tasks on {SPOT}",
        hint="A strategy applies only to tasks that start after you set it: which came first?",
        evidence="tasks[].capacityProviderName",
    )


_EXPECTED = f"base {BASE} on {ON_DEMAND}, and weights of 1 to {SPOT_FOR_EACH} for {ON_DEMAND} and {SPOT}"


def _provider_of(task: TaskTypeDef) -> str:
    return task.get("capacityProviderName", "a launch type")


def _wrong(strategy: Strategy) -> str:
    """The error in a strategy, as a phrase; empty if it has none. A missing weight or base is 0.

    Only one provider of a strategy can have a base, so the base of the other one is 0.
    """
    items = {item["capacityProvider"]: item for item in strategy}
    if set(items) != {ON_DEMAND, SPOT}:
        return f"its providers are not {ON_DEMAND} and {SPOT}"
    if items[ON_DEMAND].get("base") != BASE:
        return f"the base of {ON_DEMAND} is not {BASE}"
    weight, spot = (items[name].get("weight") for name in (ON_DEMAND, SPOT))
    return "" if weight and spot == SPOT_FOR_EACH * weight else f"the weights are not 1 to {SPOT_FOR_EACH}"


def _strategy_text(strategy: Strategy) -> str:
    """A strategy as text."""
    items = [
        f"{item['capacityProvider']} (base {item.get('base', 0)}, weight {item.get('weight', 0)})"
        for item in strategy
    ]
    return ", ".join(items) or "empty"


def _the_cluster(account: Account, name: str) -> ClusterTypeDef:
    cluster = _ecs.active_cluster(account, name)
    if cluster is None:
        raise CannotTell(f"cluster {name} was deleted during the check")
    return cluster


READS = (*_ecs.CLUSTER_READS, *_ecs.SERVICE_READS, *_ecs.TASK_READS)
LEFTOVERS = (
    _leftovers.of(*_leftovers.CLUSTER, *_leftovers.DEFINITIONS, cluster=["{cluster}"], family=["{cluster}"]),
)
OBJECTIVES = (
    Objective("associated", cluster_is_associated),
    Objective("default-strategy", default_strategy_splits, needs=("associated",)),
    # A service without its own strategy uses that of the cluster, so a wrong one is reported there, once.
    Objective("service-strategy", service_uses_such_a_strategy, needs=("default-strategy",)),
    Objective("split", tasks_run_on_both, needs=("service-strategy",), effect=True),
)
