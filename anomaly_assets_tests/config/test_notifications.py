"""What the installation's file may say about notifications."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from anomaly_assets.config import NotificationConfig, SmtpChannel, WebhookChannel, load_notifications
from anomaly_assets.errors import ConfigError

SHIPPED = Path(__file__).parents[2] / "configs"
MAIL = {"kind": "smtp", "host": "m", "from": "a@b", "to": ["c@d"]}
HOOK = {"kind": "webhook", "url_env": "URL"}


def test_nobody_is_told_unless_somebody_is_named(tmp_path: Path) -> None:
    assert load_notifications(SHIPPED).channels == {}
    assert load_notifications(tmp_path).channels == {}


def test_what_is_commented_out_in_the_shipped_file_is_right(tmp_path: Path) -> None:
    lines = (SHIPPED / "notifications.yaml").read_text().splitlines()
    told = [line.removeprefix("# ") for line in lines[3:] if line.startswith("# ")]
    (tmp_path / "notifications.yaml").write_text("\n".join(told))
    found = load_notifications(tmp_path)
    assert [type(channel) for channel in found.channels.values()] == [WebhookChannel, SmtpChannel]
    plain = NotificationConfig()
    assert found.model_copy(update={"channels": {}}) == plain, "the others are the defaults"


@pytest.mark.parametrize(
    ("channel", "told"),
    [
        (HOOK | {"url": "http://x"}, "url"),
        (HOOK | {"url_env": "http://x"}, "url_env"),
        (HOOK | {"states": ["acknowledged"]}, "states"),
        (HOOK | {"states": []}, "states"),
        (HOOK | {"severity": 101}, "severity"),
        (MAIL | {"password": "hush"}, "password"),
        (MAIL | {"to": []}, "to"),
        ({"kind": "pigeon"}, "kind|pigeon"),
    ],
)
def test_what_is_wrong_is_refused_by_name(tmp_path: Path, channel: dict[str, Any], told: str) -> None:
    (tmp_path / "notifications.yaml").write_text(yaml.safe_dump({"channels": {"duty": channel}}))
    with pytest.raises(ConfigError, match=told):
        load_notifications(tmp_path)
