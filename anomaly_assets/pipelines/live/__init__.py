"""Readings as they come, scored by the very functions that the assets call: a few rows in, a scored window out."""

from .ask import Ask, end_of, moment_of
from .champion import Champion
from .live import Live
from .opening import EngineChoice, open_live

__all__ = ["Ask", "Champion", "EngineChoice", "Live", "end_of", "moment_of", "open_live"]
