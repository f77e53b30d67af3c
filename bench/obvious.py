"""The baseline: a plain boto3 script with one call after another.

`4` stops after four describes, `all` makes every call of the check.
"""

import sys

import boto3

CLUSTER = "labs-placement"
ecs = boto3.client("ecs")
cluster = ecs.describe_clusters(clusters=[CLUSTER])["clusters"][0]
definition = ecs.describe_task_definition(taskDefinition="labs-packed")["taskDefinition"]
service = ecs.describe_services(cluster=CLUSTER, services=["packed"])["services"][0]
instances = ecs.describe_container_instances(cluster=CLUSTER, containerInstances=["1", "2"])[
    "containerInstances"
]
ok = [
    cluster["status"] == "ACTIVE",
    definition["status"] == "ACTIVE",
    service["placementStrategy"][0] == {"type": "binpack", "field": "memory"},
    len(instances) == 2,
]
if sys.argv[1] == "all":
    boto3.client("sts").get_caller_identity()
    ecs.list_container_instances(cluster=CLUSTER)
    ecs.describe_task_definition(taskDefinition=service["taskDefinition"])
    arns = ecs.list_tasks(cluster=CLUSTER, serviceName="packed", desiredStatus="RUNNING")["taskArns"]
    tasks = ecs.describe_tasks(cluster=CLUSTER, tasks=arns)["tasks"]
    ok.append(len({task["containerInstanceArn"] for task in tasks}) == 1)
print(ok)
