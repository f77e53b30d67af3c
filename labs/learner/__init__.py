"""What learners do, in terminal and browser: attempts, checks, hints, study, clean-up; all stored in the history."""
