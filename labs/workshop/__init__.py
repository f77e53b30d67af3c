"""Many accounts at once: who sits where, rounds of checks, the board."""
