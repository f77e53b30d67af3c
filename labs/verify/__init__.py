"""Judges labs: objectives to findings to verdicts, kept, signed and replayed."""
