"""Answers IAM questions from policy documents."""
