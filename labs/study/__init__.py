"""Recall and practice in one schedule: values and rules, without a terminal and without a database."""
