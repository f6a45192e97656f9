"""Raw files in, typed readings out: formats, fingerprints, staging, and a first look at files nobody described.

Nothing is judged here beyond "can this cell be read"; cleaning does that. A new raw format is one file in this folder.
"""

from .discovery import check_source, formats
from .memory import SourceFile
from .recording import Recording
from .source import Changes, Source

__all__ = ["Changes", "Recording", "Source", "SourceFile", "check_source", "formats"]
