"""Images of containers as bytes and names: blobs on the disk, what docker calls them, the tokens of a login."""
