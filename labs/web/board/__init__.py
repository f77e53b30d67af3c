"""The instructor's board: its pages, its actions and its files."""
