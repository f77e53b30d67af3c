"""Tools for authors of labs: a scaffold, and proofs that a lab accepts its solutions and rejects its mistakes."""
