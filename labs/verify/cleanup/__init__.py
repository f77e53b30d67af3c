"""Removes the leftovers of labs: the calls for each kind of resource, their order, and prices."""
