"""Diagnoses credentials, account, permissions and tools."""
