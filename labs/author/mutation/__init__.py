"""Mutation testing of checks: makes small mistakes in a check, which its lab's states or unit tests must detect."""
