"""The checks of the labs: one module for each; `_messaging` is what they share."""
