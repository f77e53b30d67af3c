"""What works of all that a check needs."""
