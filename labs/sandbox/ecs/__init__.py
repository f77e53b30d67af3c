"""Amazon ECS as AWS runs it: definitions, services, tasks, agents, placement, images, targets and volumes."""
