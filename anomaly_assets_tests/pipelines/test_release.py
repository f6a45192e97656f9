"""A registered version leaves as a package that answers as the scores table does, and the registry knows of it."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from anomaly_assets.config import FleetConfig
from anomaly_assets.errors import RegistryError, ReleaseError
from anomaly_assets.pipelines import Released, Site, evaluate, judge_gates, release, save_report
from anomaly_assets.registry.release.verify import verify

from .plant import Plant


@pytest.fixture
def fleet(plant: Plant) -> FleetConfig:
    return plant.fleet


def manifest(made: Released) -> dict:
    return json.loads((made.package.path / "manifest.json").read_text())


class TestAReleasedChampion:
    def test_lies_below_the_home_under_its_number_and_is_sound(self, site: Site, fleet: FleetConfig) -> None:
        made = release(site, fleet)
        assert made.package.path == site.platform.home / "releases" / "ponds_deviation" / "1"
        assert verify(made.package.path).passed
        assert manifest(made)["status"] == "champion"

    def test_is_noted_on_its_version_without_a_path(self, site: Site, fleet: FleetConfig, tmp_path: Path) -> None:
        made = release(site, fleet, folder=tmp_path / "out", version="1.0.0")
        seen = site.registry.get("ponds", "champion")
        assert (seen.released, seen.status) == ("1.0.0", "champion")
        assert json.loads(seen.tags["release"])["sha256"] == made.package.sha256 == manifest(made)["sha256"]
        assert str(tmp_path) not in seen.tags["release"]
        assert site.registry.get("ponds", "random_score").released is None

    def test_scores_as_the_scores_table_says(self, site: Site, fleet: FleetConfig) -> None:
        import onnxruntime

        made = release(site, fleet)
        features = site.warehouse.read(site.table(fleet, "features"))
        table = site.warehouse.read(site.table(fleet, "scores"))
        names = [c["name"] for c in json.loads((made.package.path / "signature.json").read_text())["columns"]]
        session = onnxruntime.InferenceSession(made.package.path / "model.onnx")
        given = {
            "features": features.select(pl.col(names).fill_null(np.nan)).to_numpy(),
            "unit": features["unit_id"].to_numpy().astype(object),
        }
        score, flag = session.run(["score", "flag"], {one.name: given[one.name] for one in session.get_inputs()})
        both = features.select("unit_id", "window_start").with_columns(mine=pl.Series(score), flagged=pl.Series(flag))
        both = both.join(table, on=["unit_id", "window_start"])
        assert both.height == table.height > 100 and both["is_anomaly"].any()
        assert both["mine"].to_numpy() == pytest.approx(both["score"].to_numpy(), rel=1e-9)
        assert both["flagged"].equals(both["is_anomaly"], check_names=False)

    def test_is_judged_by_windows_that_were_held_back_from_it(self, site: Site, fleet: FleetConfig) -> None:
        made = release(site, fleet)
        bundle = site.registry.load("ponds")
        first = min(start for start, _ in bundle.manifest.validation_windows.values())
        names = [c["name"] for c in json.loads((made.package.path / "signature.json").read_text())["columns"]]
        earlier = site.warehouse.read(site.table(fleet, "features"), None, first).select(
            pl.col(names).fill_null(np.nan)
        )
        with np.load(made.package.path / "examples.npz") as stored:
            seen = stored["features"][: made.package.parity.examples]
        fitted = {row.tobytes() for row in earlier.to_numpy()}
        assert not any(row.tobytes() in fitted for row in seen)


class TestStatus:
    def test_of_a_version_that_nobody_tries_out_is_validation_until_it_is_promoted(
        self, site: Site, fleet: FleetConfig, plant: Plant
    ) -> None:
        from anomaly_assets.pipelines import calibrate_detector, train_detector

        train_detector(site, fleet, "deviation")
        fresh = calibrate_detector(site, fleet, "deviation").version
        assert manifest(release(site, fleet, fresh))["status"] == "validation"
        for alias in ("shadow", "champion"):
            site.registry.set_alias("ponds", alias, fresh)
            with pytest.raises(ReleaseError, match="holds another package"):
                release(site, fleet, fresh)
            again = release(site, fleet, fresh, force=True)
            assert (manifest(again)["status"], again.package.outcome) == (alias, "replaced")


class TestTheRecordOfAnEvaluation:
    @pytest.fixture
    def saved(self, site: Site, fleet: FleetConfig) -> dict:
        evaluation = evaluate(site, fleet)
        return json.loads(save_report(site, fleet, evaluation, judge_gates(evaluation, fleet.gates)).read_text())

    def test_of_this_version_stands_in_the_card_and_the_metrics(
        self, site: Site, fleet: FleetConfig, saved: dict
    ) -> None:
        made = release(site, fleet)
        assert json.loads((made.package.path / "metrics.json").read_text())["evaluation"] == saved
        low, high = saved["measured"]["intervals"]["far"]
        assert f"| {saved['measured']['far']:.4g} | {low:.3g} to {high:.3g} |" in made.package.card
        for name, trivial in saved["trivial"].items():
            assert f"| {name} | {trivial['auc_pr']:.4g} |" in made.package.card

    def test_of_another_version_is_left_out(self, site: Site, fleet: FleetConfig, saved: dict) -> None:
        place = site.platform.home / "reports" / "ponds" / "evaluation.json"
        place.write_text(json.dumps(saved | {"version": "deviation/7"}))
        made = release(site, fleet)
        assert json.loads((made.package.path / "metrics.json").read_text())["evaluation"] is None
        assert "was not evaluated" in made.package.card

    def test_that_is_damaged_is_told(self, site: Site, fleet: FleetConfig, saved: dict) -> None:
        (site.platform.home / "reports" / "ponds" / "evaluation.json").write_text("{")
        with pytest.raises(ReleaseError, match="can't be read"):
            release(site, fleet)


class TestWhatIsRefused:
    def test_is_a_baseline(self, site: Site, fleet: FleetConfig) -> None:
        with pytest.raises(ReleaseError, match="never released"):
            release(site, fleet, "random_score")
        assert not any((site.platform.home / "releases").rglob("*"))

    def test_is_a_version_that_there_is_not(self, site: Site, fleet: FleetConfig) -> None:
        with pytest.raises(RegistryError, match="no model 'deviation/9'"):
            release(site, fleet, "deviation/9")

    def test_is_a_version_whose_features_the_fleet_no_longer_has(self, site: Site, fleet: FleetConfig) -> None:
        changed = fleet.model_copy(update={"sensors": {"oxygen": fleet.sensors["oxygen"]}})
        with pytest.raises(ReleaseError, match="no longer those of deviation"):
            release(site, changed)
