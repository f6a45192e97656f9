"""A message by HTTP: one POST of JSON."""

import json
from http.client import HTTPException, InvalidURL
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from ..config import WebhookChannel
from ..errors import NotificationError
from .failures import PassingError, secret
from .message import Message

PASSING = frozenset({408, 425, 429})
"""Refusals of this one moment; so are all from 500 on."""


class _NoRedirect(HTTPRedirectHandler):
    """A POST that is sent elsewhere would arrive as a GET without the message; better told than lost."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        """Follow nowhere."""


def post(channel: WebhookChannel, message: Message, timeout: float) -> None:
    """Send a message as JSON: its document, with ``text`` for people beside it.

    Neither the address nor a header is ever told in an error: both may be secrets.

    Raises
    ------
    PassingError
        If nobody answers in time, or the answer is that it can't be taken now.
    NotificationError
        If the address is none, or the answer is a refusal for good.
    """
    request = _request(channel, message)
    try:
        with build_opener(_NoRedirect).open(request, timeout=timeout):
            return
    except HTTPError as refusal:
        refusal.close()
        if refusal.code in PASSING or refusal.code >= 500:
            raise PassingError(f"HTTP {refusal.code}") from refusal
        raise _refused(channel, f"HTTP {refusal.code}") from refusal
    except (InvalidURL, ValueError) as error:  # the text of such an error would show the address or the header
        raise _refused(channel, type(error).__name__) from None
    except URLError as error:
        raise PassingError(_reason(error.reason)) from error
    except (OSError, HTTPException) as error:
        raise PassingError(_reason(error)) from error


def _request(channel: WebhookChannel, message: Message) -> Request:
    address = secret(channel.url_env).strip()
    if urlsplit(address).scheme not in {"http", "https"}:
        raise _refused(channel, "no http or https address")
    body = json.dumps(message.document | {"text": f"{message.subject}\n{message.text}"}).encode()
    secrets = {name: secret(variable) for name, variable in channel.headers_env.items()}
    told = {"Content-Type": "application/json", "User-Agent": "anomaly-assets"} | channel.headers | secrets
    return Request(address, data=body, headers=told, method="POST")  # noqa: S310 - the scheme was looked at


def _refused(channel: WebhookChannel, found: str) -> NotificationError:
    return NotificationError(
        f"the webhook at {channel.url_env} takes no message",
        found=found,
        expected="an http or https address that answers 2xx to a POST of JSON",
        remedy=f"mend {channel.url_env} or the headers in configs/notifications.yaml",
    )


def _reason(error: object) -> str:
    return "no answer in time" if isinstance(error, TimeoutError) else f"{type(error).__name__}: {error}"
