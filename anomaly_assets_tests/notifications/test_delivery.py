"""A message reaches a real server, after as many attempts as it takes and no more, and secrets stay secret."""

import shutil
import ssl
import subprocess
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest

from anomaly_assets.config import NotificationConfig
from anomaly_assets.errors import NotificationError
from anomaly_assets.notifications import Message, deliver

from .servers import HANG, Taken, http_server, mail_server

NEWS = Message(
    "ponds: oxygen is low", "Pond 3, 4.2 mg/L\nsince noon", {"fleet": "ponds", "incidents": [{"severity": 63.0}]}
)


def configured(channel: dict[str, Any], **rest: Any) -> NotificationConfig:
    return NotificationConfig.model_validate({"channels": {"duty": channel}, "timeout": "500ms", **rest})


def hooked(monkeypatch: pytest.MonkeyPatch, url: str, **channel: Any) -> NotificationConfig:
    monkeypatch.setenv("HOOK", url)
    return configured({"kind": "webhook", "url_env": "HOOK"} | channel)


def mailed(server: Taken, **channel: Any) -> NotificationConfig:
    plain = {"kind": "smtp", "host": "127.0.0.1", "port": server.port, "from": "a@example.com", "to": ["b@example.com"]}
    return configured(plain | {"starttls": False} | channel)


def sent(config: NotificationConfig, message: Message = NEWS) -> list[float]:
    """Deliver, and give the pauses between the attempts instead of waiting for them."""
    pauses: list[float] = []
    deliver(config, "duty", message, pauses.append)
    return pauses


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A key and a certificate of localhost that nobody has signed, in one file."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl makes the certificate, and is not there")
    key, made = tmp_path / "key.pem", tmp_path / "certificate.pem"
    asked = "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost"
    subprocess.run(["openssl", *asked.split(), "-keyout", key, "-out", made], check=True, capture_output=True)
    made.write_text(key.read_text() + made.read_text())
    return made


class TestAWebhook:
    def test_gets_the_document_and_the_text_that_chats_show(self, monkeypatch):
        monkeypatch.setenv("TOKEN", "Bearer hush")
        with http_server() as server:
            config = hooked(monkeypatch, server.url, headers={"X-Source": "us"}, headers_env={"Authorization": "TOKEN"})
            assert sent(config) == []
        assert server.messages == [NEWS.document | {"text": f"{NEWS.subject}\n{NEWS.text}"}]
        told = server.headers[0]
        assert (told["X-Source"], told["Authorization"], told["Content-Type"]) == (
            "us",
            "Bearer hush",
            "application/json",
        )

    @pytest.mark.parametrize("busy", [503, 500, 429, 408])
    def test_that_is_busy_twice_is_tried_a_third_time_after_longer_pauses(self, monkeypatch, busy):
        with http_server(busy, busy, 200) as server:
            assert sent(hooked(monkeypatch, server.url)) == [2.0, 4.0]
        assert (server.asked, len(server.messages)) == (3, 1)

    def test_that_hangs_is_left_alone_after_the_last_attempt(self, monkeypatch):
        with (
            http_server(HANG) as server,
            pytest.raises(NotificationError, match=r"duty.*3 attempts.*no answer in time"),
        ):
            sent(hooked(monkeypatch, server.url))
        assert (server.asked, server.messages) == (3, [])

    def test_that_hangs_once_gets_the_message_at_the_next_attempt(self, monkeypatch):
        with http_server(HANG, 200) as server:
            assert sent(hooked(monkeypatch, server.url)) == [2.0]
        assert len(server.messages) == 1

    @pytest.mark.parametrize("refusal", [400, 401, 404, 302, 307])
    def test_that_refuses_for_good_is_not_asked_twice_nor_followed_elsewhere(self, monkeypatch, refusal):
        with http_server(refusal) as server, pytest.raises(NotificationError, match=f"HOOK.*{refusal}"):
            sent(hooked(monkeypatch, server.url))
        assert server.asked == 1

    def test_that_is_not_there_is_tried_again(self, monkeypatch):
        with http_server() as server:
            pass
        with pytest.raises(NotificationError, match=r"3 attempts.*refused"):
            sent(hooked(monkeypatch, server.url))

    @pytest.mark.parametrize(
        "url", ["file:///etc/passwd?hush", "hush", "ftp://127.0.0.1/hush", "http://127.0.0.1:x/hush"]
    )
    def test_without_a_web_address_is_refused_and_the_address_stays_secret(self, monkeypatch, url):
        with pytest.raises(NotificationError, match="HOOK") as refused:
            sent(hooked(monkeypatch, url))
        assert "hush" not in str(refused.value)

    def test_with_a_header_that_would_make_two_is_refused_and_the_header_stays_secret(self, monkeypatch):
        monkeypatch.setenv("TOKEN", "hush\r\nX-Other: 1")
        with http_server() as server, pytest.raises(NotificationError) as refused:
            sent(hooked(monkeypatch, server.url, headers_env={"Authorization": "TOKEN"}))
        assert "hush" not in str(refused.value) and server.asked == 0

    def test_whose_secret_is_not_set_says_which(self, monkeypatch):
        monkeypatch.delenv("HOOK", raising=False)
        with pytest.raises(NotificationError, match="HOOK is not set"):
            sent(configured({"kind": "webhook", "url_env": "HOOK"}))

    def test_never_tells_its_address_when_it_fails(self, monkeypatch):
        for answer in (HANG, 404, 500):
            with http_server(answer) as server, pytest.raises(NotificationError) as failed:
                sent(hooked(monkeypatch, server.url))
            assert "hush" not in str(failed.value) and str(server.port) not in str(failed.value)


