"""Labs, decks and packs: what an author writes, read and linted."""
