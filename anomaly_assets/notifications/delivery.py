"""A message to a channel, tried until somebody takes it or nobody can be expected to."""

import time
from collections.abc import Callable

from ..config import NotificationConfig, SmtpChannel, WebhookChannel
from ..errors import NotificationError
from .failures import PassingError
from .mail import mail
from .message import Message
from .webhook import post


def deliver(
    config: NotificationConfig, channel: str, message: Message, pause: Callable[[float], None] = time.sleep
) -> None:
    """Send a message through one of the channels; when this returns, somebody has taken it.

    Parameters
    ----------
    channel : its name in the configuration.
    pause : waits so many seconds between two attempts.

    Raises
    ------
    NotificationError
        If it was refused for good, or every attempt failed.
    """
    wait, failed = config.back_off.total_seconds(), ""
    for attempt in range(config.attempts):
        if attempt:
            pause(wait * 2 ** (attempt - 1))
        try:
            _send(config.channels[channel], message, config.timeout.total_seconds())
            return
        except PassingError as failure:
            failed = str(failure)
    raise NotificationError(
        f"channel {channel} took no message in {config.attempts} attempts",
        found=failed,
        remedy="nothing is lost: it is tried again with the next run",
    )


def _send(channel: WebhookChannel | SmtpChannel, message: Message, timeout: float) -> None:
    if isinstance(channel, WebhookChannel):
        post(channel, message, timeout)
    else:
        mail(channel, message, timeout)
