"""Access to an account: sessions, the guard that lets only reads through, one call for one question."""
