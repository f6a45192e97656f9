"""Telling people: webhook and e-mail, with retries. What is told to whom, and whether again, is decided elsewhere."""

from .delivery import deliver
from .message import Message

__all__ = ["Message", "deliver"]
