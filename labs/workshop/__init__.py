"""Workshops: a roster of seats, rounds of checks over many accounts, and the board."""
