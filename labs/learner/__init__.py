"""The actions of learners, in terminal and browser: attempts, checks, hints, study, clean-up; stored in the history."""
