"""Raw files in, typed readings out: formats, fingerprints, staging, and a first look at files nobody described.

Nothing is judged here beyond "can this cell be read"; cleaning does that. A new raw format is one file in this folder.
"""

from .discovery import check_source, formats
from .memory import SourceFile
from .profiling import Profile, SensorProfile, profile_folder
from .recording import Recording
from .source import Changes, Source

__all__ = [
    "Changes",
    "Profile",
    "Recording",
    "SensorProfile",
    "Source",
    "SourceFile",
    "check_source",
    "formats",
    "profile_folder",
]
