"""`labs workshop`: rosters, rounds, the board, roles, exports."""
