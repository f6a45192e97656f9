"""The asset of incidents: what it tells, that it repeats itself, and that nobody who can't be reached harms it."""

import polars as pl
import pytest
import yaml
from polars.testing import assert_frame_equal

from anomaly_assets.orchestration import incident_plot as plotting
from anomaly_assets_tests.incidents.scored import hour, hourly, raised, windows
from anomaly_assets_tests.notifications.servers import http_server
from anomaly_assets_tests.pipelines.plant import DAYS

from .conftest import Installation


def table(here: Installation) -> pl.DataFrame:
    return here.site.warehouse.read(here.site.table(here.plant.fleet, "incidents"))


class TestOfABackfilledFleet:
    def test_tells_incidents_units_and_how_much_calmer_they_are(self, original: Installation) -> None:
        told, rows = original.latest("incidents")["incidents"].metadata, table(original)
        assert rows.height == told["rows"].value > 0
        assert told["open"].value == rows.filter(state="open").height
        alarms = original.site.warehouse.read(original.site.table(original.plant.fleet, "scores")).filter("is_anomaly")
        assert told["alarming"].value == alarms.height > rows.height
        assert told["alarms_per_incident"].value == pytest.approx(alarms.height / rows.height)
        assert told["chatter"].value >= 1
        assert rows["unit_id"][-1] in told["latest"].value
        assert sum(told["unit_states"].value.values()) == 3
        assert "data:image/png;base64," in told["plot"].value

    def test_gives_the_same_rows_when_a_day_is_run_again(self, here: Installation) -> None:
        before = table(here)
        assert here.run("daily", 14).success
        assert_frame_equal(table(here), before)

    def test_loses_the_incidents_of_a_day_whose_files_have_gone(self, here: Installation) -> None:
        rows = table(here)
        number = (rows["start"].dt.date().max() - here.plant.first).days
        here.plant.file(number).unlink()
        assert here.run("daily", number).success
        day = here.plant.day(number)
        assert rows.filter(pl.col("start").dt.date() == day).height
        assert table(here).filter(pl.col("start").dt.date() == day).is_empty()


class TestNotifications:
    @pytest.fixture
    def channels(self, here: Installation, monkeypatch: pytest.MonkeyPatch):
        def configure(url: str) -> None:
            monkeypatch.setenv("HOOK", url)
            written = {"channels": {"chat": {"kind": "webhook", "url_env": "HOOK"}}, "recent": "30d", "attempts": 1}
            (here.plant.platform.configs / "notifications.yaml").write_text(yaml.safe_dump(written))

        return configure

    def test_reach_people_once_and_a_channel_that_fails_is_told_in_the_metadata(self, here, channels) -> None:
        with http_server(503) as server:
            channels(server.url)
            assert here.run("daily", DAYS - 1).success
            told = here.latest("incidents")["incidents"].metadata
            assert "503" in str(told["not_told"].value) and "messages_sent" not in told
        with http_server() as server:
            channels(server.url)
            assert here.run("daily", DAYS - 1).success
            told = here.latest("incidents")["incidents"].metadata
            assert told["messages_sent"].value == len(server.messages) > 0 and "not_told" not in told
            heard = len(server.messages)
            assert here.run("daily", DAYS - 1).success
            assert len(server.messages) == heard


def test_the_picture_shows_every_incident_in_its_row_and_what_is_open(monkeypatch: pytest.MonkeyPatch) -> None:
    panels = []
    panel = plotting._panel
    monkeypatch.setattr(plotting, "_panel", lambda rows: panels.append(panel(rows)) or panels[-1])
    scored = pl.concat([windows("99900" * 4 + "99", "u"), windows("09", "v")])
    rows = raised(scored, hourly(), 0, 22).incidents.with_columns(group_id=pl.lit(None, pl.String))
    assert plotting.incident_plot(rows, hour(0), hour(22)) is not None
    axes = panels[0][1]
    assert len(axes.patches) == rows.height == 6
    assert [label.get_text() for label in axes.get_yticklabels()] == ["u", "v"]
    assert sum(line.get_marker() == ">" for line in axes.lines) == rows.filter(state="open").height == 1
    assert plotting.incident_plot(rows, hour(30), hour(50)) is None


def test_the_picture_begins_with_the_run_within_reason() -> None:
    day, week = hour(24) - hour(0), hour(7 * 24) - hour(0)
    end = hour(100 * 24)
    assert plotting.shown_from(end - day, end, week, 4 * week) == end - week
    assert plotting.shown_from(end - 2 * week, end, week, 4 * week) == end - 2 * week
    assert plotting.shown_from(hour(0), end, week, 4 * week) == end - 4 * week
