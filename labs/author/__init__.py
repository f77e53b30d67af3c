"""For those who write labs: a scaffold to begin from, and the proof that a lab is neither too easy nor too hard."""
