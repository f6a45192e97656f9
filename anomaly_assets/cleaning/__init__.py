"""Raw readings become clean readings on the sampling grid; what is taken out lands in quarantine, never nowhere.

No files, no storage, no features: frames in, frames out. Enter through `clean`; readings that came in a request, as
arrays, through `clean_asked`.
"""

from .alignment import Grid
from .batch import Asked
from .clean import CleanResult, clean, clean_asked

__all__ = ["Asked", "CleanResult", "Grid", "clean", "clean_asked"]
