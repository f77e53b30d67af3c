"""Mutation testing of the checks: small mistakes are put into a check, and its lab's states must notice them."""
