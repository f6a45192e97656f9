"""Files that come are scored, drift launches one retraining; ticks are evaluated as the daemon does."""

import json
import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import polars as pl
import pytest

from anomaly_assets.orchestration import TRAILING_TAG, build_defs
from anomaly_assets.pipelines import trailing, train_all
from anomaly_assets_tests.pipelines.forecast.conftest import settings
from anomaly_assets_tests.pipelines.plant import DAY, DAYS

from .conftest import Installation

Tick = Callable[..., Any]
FIRST, LAST = "dagster/asset_partition_range_start", "dagster/asset_partition_range_end"


@pytest.fixture
def empty() -> Iterator[dg.DagsterInstance]:
    """An instance in which nothing has ever run."""
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


def ticked(here: Installation, sensor: str, instance: dg.DagsterInstance, cursor: str | None = None) -> Any:
    """Evaluate one tick: run requests, cursor and the reason for skipping."""
    defs = here.defs
    made = dg.build_sensor_context(instance=instance, cursor=cursor, definitions=defs, resources=defs.resources)
    with made as context:
        return defs.resolve_sensor_def(f"ponds_{sensor}").evaluate_tick(context)


def spans(here: Installation, tick: Any) -> list[tuple[int, int]]:
    """Number of the first and the last day that each request asks for."""
    numbers = {here.plant.day(number).isoformat(): number for number in range(DAYS)}
    return [(numbers[request.tags[FIRST]], numbers[request.tags[LAST]]) for request in tick.run_requests or []]


