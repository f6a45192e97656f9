"""A message by e-mail: plain text through one mail server."""

import smtplib
import ssl
from contextlib import closing, suppress
from email.message import EmailMessage
from email.utils import formatdate, make_msgid

from ..config import SmtpChannel
from ..errors import NotificationError
from .failures import PassingError, secret
from .message import Message


def mail(channel: SmtpChannel, message: Message, timeout: float) -> None:
    """Send a message to everybody that a channel names; who is refused while others are not, is left out.

    Raises
    ------
    PassingError
        If nobody answers in time, or the answer is that it can't be taken now.
    NotificationError
        If the server refuses for good: sender, login, encryption or every address.
    """
    written = _written(channel, message)
    try:
        with closing(smtplib.SMTP(channel.host, channel.port, timeout=timeout)) as server:
            if channel.starttls:
                server.starttls(context=ssl.create_default_context())
            if channel.user_env is not None and channel.password_env is not None:
                server.login(secret(channel.user_env), secret(channel.password_env))
            server.send_message(written)
            with suppress(smtplib.SMTPException, OSError):  # it has been taken, however they part
                server.quit()
    except smtplib.SMTPRecipientsRefused as refusal:
        codes = sorted({code for code, _ in refusal.recipients.values()})
        raise _meant(channel, codes[0], f"all addresses: {', '.join(map(str, codes))}") from refusal
    except smtplib.SMTPResponseException as refusal:
        raise _meant(channel, refusal.smtp_code, f"{refusal.smtp_code} {_text(refusal.smtp_error)}") from refusal
    except smtplib.SMTPNotSupportedError as refusal:
        raise _meant(channel, 500, str(refusal)) from refusal
    except ssl.SSLCertVerificationError as refusal:
        raise _meant(channel, 500, f"its certificate: {refusal.verify_message}") from refusal
    except ValueError as refusal:  # an address that no mail can be sent to
        raise _meant(channel, 500, str(refusal)) from refusal
    except (smtplib.SMTPException, OSError) as error:
        raise PassingError(f"{type(error).__name__}: {error}") from error


def _written(channel: SmtpChannel, message: Message) -> EmailMessage:
    written = EmailMessage()
    written["Subject"] = " ".join(message.subject.split())  # a line break would begin another header
    written["From"], written["To"] = channel.sender, ", ".join(channel.to)
    written["Date"], written["Message-ID"] = formatdate(), make_msgid(domain=channel.sender.rpartition("@")[2])
    written.set_content(message.text)
    return written


def _meant(channel: SmtpChannel, code: int, found: str) -> Exception:
    if 400 <= code < 500:
        return PassingError(found)
    return NotificationError(
        f"the mail server {channel.host}:{channel.port} takes no message",
        found=found,
        remedy="mend the channel in configs/notifications.yaml, or its user and password in the environment",
    )


def _text(answer: bytes | str) -> str:
    return answer.decode(errors="replace") if isinstance(answer, bytes) else answer
