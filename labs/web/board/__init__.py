"""The instructor's board: pages, actions and downloads."""
