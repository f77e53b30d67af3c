"""Reads an instance's user data as cloud-init does."""
