"""From a folder that nobody described to alarms, as a person would type it, through the real Dagster."""

import math
import random
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from anomaly_assets.config import Platform

from .conftest import Command

pytestmark = pytest.mark.slow

FAULT = (datetime(2024, 3, 6, 8), datetime(2024, 3, 6, 14))


def _plant(folder: Path, days: int = 7) -> None:
    """One file per pump: semicolons, decimal commas, day-first dates; the second pump is ill for six hours."""
    folder.mkdir()
    for name in ("Pumpe Nord", "Pumpe Süd"):
        noise, rows = random.Random(name), ["Zeitpunkt;Druck [bar];Temperatur [°C];Drehzahl"]
        for i in range(days * 144):
            time = datetime(2024, 3, 1) + i * timedelta(minutes=10)
            cycle = math.sin(2 * math.pi * (time.hour + time.minute / 60) / 24)
            bad = name == "Pumpe Süd" and FAULT[0] <= time < FAULT[1]
            pressure, heat = 4.2 + 0.2 * cycle + noise.gauss(0, 0.05), 61 + 2 * cycle + noise.gauss(0, 0.3)
            values = (pressure - 1.5 * bad, heat + 9 * bad, 1480 + noise.gauss(0, 4) - 60 * bad)
            rows.append(";".join([f"{time:%d.%m.%Y %H:%M}", *(f"{value:.2f}".replace(".", ",") for value in values)]))
        (folder / f"{name}.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")


def test_init_check_backfill_status_are_enough(command: Command, installation: Platform, tmp_path: Path) -> None:
    _plant(tmp_path / "plant")
    made = command("init", "plant", "--from", tmp_path / "plant")
    assert made.code == 0, made.err
    assert "decimal mark is a comma" in made.out and "day first" in made.out
    assert command("check", "plant").code == 0
    filled = command("backfill", "plant")
    assert filled.code == 0, filled.err
    assert "7, scored 7" in filled.out
    assert "DEBUG" not in filled.err and "Traceback" not in filled.err
    seen = command("status", "plant")
    assert seen.code == 0
    alarms = [line for line in seen.out.splitlines() if line.strip().startswith("Pumpe Süd")]
    assert any("2024-03-06" in line for line in alarms), seen.out
    assert "/" in seen.out.split("champion", 1)[1].split(",", 1)[0]

    listed = command("models", "list", "plant")
    assert "champion" in listed.out and "deviation/1" in listed.out
    kept = command("models", "calibration", "plant")
    assert kept.code == 0, kept.err
    assert "alarm_budget (in use)" in kept.out and "split_conformal" in kept.out and "counted on" in kept.out
    before = _champion(seen.out)
    other = next(name for name in ("deviation", "isolation_forest") if not before.startswith(name))
    assert command("models", "promote", "plant", other, "--reason", "to see it").code == 0
    assert _champion(command("status", "plant").out).startswith(other)
    assert command("models", "rollback", "plant").code == 0
    assert _champion(command("status", "plant").out) == before

    assert command("models", "shadow", "plant", other).code == 0
    assert "no window in common" in command("models", "compare", "plant").out
    again = command("backfill", "plant", "--from", "2024-03-06", "--to", "2024-03-06")
    assert again.code == 0 and "1, scored 1" in again.out
    compared = command("models", "compare", "plant").out
    assert "288 windows, 2024-03-06 00:00 to 2024-03-07 00:00 UTC" in compared
    assert "rank correlation of scores" in compared
    assert len(installation.home.joinpath("warehouse.duckdb").read_bytes()) > 0

    (tmp_path / "plant" / "Pumpe Nord.csv").write_text("")
    broken = command("backfill", "plant")
    assert broken.code == 0
    assert "Pumpe Nord.csv is empty" in broken.err
    assert "2,016" in broken.out  # what the file said before stays in force


def _champion(status: str) -> str:
    line = next(line for line in status.splitlines() if line.startswith("champion"))
    return line.split()[1].rstrip(",")


def test_a_run_that_fails_ends_with_one_and_its_own_sentence(
    command: Command, installation: Platform, tmp_path: Path
) -> None:
    _plant(tmp_path / "plant", days=3)
    command("init", "plant", "--from", tmp_path / "plant")
    path = installation.configs / "fleets" / "plant.yaml"
    text = path.read_text()
    path.write_text(
        "\n".join("  window: {first: 400d}" if "  window: {" in line else line for line in text.splitlines())
    )
    ended = command("backfill", "plant")
    assert ended.code == 1
    assert "training.min_coverage" in ended.err and "Remedy" in ended.err
    assert "cleaned sensors" in ended.out


@pytest.mark.parametrize(
    ("texts", "told"),
    [({}, "there are no raw files"), ({"2024-03-01.csv": ""}, "could be read"), ({"a.csv": "x\n"}, "could be read")],
    ids=["none", "empty", "of another kind"],
)
def test_a_folder_without_a_reading_is_a_mistake_with_a_remedy(
    command: Command, tmp_path: Path, texts: dict[str, str], told: str
) -> None:
    (tmp_path / "raw").mkdir()
    for name, text in texts.items():
        (tmp_path / "raw" / name).write_text(text)
    ended = command("backfill", "pump_loop", "--raw", tmp_path / "raw")
    assert ended.code == 2
    assert told in ended.err and "remedy" in ended.err


def test_the_ui_is_left_running_and_stops_when_told(command: Command, installation: Platform) -> None:
    from anomaly_assets.cli import server

    started = command("ui", "--port", server.free_port(3900))
    try:
        assert started.code == 0, started.err
        up = server.running(installation)
        assert up is not None and server.answers(up)
        assert up.url in started.out
        assert up.url in command("ui").out
    finally:
        stopped = command("ui", "--stop")
    assert "Stopped" in stopped.out
    assert up is not None and not server.answers(up)
