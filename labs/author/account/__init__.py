"""`labs test --account`: proves labs in a real AWS account, within a budget, with a clean-up in any case."""
