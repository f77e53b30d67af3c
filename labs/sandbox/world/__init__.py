"""The world of a sandbox: its clock, its journal, its replay, and how it settles after each change."""
