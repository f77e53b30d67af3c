"""What ECS does by itself: tasks change status, services reach their desired state."""
