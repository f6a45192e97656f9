"""The MQTT face: messages in, windows scored by the one path, scores and incidents out."""

from .listener import Listened, Listener

__all__ = ["Listened", "Listener"]
