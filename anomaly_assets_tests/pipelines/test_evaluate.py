"""A model is measured on windows it was never fitted on, beside detectors that know nothing."""

import json
from collections.abc import Callable
from typing import Any

import polars as pl
import pytest

from anomaly_assets.config import FleetConfig
from anomaly_assets.evaluation import NOT_ENOUGH, Measurement, label_windows, measure
from anomaly_assets.pipelines import (
    Evaluation,
    Site,
    calibrate_detector,
    evaluate,
    judge_gates,
    save_report,
    train_detector,
)
from anomaly_assets.pipelines.evaluate import evaluate_held_back
from anomaly_assets.pipelines.following import judged
from anomaly_assets.pipelines.training_spans import spans_of
from anomaly_assets.pipelines.unseen import unseen_windows

from .plant import PATIENCE, Plant

MOVING = {"method": "adaptive_budget", "params": {"share": 0.05, "persistence": 5, "hold_off": 3, "growth_windows": 50}}
QUICK: dict[str, Any] = {"resamples": 60, "min_events": 2}


def held_to(plant: Plant, **gates: Any) -> FleetConfig:
    return FleetConfig.model_validate(plant.written | {"gates": {"latency": PATIENCE} | QUICK | gates})


def unseen(plant: Plant, table: str = "features") -> pl.DataFrame:
    """Rows of a table after the part that the champion was fitted on."""
    site, fleet = plant.site(), plant.fleet
    spans = spans_of(site.registry.load("ponds", "champion")).select("unit_id", "resume")
    rows = site.warehouse.read(site.table(fleet, table)).join(spans, on="unit_id", how="left")
    return rows.filter(pl.col("resume").is_null() | (pl.col("window_start") >= pl.col("resume")))


@pytest.fixture(scope="module")
def evaluation(original: Plant) -> Evaluation:
    return evaluate(original.site(), held_to(original))


class TestWhatIsMeasured:
    def test_is_every_window_that_was_not_fitted_on_and_no_other(self, evaluation: Evaluation, original: Plant) -> None:
        rows = unseen(original)
        assert evaluation.measured.windows == rows.height
        assert (evaluation.first, evaluation.last) == (rows["window_start"].min(), rows["window_end"].max())

    def test_is_what_the_scores_table_says_of_these_windows(self, evaluation: Evaluation, original: Plant) -> None:
        site, fleet = original.site(), held_to(original)
        labels = site.warehouse.read(site.table(fleet, "labels"))
        asked = {"merge_gap": fleet.threshold.merge_gap, "buffer": evaluation.buffer, "resamples": 0}
        expected = measure(unseen(original, "scores"), labels, **asked)  # type: ignore[arg-type]
        for name in ("auc_pr", "roc_auc", "vus_pr", "precision", "recall", "far", "event_recall"):
            assert getattr(evaluation.measured, name) == getattr(expected, name)

    def test_comes_with_intervals_around_it(self, evaluation: Evaluation) -> None:
        measured = evaluation.measured
        assert measured.far is not None and measured.intervals["far"] is not None
        low, high = measured.intervals["far"]
        assert low <= measured.far <= high

    def test_is_the_same_every_time(self, evaluation: Evaluation, original: Plant) -> None:
        again = evaluate(original.site(), held_to(original))
        assert (again.measured, again.against, again.strata) == (
            evaluation.measured,
            evaluation.against,
            evaluation.strata,
        )

    def test_is_told_of_any_version(self, original: Plant) -> None:
        found = evaluate(original.site(), held_to(original), "random_score")
        assert found.version == "random_score/2"
        assert "better" not in {other.verdict for other in found.against}, "who draws lots is better than nobody"

    def test_names_right_sensors_where_labels_name_causes(self, evaluation: Evaluation) -> None:
        found = evaluation.diagnosis
        assert found is not None and found.events >= 1
        assert found.hit_at_3 == 1 == found.chance_at_3, "there are two sensors"

    def test_takes_a_moment_per_window(self, evaluation: Evaluation) -> None:
        spent = evaluation.latency
        assert spent.median is not None and spent.p05 is not None and spent.p95 is not None
        assert 0 < spent.p05 <= spent.median <= spent.p95


class TestHeldBack:
    def test_is_all_that_a_promotion_looks_at(self, original: Plant) -> None:
        site, bundle = original.site(), original.site().registry.load("ponds", "champion")
        found = evaluate_held_back(site, held_to(original), bundle, "deviation/1")
        spans = spans_of(bundle)
        assert found.first is not None and found.last is not None
        assert found.first >= spans["resume"].min() and found.last <= spans["end"].max()  # type: ignore[operator]
        assert 0 < found.measured.windows < unseen(original).height
        assert found.strata == {}


