"""The learner's actions, for terminal and browser: attempts, checks, hints, study, clean-up, each remembered."""
