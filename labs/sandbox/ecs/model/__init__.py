"""The state of ECS in one account and region: records, lookups, errors and the shapes of documents."""
