"""The operating system and the installation: files, what packages declare, how a process ends and is confined."""
