"""The ECS agents of EC2 instances, which register container instances."""
