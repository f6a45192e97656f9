"""How a delivery may fail: for now, or for good. For good is a NotificationError."""

import os

from ..errors import NotificationError


class PassingError(Exception):
    """Nobody took the message this time, for a reason that may pass."""


def secret(variable: str) -> str:
    """Read a secret from the environment.

    Raises
    ------
    NotificationError
        If there is none; only the variable's name is told.
    """
    value = os.environ.get(variable)
    if not value:
        raise NotificationError(
            f"the environment variable {variable} is not set",
            expected="the secret that configs/notifications.yaml means by it",
            remedy=f"set {variable} where the platform runs",
        )
    return value
