"""What a listener has heard and told, on disk: it goes on where it was, whatever ended it."""

from .claiming import Due, aligned, claim, give_back, prune, readings_for
from .hearing import TOO_MANY_UNITS, Limits, Message, write_down, write_recalled
from .incident_rows import (
    alarming_since,
    alarms_of,
    incident_spans,
    keep_incidents,
    last_window,
    note_incidents_kept,
    note_incidents_published,
    unkept_incidents,
    unpublished_incidents,
    windows_of,
)
from .journal import Journal, Unit
from .windows import keep_windows, note_published, note_recorded, unpublished, unrecorded, waiting

__all__ = [
    "TOO_MANY_UNITS",
    "Due",
    "Journal",
    "Limits",
    "Message",
    "Unit",
    "alarming_since",
    "alarms_of",
    "aligned",
    "claim",
    "give_back",
    "incident_spans",
    "keep_incidents",
    "keep_windows",
    "last_window",
    "note_incidents_kept",
    "note_incidents_published",
    "note_published",
    "note_recorded",
    "prune",
    "readings_for",
    "unkept_incidents",
    "unpublished",
    "unpublished_incidents",
    "unrecorded",
    "waiting",
    "windows_of",
    "write_down",
    "write_recalled",
]
