"""What holds for a process: how it ends, and what it may not do."""
