. "$LAB/mistakes/both-write.sh"
. "$LAB/solution.sh"
aws ecs deregister-task-definition --task-definition "$FAMILY:2"
