"""The suites: one module each, found by name, its protocol in its docstring, its fleet in the YAML file beside it.

A suite is a function ``rounds(folder) -> Iterator[Round]``. What all of them share is in common.py.
"""
