"""Raw readings become clean readings on the sampling grid; what is taken out lands in quarantine, never nowhere.

No files, no storage, no features: frames in, frames out. Enter through `clean`.
"""

from .clean import CleanResult, clean

__all__ = ["CleanResult", "clean"]
