"""For those who write labs: a scaffold to start from, and the proof that a lab is neither too easy nor too hard."""
