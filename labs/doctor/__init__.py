"""Diagnosis of all that a check needs."""
