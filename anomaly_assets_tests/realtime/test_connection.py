"""Connecting: who we are, whom we trust, and what is said where either fails. The broker is real throughout."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from anomaly_assets.config import BrokerConfig, Credentials
from anomaly_assets.errors import RealtimeError
from anomaly_assets.realtime.client import Outgoing
from anomaly_assets.realtime.connection import Connection
from anomaly_assets_tests.services import free_port

from .broker import Broker, wait_for
from .ponds import config
from .speaking import hearing, publish

PATTERN = "x/+"
NOBODY = Credentials()
CURVE = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1")


def connected(broker: BrokerConfig, who: Credentials = NOBODY, pattern: str | None = PATTERN) -> Connection:
    connection = Connection(broker, who, "test", pattern)
    try:
        return connection.open(20.0)
    finally:
        connection.close()


def openssl(*arguments: str) -> None:
    if shutil.which("openssl") is None:
        pytest.skip("no program openssl on PATH; install it to test TLS")
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An authority, a certificate of it for localhost, one for us, and another authority."""
    folder = tmp_path_factory.mktemp("papers")
    for authority in ("ca", "other"):
        subject = ["-subj", f"/CN={authority}"]
        keys = ["-keyout", str(folder / f"{authority}.key"), "-out", str(folder / f"{authority}.pem")]
        openssl("req", "-x509", *CURVE, "-nodes", "-days", "2", *subject, *keys)
    signed = ["-CA", str(folder / "ca.pem"), "-CAkey", str(folder / "ca.key"), "-CAcreateserial", "-days", "2"]
    for name, host in (("server", "localhost"), ("elsewhere", "elsewhere"), ("ours", "ours")):
        (folder / "names").write_text(f"subjectAltName=DNS:{host}\n")
        request, key = str(folder / f"{name}.csr"), str(folder / f"{name}.key")
        openssl("req", *CURVE, "-nodes", "-subj", f"/CN={name}", "-keyout", key, "-out", request)
        paper = str(folder / f"{name}.pem")
        openssl("x509", "-req", "-in", request, *signed, "-extfile", str(folder / "names"), "-out", paper)
    return folder


def encrypting(papers: Path, folder: Path, name: str, asks: str = "false") -> Broker:
    files = f"cafile {papers}/ca.pem\ncertfile {papers}/{name}.pem\nkeyfile {papers}/{name}.key\n"
    return Broker(folder, f"{files}require_certificate {asks}\n")


@pytest.fixture
def encrypted(papers: Path, tmp_path: Path) -> Iterator[Broker]:
    """A broker that wants to see a certificate of ours, too."""
    with encrypting(papers, tmp_path / "tls", "server", asks="true") as running:
        yield running


def test_an_encrypted_connection_stands_with_the_right_papers(encrypted: Broker, papers: Path) -> None:
    files = {"ca": papers / "ca.pem", "cert": papers / "ours.pem", "key": papers / "ours.key"}
    assert connected(config(encrypted.port, host="localhost", **files)).stood == 1


def test_a_broker_of_another_authority_is_not_trusted(encrypted: Broker, papers: Path) -> None:
    with pytest.raises(RealtimeError, match=r"no trusted connection.*TLS.*certificate.*mend ca"):
        connected(config(encrypted.port, host="localhost", ca=papers / "other.pem"))


def test_a_broker_of_another_name_is_not_trusted(papers: Path, tmp_path: Path) -> None:
    with (
        encrypting(papers, tmp_path / "tls", "elsewhere") as broker,
        pytest.raises(RealtimeError, match=r"no trusted connection.*'localhost'"),
    ):
        connected(config(broker.port, host="localhost", ca=papers / "ca.pem"))


def test_papers_that_are_not_there_are_told_of(tmp_path: Path) -> None:
    with pytest.raises(RealtimeError, match=r"files for TLS can't be used.*ca .*nowhere.pem is not there"):
        Connection(config(1, ca=tmp_path / "nowhere.pem"), NOBODY, "test")


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[Broker]:
    """A broker that asks for a password, and lets the listener read and nothing else."""
    tmp_path.mkdir(exist_ok=True)
    passwords, rules = tmp_path / "passwords", tmp_path / "rules"
    passwords.write_text("listener:right\nstranger:other\n")
    program = shutil.which("mosquitto_passwd")
    if program is None:
        pytest.skip("no program mosquitto_passwd on PATH; install it to test passwords")
    subprocess.run([program, "-U", str(passwords)], check=True)
    passwords.chmod(0o600)
    rules.write_text("user listener\ntopic read x/+\n")
    rules.chmod(0o600)
    settings = f"password_file {passwords}\nacl_file {rules}\n"
    with Broker(tmp_path / "guarded", settings, allow_anonymous=False) as running:
        yield running


