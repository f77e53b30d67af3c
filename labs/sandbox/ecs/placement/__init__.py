"""Task placement: which container instance takes a task, and which task stops first."""