class TestMail:
    def test_is_plain_text_to_everybody_named(self):
        with mail_server() as server:
            assert sent(mailed(server, to=["b@example.com", "c@example.com"])) == []
        mail = server.messages[0]
        assert (mail["Subject"], mail["From"], mail["To"]) == (
            NEWS.subject,
            "a@example.com",
            "b@example.com, c@example.com",
        )
        assert mail.get_content().replace("\r\n", "\n").strip() == NEWS.text
        assert mail["Message-ID"] and mail["Date"]

    def test_of_a_server_that_is_busy_twice_is_tried_a_third_time(self):
        with mail_server(451, 452, 250) as server:
            assert sent(mailed(server)) == [2.0, 4.0]
        assert (server.asked, len(server.messages)) == (3, 1)

    def test_of_a_server_that_hangs_is_given_up(self):
        with mail_server(HANG) as server, pytest.raises(NotificationError, match=r"3 attempts.*timed out"):
            sent(mailed(server))
        assert server.asked == 3

    def test_that_is_refused_for_good_is_not_tried_again(self):
        with mail_server(554) as server, pytest.raises(NotificationError, match="554"):
            sent(mailed(server))
        assert server.asked == 1

    def test_reaches_those_that_are_not_refused(self):
        with mail_server(refused=("c@",)) as server:
            sent(mailed(server, to=["b@example.com", "c@example.com"]))
            assert len(server.messages) == 1
            with pytest.raises(NotificationError, match="550"):
                sent(mailed(server, to=["c@example.com"]))

    def test_is_not_sent_in_the_clear_where_encryption_is_asked_for(self):
        with mail_server() as server, pytest.raises(NotificationError, match="STARTTLS"):
            sent(mailed(server, starttls=True))
        assert server.messages == []

    def test_is_encrypted_before_the_login_where_the_server_can_be_trusted(self, monkeypatch, certificate):
        monkeypatch.setenv("WHO", "us")
        monkeypatch.setenv("WORD", "hush")
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate)
        with mail_server(encrypted=context) as server:
            config = mailed(server, host="localhost", starttls=True, user_env="WHO", password_env="WORD")
            with pytest.raises(NotificationError, match="certificate"):
                sent(config)
            assert server.logins == [] and server.messages == []
            monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
            assert sent(config) == []
        login = b64encode(b"\0us\0hush").decode()
        assert server.logins == [(f"AUTH PLAIN {login}", True)] and len(server.messages) == 1

    def test_is_not_sent_without_the_login_that_is_asked_for(self, monkeypatch):
        monkeypatch.setenv("WHO", "us")
        monkeypatch.setenv("WORD", "hush")
        with mail_server() as server, pytest.raises(NotificationError) as refused:
            sent(mailed(server, user_env="WHO", password_env="WORD"))
        assert server.messages == [] and "hush" not in str(refused.value)

    def test_has_one_subject_whatever_a_unit_is_called(self):
        with mail_server() as server:
            sent(mailed(server), Message("one\r\nBcc: all@example.com", "text", {}))
        assert server.messages[0]["Subject"] == "one Bcc: all@example.com" and server.messages[0]["Bcc"] is None
