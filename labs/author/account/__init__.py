"""`labs test --account`: the proof of labs in a real AWS account, with a budget, and cleaned up on every way out."""
