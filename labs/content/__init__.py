"""Reads and lints the content that authors write: labs, decks and packs."""
