"""What a learner does, for the terminal and the browser: attempts, checks, hints, study, clean-up, each remembered."""
