"""What thresholds promise is set beside what they keep, on windows that no threshold was found on."""

from collections.abc import Callable

import polars as pl
import pytest

from anomaly_assets.pipelines import Site, calibration_report, train_all
from anomaly_assets.pipelines.calibration import ALARMS, FEWEST, WINDOWS
from anomaly_assets.pipelines.learning import find_threshold
from anomaly_assets.thresholds import methods

from .plant import Plant

Copy = Callable[..., Plant]
PROMISING = ["quantile", "split_conformal", "peaks_over_threshold", "adaptive_budget"]


def test_every_method_that_promises_a_share_is_counted_on_clean_windows_after_training(original: Plant) -> None:
    found = calibration_report(original.site(), original.fleet)
    assert found.version == "deviation/1"
    assert found.rows["method"].to_list() == ["alarm_budget (in use)", *PROMISING * 2]
    assert found.rows["counted"].to_list() == [ALARMS, *[WINDOWS] * 8]
    counted = found.rows.filter(pl.col("refused").is_null())
    assert counted["realised"].null_count() == 0 and (counted["realised"] >= 0).all()
    kept = counted["realised"] / counted["target"]
    assert counted["ratio"].to_list() == pytest.approx(kept.to_list())
    assert "clean windows after training" in found.judged_on


def test_labelled_windows_and_those_of_training_are_left_out(original: Plant) -> None:
    site = original.site()
    found = calibration_report(site, original.fleet)
    later = site.warehouse.read(site.table(original.fleet, "scores")).filter(~pl.col("in_training"))
    counted = int(found.judged_on.split()[0].replace(",", ""))
    assert FEWEST <= counted < later.height


def test_the_threshold_in_use_is_the_one_that_decides(original: Plant) -> None:
    site = original.site()
    found = calibration_report(site, original.fleet)
    scores = site.warehouse.read(site.table(original.fleet, "scores"))
    assert found.rows["threshold"][0] == found.in_use.value == scores["threshold"][0]
    assert found.rows["target"][0] == 0.1


def test_where_too_little_came_after_training_the_held_back_part_is_halved(plant: Plant, site: Site) -> None:
    table = site.table(plant.fleet, "features")
    site.warehouse.replace(table, table.empty(), plant.day(11), plant.span.end)
    found = calibration_report(site, plant.fleet)
    assert "later half" in found.judged_on
    shipped = site.registry.load("ponds", site.registry.get("ponds", "champion").version).require_threshold()
    assert found.in_use.windows < shipped.windows
    assert found.in_use.end < shipped.end
    assert found.rows["realised"][0] is not None


@pytest.mark.parametrize(
    ("method", "params", "target"),
    [
        ("quantile", {"q": 0.98}, 0.02),
        ("adaptive_budget", {"share": 0.05}, 0.05),
        ("split_conformal", {"alpha": 0.03}, 0.03),
    ],
)
def test_a_threshold_that_promises_a_share_of_windows_is_held_to_it(
    copy: Copy, method: str, params: dict[str, float], target: float
) -> None:
    plant = copy(threshold={"method": method, "params": params})
    train_all(plant.site(), plant.fleet)
    found = calibration_report(plant.site(), plant.fleet, "deviation")
    assert found.rows["method"][0] == f"{method} (in use)"
    assert (found.rows["counted"][0], found.rows["target"][0]) == (WINDOWS, pytest.approx(target))
    assert 0 <= found.rows["realised"][0] < 0.5


class TestAMethodThatLearnsFromLabels:
    def test_falls_back_to_the_alarm_budget_and_says_so_where_nothing_is_labelled(self, copy: Copy) -> None:
        plant = copy(threshold={"method": "f_beta", "params": {"beta": 1.0}})
        with pytest.warns(UserWarning, match="fleet ponds: f_beta needs labelled anomalies.*alarm_budget was used"):
            train_all(plant.site(), plant.fleet)
        site = plant.site()
        found = site.registry.load("ponds", site.registry.get("ponds", "deviation").version).require_threshold()
        assert found.method == "alarm_budget"
        assert found.assumption.startswith("f_beta needs labelled anomalies and none of the")

    def test_is_used_where_there_are_labels_and_warns_of_nothing(
        self, copy: Copy, recwarn: pytest.WarningsRecorder
    ) -> None:
        fleet = copy(threshold={"method": "f_beta"}).fleet
        scores = original_scores(copy().site(), fleet)
        labelled = scores["score"] > scores["score"].quantile(0.95)
        threshold = find_threshold(fleet, scores, scores["score"].to_numpy(), labelled)
        assert threshold.method == "f_beta"
        assert not [seen for seen in recwarn if "needs labelled" in str(seen.message)]


def original_scores(site: Site, fleet: object) -> pl.DataFrame:
    return site.warehouse.read(site.table(fleet, "scores"))  # type: ignore[arg-type]


def test_the_configuration_names_every_method_there_is() -> None:
    from anomaly_assets.config import ThresholdConfig

    told = ThresholdConfig.__doc__ or ""
    assert [method for method in methods() if f"``{method}``" not in told] == []
