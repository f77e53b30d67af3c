"""The embedded AWS: moto, extended from the outside to behave as AWS does in everything that labs teach.

Each module named in `extend.MODULES` closes one gap of moto. Nothing here is imported by a check.
"""
