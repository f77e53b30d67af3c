"""Benchmarks of cardlabs, as ratios to a baseline in the same run: `python -m bench`."""
