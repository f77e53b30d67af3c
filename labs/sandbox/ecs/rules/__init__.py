"""The validation rules and defaults of ECS."""
