"""Access to AWS accounts: sessions, shared clients, the read-only guard, caching, limits and errors."""
