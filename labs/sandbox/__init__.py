"""The embedded AWS: moto, extended from the outside so that what the labs teach really happens.

Each module named in `extend.MODULES` closes one gap of moto. Nothing here is imported by a check.
"""