def test_the_right_password_lets_us_in(guarded: Broker) -> None:
    assert connected(config(guarded.port), Credentials("listener", "right")).stood == 1


@pytest.mark.parametrize("who", [Credentials("listener", "wrong"), Credentials()])
def test_a_wrong_password_is_told_of_in_a_sentence(guarded: Broker, who: Credentials) -> None:
    with pytest.raises(RealtimeError, match=r"won't have us.*ANOMALY_MQTT_PASSWORD") as refusal:
        connected(config(guarded.port), who)
    assert "wrong" not in (refusal.value.found or "")


def test_what_is_not_taken_is_told_of_and_not_waited_for(guarded: Broker) -> None:
    said: list[str] = []
    connection = Connection(config(guarded.port), Credentials("listener", "right"), "test", PATTERN, said.append)
    try:
        connection.open(20.0)
        assert connection.publish([Outgoing("y/1", "{}"), Outgoing("y/2", "{}")], lambda: False) == 2
        assert connection.unwanted == 2 and sum("won't let us publish" in line for line in said) == 1
    finally:
        connection.close()


def test_a_broker_that_is_not_there_is_told_of() -> None:
    port = free_port()
    connection = Connection(config(port), NOBODY, "test")
    with pytest.raises(RealtimeError, match=rf"127.0.0.1:{port} does not answer.*ANOMALY_MQTT_HOST"):
        connection.open(0.5)


def test_a_broker_that_comes_late_is_waited_for(tmp_path: Path) -> None:
    broker, said = Broker(tmp_path / "late"), list[str]()
    connection = Connection(config(broker.port), NOBODY, "test", PATTERN, said.append)
    connection.start()
    try:
        wait_for(lambda: any("does not answer" in line for line in said))
        with broker:
            wait_for(connection.stands.is_set)
    finally:
        connection.close()
    assert sum("does not answer" in line for line in said) == 1, "once, not at every attempt"


def test_what_is_not_acknowledged_comes_again_and_what_is_does_not(broker: Broker) -> None:
    connection = Connection(config(broker.port), NOBODY, "test", PATTERN)
    connection.open(20.0)
    publish(broker.port, [("x/1", {"n": number}) for number in range(4)])
    first = [one for _ in range(2) for one in connection.arrived(1, 20.0)]
    connection.acknowledge(first)
    wait_for(lambda: connection.held == 2)
    connection.close()
    again = Connection(config(broker.port), NOBODY, "test", PATTERN)
    again.open(20.0)
    wait_for(lambda: again.held == 2)
    assert [one.payload for one in again.arrived(10, 20.0)] == [b'{"n": 2}', b'{"n": 3}']
    again.close()


def test_no_more_is_sent_than_may_be_here(broker: Broker) -> None:
    connection = Connection(config(broker.port, receive_maximum=3), NOBODY, "test", PATTERN)
    connection.open(20.0)
    publish(broker.port, [("x/1", {"n": number}) for number in range(10)])
    taken = [one for _ in range(3) for one in connection.arrived(1, 20.0)]
    assert len(taken) == 3 and connection.arrived(1, 0.5) == [], "the broker keeps the others back"
    connection.acknowledge(taken)
    assert len(connection.arrived(10, 20.0)) > 0
    connection.close()


def test_what_we_say_survives_a_broker_that_goes_and_comes(broker: Broker) -> None:
    connection = Connection(config(broker.port), NOBODY, "test")
    connection.open(20.0)
    broker.restart()
    with hearing(broker.port, "y/#") as ear:
        assert connection.publish([Outgoing("y/1", '{"n": 1}')], lambda: False) == 1
        wait_for(lambda: len(ear.told) > 0)
    connection.close()


def test_a_session_that_was_forgotten_is_told_of(tmp_path: Path) -> None:
    said: list[str] = []
    with Broker(tmp_path / "forgetful", "") as broker:
        connection = Connection(config(broker.port), NOBODY, "test", PATTERN, said.append)
        connection.open(20.0)
        broker.stop()
        (broker.folder / "kept" / "mosquitto.db").unlink()
        broker.start()
        wait_for(lambda: connection.stood == 2)
        connection.close()
    assert connection.forgotten == 1 and sum("forgotten our session" in line for line in said) == 1


def test_a_topic_that_is_listened_to_no_more_is_heard_no_more(broker: Broker) -> None:
    connected(config(broker.port), pattern="old/+")
    connection = Connection(config(broker.port), NOBODY, "test", "new/+")
    connection.former = "old/+"
    connection.open(20.0)
    publish(broker.port, [("old/1", {}), ("new/1", {})])
    assert [one.topic for one in connection.arrived(10, 20.0)] == ["new/1"]
    connection.close()
