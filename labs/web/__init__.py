"""The web app: the learner's desk and the instructor's board, on one mechanism."""
