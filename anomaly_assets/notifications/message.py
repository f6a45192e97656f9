"""What is told, whichever way it goes."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Message:
    """One piece of news.

    Attributes
    ----------
    subject : one line.
    text : plain text for people.
    document : the same for programs; anything JSON can say.
    """

    subject: str
    text: str
    document: dict[str, Any]
