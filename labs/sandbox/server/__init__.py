"""The process that serves the embedded AWS over HTTP."""
