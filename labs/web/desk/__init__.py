"""The learner's desk: home, labs, study, progress and sandbox in the browser."""