class TestFiles:
    @pytest.fixture
    def look(self, here: Installation) -> Iterator[Tick]:
        """Ticks on the instance in which everything was backfilled."""
        with here.instance() as instance:
            yield lambda cursor=None: ticked(here, "raw_files", instance, cursor)

    @pytest.fixture
    def known(self, look: Tick) -> str:
        return str(look().cursor)

    def test_that_were_never_scored_are_asked_for_at_the_first_look(
        self, here: Installation, empty: dg.DagsterInstance
    ) -> None:
        tick = ticked(here, "raw_files", empty)
        assert spans(here, tick) == [(0, DAYS - 1)], "as one run"
        assert set(json.loads(tick.cursor)) == {here.plant.day(number).isoformat() for number in range(DAYS)}

    def test_that_were_backfilled_are_not_asked_for_at_the_first_look(self, look: Tick) -> None:
        assert look().run_requests == []

    def test_that_were_empty_when_backfilled_are_asked_for_once_their_files_have_come(
        self, here: Installation, look: Tick
    ) -> None:
        missing = here.plant.file(DAYS - 1)
        text = missing.read_text()
        missing.unlink()
        assert here.run("daily", DAYS - 1, DAYS).success
        missing.write_text(text)
        assert spans(here, look()) == [(DAYS - 1, DAYS - 1)]

    def test_that_did_not_change_ask_for_nothing_and_say_so(self, look: Tick, known: str) -> None:
        tick = look(known)
        assert (tick.run_requests, tick.cursor) == ([], known)
        assert "no new or changed days" in tick.skip_message

    def test_that_changed_ask_for_their_days_and_those_that_look_back_at_them(
        self, here: Installation, look: Tick, known: str
    ) -> None:
        for number in (4, 12):
            here.plant.file(number).write_text(here.plant.file(number).read_text().replace(",", ",1", 2))
        reach = here.plant.fleet.lookback + here.plant.fleet.cleaning_lookback
        later = -(-reach // DAY)
        assert spans(here, look(known)) == [(4, 4 + later), (12, 12 + later)]

    def test_that_changed_are_asked_for_once(self, here: Installation, look: Tick, known: str) -> None:
        here.plant.file(4).unlink()
        first, again = look(known), look(known)
        assert first.run_requests[0].run_key == again.run_requests[0].run_key, "a repeated request is harmless"
        assert look(first.cursor).run_requests == []

    def test_that_changed_again_have_another_run_key(self, here: Installation, look: Tick, known: str) -> None:
        text, keys = here.plant.file(4).read_text(), set()
        for rows in (100, 120, 140):
            here.plant.file(4).write_text("\n".join(text.splitlines()[:rows]) + "\n")
            tick = look(known)
            known = tick.cursor
            keys |= {request.run_key for request in tick.run_requests}
        assert len(keys) == 3

    def test_that_were_touched_but_say_the_same_ask_for_nothing(
        self, here: Installation, look: Tick, known: str
    ) -> None:
        text = here.plant.file(4).read_bytes()
        here.plant.file(4).unlink()
        here.plant.file(4).write_bytes(text)
        assert look(known).run_requests == []

    def test_of_a_fleet_with_a_champion_run_the_daily_job(self, here: Installation, empty: dg.DagsterInstance) -> None:
        assert {request.job_name for request in ticked(here, "raw_files", empty).run_requests} == {"ponds_daily"}

    def test_of_a_fleet_without_one_make_the_first_on_the_way(
        self, here: Installation, empty: dg.DagsterInstance, empty_registry: Path
    ) -> None:
        shutil.rmtree(here.plant.home / "registry")
        shutil.copytree(empty_registry, here.plant.home / "registry")
        assert {request.job_name for request in ticked(here, "raw_files", empty).run_requests} <= {"ponds_daily", None}
        table = here.site.table(here.plant.fleet, "scores")
        assert here.run("daily", 0, DAYS).success
        assert set(here.site.warehouse.days(table)) >= {here.plant.day(number) for number in range(DAYS)}
        assert here.site.registry.alias(here.plant.fleet.fleet, "champion") is not None

    def test_outside_the_partitions_are_kept_for_later(
        self, copied: Callable[..., Installation], empty: dg.DagsterInstance, original: Installation
    ) -> None:
        here = copied(start=original.plant.day(5).isoformat())
        tick = ticked(here, "raw_files", empty)
        assert spans(here, tick) == [(5, DAYS - 1)]
        assert min(json.loads(tick.cursor)) == here.plant.day(5).isoformat(), (
            "the days before are asked for once possible"
        )

    def test_that_cannot_be_read_do_not_stop_the_others(self, here: Installation, look: Tick, known: str) -> None:
        here.plant.file(3).write_bytes(b"")
        here.plant.file(9).unlink()
        assert 9 in {first for first, _ in spans(here, look(known))}

    def test_as_requested_are_scored_by_the_run(self, here: Installation, look: Tick, known: str) -> None:
        text = here.plant.file(DAYS - 1).read_text().splitlines()
        here.plant.file(DAYS - 1).write_text("\n".join(text[: len(text) // 2]) + "\n")
        tick = look(known)
        first, last = spans(here, tick)[0]
        before = here.site.warehouse.days(here.site.table(here.plant.fleet, "scores"))[here.plant.day(DAYS - 1)]
        assert here.run("daily", first, last + 1).success
        after = here.site.warehouse.days(here.site.table(here.plant.fleet, "scores"))[here.plant.day(DAYS - 1)]
        assert 0 < after < before


class TestDrift:
    """The fleet asks for two drifted days in a row."""

    @staticmethod
    def drifted(here: Installation, *numbers: int) -> None:
        """Let the days with these numbers have drifted and no others."""
        site, plant = here.site, here.plant
        table = site.table(plant.fleet, "drift_report")
        days = [plant.day(number) for number in numbers]
        report = site.warehouse.read(table).with_columns(drifted=pl.col("day").is_in(days))
        site.warehouse.replace(table, report, plant.span.start, plant.span.end)

    @pytest.fixture
    def look(self, here: Installation, empty: dg.DagsterInstance) -> Tick:
        return lambda cursor=None: ticked(here, "drift", empty, cursor)

    def test_that_is_none_launches_nothing_and_says_so(self, here: Installation, look: Tick) -> None:
        self.drifted(here)
        tick = look()
        assert not tick.run_requests
        assert "drifted, not all" in tick.skip_message

    def test_of_enough_days_launches_one_retraining_on_the_latest_days(self, here: Installation, look: Tick) -> None:
        self.drifted(here, DAYS - 2, DAYS - 1)
        tick = look()
        (request,) = tick.run_requests
        assert request.tags[TRAILING_TAG] == "trailing"
        assert "2 days in a row drifted" in request.tags["anomaly_assets/reason"]
        assert tick.cursor == here.plant.day(DAYS - 1).isoformat()

    def test_of_one_day_is_not_enough(self, here: Installation, look: Tick) -> None:
        self.drifted(here, DAYS - 3, DAYS - 1)
        assert not look().run_requests

    def test_that_has_launched_one_launches_no_second(self, here: Installation, look: Tick) -> None:
        self.drifted(here, DAYS - 2, DAYS - 1)
        tick = look(look().cursor)
        assert not tick.run_requests
        assert "already launched" in tick.skip_message

    def test_asked_again_has_the_same_run_key(self, here: Installation, look: Tick) -> None:
        self.drifted(here, DAYS - 2, DAYS - 1)
        assert look().run_requests[0].run_key == look().run_requests[0].run_key

    def test_of_long_ago_is_no_news(self, here: Installation, look: Tick) -> None:
        """A backfill of history must not retrain today's model."""
        self.drifted(here, *range(10))
        assert not look().run_requests

    def test_within_the_cooldown_waits(self, here: Installation, look: Tick) -> None:
        self.drifted(here, DAYS - 2, DAYS - 1)
        train_all(here.site, here.plant.fleet, trailing(here.plant.fleet))
        tick = look()
        assert not tick.run_requests
        assert "cooldown is 1w" in tick.skip_message or "cooldown is 7d" in tick.skip_message

    def test_after_the_cooldown_launches_the_next(
        self, copied: Callable[..., Installation], empty: dg.DagsterInstance
    ) -> None:
        here = copied(retraining={"drifted_days": 2, "window": "5d", "cooldown": "1ms"})
        self.drifted(here, DAYS - 2, DAYS - 1)
        train_all(here.site, here.plant.fleet, trailing(here.plant.fleet))
        assert len(ticked(here, "drift", empty).run_requests) == 1

    def test_right_after_the_first_training_is_not_held_back_by_it(self, here: Installation, look: Tick) -> None:
        """The first training was no answer to drift, so no cooldown follows it."""
        self.drifted(here, DAYS - 2, DAYS - 1)
        made = here.site.registry.get("ponds", "champion").created_at
        assert made.date() - here.plant.day(DAYS - 1) <= timedelta(days=1), "trained just now"
        assert len(look().run_requests) == 1

    def test_of_an_empty_fleet_is_no_error(self, here: Installation, look: Tick) -> None:
        table = here.site.table(here.plant.fleet, "drift_report")
        here.site.warehouse.replace(table, table.empty(), here.plant.span.start, here.plant.span.end)
        assert not look().run_requests


class TestDriftOfForecasts:
    """The second reason: the fleet is forecast, and its features have not drifted."""

    @pytest.fixture
    def here(self, copied: Callable[..., Installation]) -> Installation:
        here = copied(forecast=settings())
        TestDrift.drifted(here)
        return here

    @staticmethod
    def drifted(here: Installation, ratio: float, severity: float = 0.0) -> None:
        """Let every day's forecasts have been off by so much; 1.5 is tolerated, and 0.1 of severity."""
        site, fleet = here.site, here.plant.fleet
        table = site.table(fleet, "forecast_monitoring")
        rows = pl.DataFrame({"day": here.plant.span.days()}).with_columns(
            readings=100, ratio=ratio, tolerance=1.5, median_severity=severity, severity_tolerance=0.1
        )
        told = rows.with_columns(drifted=(pl.col("ratio") > 1.5) | (pl.col("median_severity") > 0.1))
        site.warehouse.replace(
            table, pl.concat([table.empty(), told], how="diagonal_relaxed"), here.plant.span.start, here.plant.span.end
        )

    @pytest.mark.parametrize(
        ("off", "named"), [((2.0, 0.0), "by error"), ((1.0, 0.5), "by severity"), ((2.0, 0.5), "by error and severity")]
    )
    def test_launches_one_retraining_and_names_the_tolerance(
        self, here: Installation, empty: dg.DagsterInstance, off: tuple[float, float], named: str
    ) -> None:
        self.drifted(here, *off)
        tick = ticked(here, "drift", empty)
        (request,) = tick.run_requests
        assert request.tags[TRAILING_TAG] == "trailing"
        reason = request.tags["anomaly_assets/reason"]
        assert reason.startswith("forecasts: 2 days in a row drifted") and f"({named})" in reason
        assert tick.cursor == here.plant.day(DAYS - 1).isoformat() in request.run_key
        assert not ticked(here, "drift", empty, tick.cursor).run_requests, "once"

    def test_that_is_none_says_so_of_both(self, here: Installation, empty: dg.DagsterInstance) -> None:
        self.drifted(here, 1.4)
        tick = ticked(here, "drift", empty)
        assert not tick.run_requests
        assert "features: 0 of" in tick.skip_message and "forecasts: 0 of" in tick.skip_message

    def test_launches_one_where_no_detector_is_in_force_yet(
        self, here: Installation, empty: dg.DagsterInstance, empty_registry: Path
    ) -> None:
        shutil.rmtree(here.plant.home / "registry")
        shutil.copytree(empty_registry, here.plant.home / "registry")
        self.drifted(here, 2.0)
        assert len(ticked(here, "drift", empty).run_requests) == 1


def test_definitions_made_before_the_first_file_load(here: Installation) -> None:
    here.plant.raw.rename(here.plant.root / "elsewhere")
    defs = build_defs({"ponds": here.plant.fleet}, here.plant.platform)
    dg.Definitions.validate_loadable(defs)
