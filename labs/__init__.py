"""A hands-on AWS lab verifier: flashcards, lab tasks and read-only checks that belong together."""

__version__ = "0.1.0"
