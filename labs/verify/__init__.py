"""Judges labs: runs checks, makes verdicts of their findings, and records, signs and replays verdicts."""
