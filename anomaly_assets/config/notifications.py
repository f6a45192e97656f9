"""Who is told of incidents, of which ones and how: channels of the installation; nobody where none is named."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from .base import Duration, Identifier, Model
from .loader import load_settings

Variable = Annotated[str, Field(min_length=1, pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
"""Name of an environment variable; what is secret stands there and in no file."""


class _Channel(Model):
    """What every channel is told.

    Attributes
    ----------
    states : news that is told: that an incident is ``open``, is ``resolved``, or has ``expired``. One that is over when
        it is first seen, as most are in the morning, is told once.
    severity : an incident below it is not told; it is as soon as it becomes more severe.
    fleets : of these fleets only; of all when none is named.
    """

    states: Annotated[tuple[Literal["open", "resolved", "expired"], ...], Field(min_length=1)] = ("open", "resolved")
    severity: float = Field(default=0, ge=0, le=100)
    fleets: tuple[Identifier, ...] = ()


class WebhookChannel(_Channel):
    """A web address that takes JSON by POST; its ``text`` is what Slack and its like show.

    Attributes
    ----------
    url_env : environment variable that holds the address, which is often a secret.
    headers : header lines that everybody may read, by name.
    headers_env : environment variables that hold the secret ones, such as ``Authorization``.
    """

    kind: Literal["webhook"]
    url_env: Variable
    headers: dict[str, str] = Field(default_factory=dict)
    headers_env: dict[str, Variable] = Field(default_factory=dict)


class SmtpChannel(_Channel):
    """Plain e-mail through a mail server.

    Attributes
    ----------
    from, to : addresses.
    starttls : whether the connection becomes encrypted before anything is said; a server that can't is refused.
    user_env, password_env : environment variables to log in with; nobody logs in without.
    """

    model_config = ConfigDict(populate_by_name=True)

    kind: Literal["smtp"]
    host: str = Field(min_length=1)
    port: int = Field(default=587, ge=1, le=65_535)
    sender: str = Field(alias="from", min_length=3)
    to: Annotated[tuple[str, ...], Field(min_length=1)]
    starttls: bool = True
    user_env: Variable | None = None
    password_env: Variable | None = None


Channel = Annotated[WebhookChannel | SmtpChannel, Field(discriminator="kind")]


class NotificationConfig(Model):
    """Who is told of incidents.

    Attributes
    ----------
    channels : by name; a channel is told once of an incident's state under that name.
    recent : an incident that was over before this long ago is history and no news.
    most : so many messages a channel gets of one run at most; what else there is, is told in one summary.
    attempts : how often a message is tried; a channel that fails is tried again with the next run.
    timeout : of every step of a delivery.
    back_off : pause before the second attempt; it doubles from one to the next.
    """

    channels: dict[Identifier, Channel] = Field(default_factory=dict)
    recent: Duration = "3d"  # type: ignore[assignment]
    most: int = Field(default=20, ge=1)
    attempts: int = Field(default=3, ge=1, le=10)
    timeout: Duration = "10s"  # type: ignore[assignment]
    back_off: Duration = "2s"  # type: ignore[assignment]


def load_notifications(configs: Path) -> NotificationConfig:
    """Read ``notifications.yaml`` of a folder of configurations; without it, or with nothing in it, nobody is told.

    Raises
    ------
    ConfigError
        If it holds an unknown key or a value out of bounds.
    """
    return load_settings(configs / "notifications.yaml", NotificationConfig)
