"""A model is found by what a person calls it, and by nothing else."""

import pickle
import shutil
from pathlib import Path

import joblib
import numpy as np
import pytest
from polars.testing import assert_frame_equal
from sklearn.ensemble import IsolationForest

from anomaly_assets.errors import RegistryError, ScoringError
from anomaly_assets.pipelines import Site, score_features
from anomaly_assets.pipelines.batch.models import available, open_model

from ..plant import Plant
from .works import features_of


class Evil:
    """Leaves a trace where it is unpickled."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self):
        return Path.touch, (self.trace,)


def test_load_model(at: Site, features) -> None:
    """A fleet's detector is opened in its latest version, with the bundle that the platform itself would load."""
    opened = open_model(at, "ponds/isolation_forest")
    version = at.registry.get("ponds", "isolation_forest")
    assert (opened.name, opened.kind) == ("ponds_isolation_forest", "isolation_forest")
    assert opened.version == version.version and (opened.path / "manifest.json").is_file()
    own = score_features(at.registry.load("ponds", version.version), features)
    assert_frame_equal(score_features(opened.bundle, features)[["score"]], own[["score"]], check_exact=True)


def test_load_model_invalid_path(at: Site) -> None:
    """What doesn't exist is refused with the models that do, and with the command that lists them."""
    for wrong in ("artifacts/models/ims_iforest", "nofleet", "../x/y", "/nowhere/bundle", "missing.joblib"):
        with pytest.raises(ScoringError, match="there is no model") as told:
            open_model(at, wrong)
        assert wrong in str(told.value) and "ponds/isolation_forest/" in str(told.value)
        assert "anomaly-assets models list" in str(told.value)


def test_a_detector_that_a_fleet_does_not_have_is_refused_with_those_it_has(at: Site) -> None:
    with pytest.raises(RegistryError, match="isolation_forest/"):
        open_model(at, "ponds/lstm")


def test_a_fleet_without_a_model_is_told_how_to_get_one(empty_registry: Path, original: Plant, tmp_path: Path) -> None:
    fresh = original.copied(tmp_path / "fresh")
    shutil.rmtree(fresh.home / "registry")
    shutil.copytree(empty_registry, fresh.home / "registry")
    for reference in ("ponds", "ponds/deviation/1"):
        with pytest.raises(ScoringError, match=r"fleet ponds has no model yet.*anomaly-assets train ponds"):
            open_model(fresh.site(), reference)


def test_a_release_package_is_refused_with_what_scores_instead(tmp_path: Path, at: Site) -> None:
    for name in ("manifest.json", "model.onnx"):
        (tmp_path / name).touch()
    with pytest.raises(ScoringError, match=r"is a release package.*the version that was released") as told:
        open_model(at, str(tmp_path))
    assert "--trust-pickle" not in str(told.value)
    (tmp_path / "model.joblib").touch()
    with pytest.raises(ScoringError, match=r"model\.joblib and --trust-pickle"):
        open_model(at, str(tmp_path))


def test_a_fleet_alone_means_its_champion(original: Plant) -> None:
    site = original.site()
    champion = site.registry.get("ponds", "champion")
    opened = open_model(site, "ponds")
    assert (opened.version, opened.name) == (champion.version, f"ponds_{champion.detector}")


def test_a_version_is_asked_for_by_detector_and_number(original: Plant) -> None:
    site = original.site()
    oldest = min(site.registry.versions("ponds"), key=lambda version: version.version)
    assert open_model(site, f"ponds/{oldest.name}").version == oldest.version
    with pytest.raises(RegistryError, match="99"):
        open_model(site, f"ponds/{oldest.detector}/99")


def test_the_folder_of_a_bundle_is_a_model_wherever_it_lies(at: Site, works: Plant, tmp_path: Path) -> None:
    bundle = open_model(at, "ponds/deviation").bundle
    bundle.save(tmp_path / "elsewhere")
    opened = open_model(at, str(tmp_path / "elsewhere"))
    assert opened.version is None and opened.path == tmp_path / "elsewhere"
    windows = features_of(works).head(50)
    assert_frame_equal(
        score_features(opened.bundle, windows)[["score"]], score_features(bundle, windows)[["score"]], check_exact=True
    )


def test_a_damaged_bundle_is_refused(at: Site, tmp_path: Path) -> None:
    open_model(at, "ponds/deviation").bundle.save(tmp_path / "bundle")
    (tmp_path / "bundle" / "scaler.json").write_text("{}")
    with pytest.raises(RegistryError, match=r"scaler\.json"):
        open_model(at, str(tmp_path / "bundle"))


def test_a_folder_that_is_no_bundle_is_refused(at: Site, tmp_path: Path) -> None:
    with pytest.raises(ScoringError, match=r"without a manifest\.json"):
        open_model(at, str(tmp_path))


def test_a_pickle_is_opened_only_for_those_who_trust_it(at: Site, features, tmp_path: Path) -> None:
    from anomaly_assets.registry.release.joblib_file import write_joblib

    bundle, path = open_model(at, "ponds/deviation").bundle, tmp_path / "model.joblib"
    write_joblib(bundle, path)
    with pytest.raises(RegistryError, match="can run any code"):
        open_model(at, str(path))
    opened = open_model(at, str(path), trust_pickle=True)
    assert opened.name == "ponds_deviation" and opened.version is None and opened.path == path
    assert_frame_equal(
        score_features(opened.bundle, features)[["score"]],
        score_features(bundle, features)[["score"]],
        check_exact=True,
    )


def test_a_pickle_that_is_not_trusted_runs_nothing(at: Site, tmp_path: Path) -> None:
    path, trace = tmp_path / "evil.joblib", tmp_path / "it_ran"
    path.write_bytes(pickle.dumps(Evil(trace)))
    with pytest.raises(RegistryError, match="trust-pickle"):
        open_model(at, str(path))
    assert not trace.exists()
    pickle.loads(path.read_bytes())
    assert trace.exists(), "it would have run"


def test_a_threshold_that_was_turned_with_its_scores_is_told(at: Site, tmp_path: Path) -> None:
    rows = np.random.default_rng(0).normal(size=(100, 2))
    artefact = {"model": IsolationForest(random_state=0).fit(rows), "features": ["a", "b"], "threshold": -0.6}
    joblib.dump(artefact, tmp_path / "ims_iforest.joblib")
    opened = open_model(at, str(tmp_path / "ims_iforest.joblib"), trust_pickle=True)
    assert opened.bundle.require_threshold().value == 0.6
    assert "its threshold -0.6 too" in opened.warnings[0]


def test_available_models_are_called_as_they_are_opened(at: Site) -> None:
    for told in available(at):
        name = told.partition(" (")[0]
        assert open_model(at, name).name == "_".join(name.split("/")[:2])


def test_a_baseline_is_opened_with_a_warning(at: Site) -> None:
    assert "baseline" in open_model(at, "ponds/random_score").warnings[0]
    assert open_model(at, "ponds/deviation").warnings == ()