class TestTrivialRows:
    def test_are_measured_on_the_same_windows(self, evaluation: Evaluation) -> None:
        assert list(evaluation.trivial) == ["random_score", "always_alarm", "age", "range_check"]
        for row in evaluation.trivial.values():
            assert (row.windows, row.events) == (evaluation.measured.windows, evaluation.measured.events)

    def test_that_always_alarm_find_everything_and_rank_nothing(self, evaluation: Evaluation) -> None:
        row = evaluation.trivial["always_alarm"]
        assert (row.event_recall, row.far, row.roc_auc) == (1.0, 1.0, 0.5)
        assert row.auc_pr == pytest.approx(row.prevalence)

    def test_that_look_at_the_clock_flag_everything_after_training(self, evaluation: Evaluation) -> None:
        row = evaluation.trivial["age"]
        assert row.far is not None and row.far > 0.5

    def test_are_set_against_the_champion_on_average_precision(self, evaluation: Evaluation) -> None:
        for other in evaluation.against:
            own, theirs = evaluation.measured.auc_pr, evaluation.trivial[other.name].auc_pr
            assert own is not None and theirs is not None
            assert other.difference.estimate == pytest.approx(own - theirs)


class TestStrata:
    def test_say_where_there_are_not_enough_events(self, original: Plant) -> None:
        found = evaluate(original.site(), held_to(original, min_events=50)).strata
        assert found and {stratum for strata in found.values() for stratum in strata.values()} == {NOT_ENOUGH}

    def test_are_measured_where_there_are(self, evaluation: Evaluation) -> None:
        part = evaluation.strata["part"]["after training"]
        assert isinstance(part, Measurement)
        assert 2 <= part.events <= evaluation.measured.events
        assert part.windows < evaluation.measured.windows

    def test_name_every_failure_type(self, evaluation: Evaluation, original: Plant) -> None:
        site = original.site()
        labels = site.warehouse.read(site.table(original.fleet, "labels"))
        assert set(evaluation.strata["failure type"]) <= set(labels["failure_type"])
        assert set(evaluation.strata["failure type"]) >= {"spike", "level_shift"}

    def test_that_tell_nothing_apart_are_left_out(self, evaluation: Evaluation) -> None:
        assert "operating mode" not in evaluation.strata, "the ponds have no settings"
        assert "lead" not in evaluation.strata, "nothing in the ponds runs to failure"


class TestWithoutLabels:
    @pytest.fixture
    def unlabelled(self, plant: Plant) -> Site:
        site = plant.site()
        table = site.table(plant.fleet, "labels")
        site.warehouse.replace(table, table.empty(), plant.span.start, plant.span.end)
        return site

    def test_false_alarms_and_latency_are_all_that_is_told(self, unlabelled: Site, plant: Plant) -> None:
        found = evaluate(unlabelled, held_to(plant))
        assert found.measured.events == 0 and found.measured.far is not None
        assert found.against == () and found.strata == {} and found.diagnosis is None
        judged = {verdict.name: verdict.passed for verdict in judge_gates(found, held_to(plant).gates)}
        assert {name for name, passed in judged.items() if passed is not None} == {"far", "latency"}


def test_the_report_is_a_file_with_everything_in_it(plant: Plant) -> None:
    site, fleet = plant.site(), held_to(plant)
    found = evaluate(site, fleet)
    place = save_report(site, fleet, found, judge_gates(found, fleet.gates))
    assert place == plant.home / "reports" / "ponds" / "evaluation.json"
    told = json.loads(place.read_text())
    assert told["measured"]["windows"] == found.measured.windows
    assert told["measured"]["intervals"]["far"] == list(found.measured.intervals["far"] or ())
    assert {row["name"] for row in told["against"]} == set(told["trivial"])
    assert all(gate["sentence"] for gate in told["gates"])
    assert list(place.parent.iterdir()) == [place]


def test_a_unit_that_training_never_saw_is_measured_from_its_first_window_on(copy: Callable[..., Plant]) -> None:
    plant = copy()
    site = plant.site()
    table = site.table(plant.fleet, "features")
    windows = site.warehouse.read(table)
    newcomer = windows.filter(unit_id=windows["unit_id"][0]).with_columns(unit_id=pl.lit("newcomer"))
    before = evaluate(site, held_to(plant)).measured.windows
    site.warehouse.replace(table, pl.concat([windows, newcomer]), plant.span.start, plant.span.end)
    assert evaluate(site, held_to(plant)).measured.windows == before + newcomer.height


def test_a_threshold_that_moves_goes_on_moving_while_it_is_measured(copy: Callable[..., Plant]) -> None:
    plant = copy(threshold=MOVING)
    site, fleet = plant.site(), plant.fleet
    train_detector(site, fleet, "deviation")
    number = calibrate_detector(site, fleet, "deviation").version
    bundle = site.registry.load("ponds", number)
    found = unseen_windows(site, fleet, bundle, {}, held_back_only=False)
    scored, threshold = found.scored, bundle.require_threshold()
    labelled = label_windows(scored, found.labels)
    expected = judged(threshold, scored, scored["score"].to_numpy(), {}, labelled).flags
    assert scored["is_anomaly"].to_list() == expected.tolist() != threshold.flags(scored["score"].to_numpy()).tolist()
