"""Rules of a process: how it ends, and how it is confined."""
