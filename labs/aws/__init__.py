"""Looking into an account: sessions, the wall that lets only reads through, one call for one question."""
