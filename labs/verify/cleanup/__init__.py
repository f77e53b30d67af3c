"""Removes what a lab left behind: the calls for each kind of resource, in an order that AWS accepts, and the prices."""
