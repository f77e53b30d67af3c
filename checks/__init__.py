"""The checks of the built-in pack: one module for each lab, which verifies it by reading only.

Each module has its objectives on top, as plain functions named as their sentences, and READS (all that it may
call) and OBJECTIVES at its foot. Modules with an underscore are typed readers that several labs share.
"""
