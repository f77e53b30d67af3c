"""The launch of a task: its instance, network interface, image, roles, files and volumes."""
