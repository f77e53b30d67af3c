"""Scripts for maintainers, run by hand: `uv run python -m tools.NAME`."""
