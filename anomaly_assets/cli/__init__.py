"""The command line: typed words in, tables and sentences out; everything ends in the same pipelines as the other faces.

One file per command. What is heavy is imported inside the command that needs it, so that ``--help`` stays quick.
"""

from .main import app, main

__all__ = ["app", "main"]
