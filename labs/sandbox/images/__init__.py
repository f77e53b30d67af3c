"""Container images: blobs on disk, names, and login tokens."""
