"""The scheduler of ECS: tasks change status, services reach their desired state."""
