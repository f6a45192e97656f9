"""One file for other programs; files of other programs, scored on the same road; nothing opened unasked."""

from pathlib import Path
from typing import Any

import joblib
import numpy as np
import polars as pl
import pytest
from sklearn.ensemble import IsolationForest
from sklearn.neighbors import LocalOutlierFactor
from sklearn.preprocessing import MinMaxScaler, RobustScaler, StandardScaler
from sklearn.svm import OneClassSVM

from anomaly_assets.detectors import kinds, score_windows
from anomaly_assets.errors import DetectorError, ReleaseError
from anomaly_assets.pipelines import score_features
from anomaly_assets.registry import Bundle
from anomaly_assets.registry.release.joblib_file import read_joblib, write_joblib
from anomaly_assets_tests.registry.conftest import FEATURES, windows


class Squares:
    """A stand-in for somebody's network."""

    def reconstruction_error(self, X: np.ndarray) -> np.ndarray:
        return np.mean(np.asarray(X) ** 2, axis=1)


def matrix(frame: pl.DataFrame) -> np.ndarray:
    return frame.select(FEATURES).to_numpy()


TRAINED = StandardScaler().fit(matrix(windows()))
SCALED = TRAINED.transform(matrix(windows()))
MODELS: dict[str, tuple[Any, str, int]] = {
    "isolation_forest": (IsolationForest(n_estimators=20, random_state=0).fit(SCALED), "score_samples", -1),
    "local_outlier_factor": (LocalOutlierFactor(novelty=True).fit(SCALED), "score_samples", -1),
    "one_class_svm": (OneClassSVM(nu=0.1).fit(SCALED), "decision_function", -1),
    "squares": (Squares(), "reconstruction_error", 1),
}


def artefact(kind: str = "isolation_forest", **changes: Any) -> dict[str, Any]:
    made = {"model": MODELS[kind][0], "scaler": TRAINED, "features": list(FEATURES), "threshold": 0.5, "metadata": {}}
    return {name: value for name, value in (made | changes).items() if value is not ...}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "ims_iforest.joblib"


def read(content: Any, file: Path) -> Bundle:
    joblib.dump(content, file)
    return read_joblib(file, trust_pickle=True)


class TestOurOwn:
    def test_scores_as_the_bundle_it_was_made_of(self, bundle: Bundle, file: Path) -> None:
        write_joblib(bundle, file)
        found = read_joblib(file, trust_pickle=True)
        frame = windows(50, seed=1)
        assert np.array_equal(
            found.detector.score(found.prepared(frame)), bundle.detector.score(bundle.prepared(frame))
        )
        assert found.manifest == bundle.manifest
        assert found.threshold == bundle.threshold

    def test_says_to_other_programs_what_they_look_for(self, bundle: Bundle, file: Path) -> None:
        write_joblib(bundle, file)
        content = joblib.load(file)
        assert set(content) == {"model", "scaler", "features", "threshold", "metadata", "bundle"}
        assert content["features"] == list(FEATURES)
        assert content["threshold"] == bundle.require_threshold().value
        frame = windows(20, seed=1)
        scaled = content["scaler"].transform(frame)
        assert np.array_equal(content["model"].score(scaled), bundle.detector.score(bundle.prepared(frame)))

    def test_is_whole_or_not_there(self, bundle: Bundle, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("in the way")
        with pytest.raises(ReleaseError, match="can't be written"):
            write_joblib(bundle, tmp_path / "file" / "model.joblib")
        assert [path.name for path in tmp_path.iterdir()] == ["file"]

    def test_is_refused_when_a_file_of_its_bundle_was_changed(self, bundle: Bundle, file: Path) -> None:
        write_joblib(bundle, file)
        content = joblib.load(file)
        content["bundle"]["scaler.json"] += b" "
        with pytest.raises(ReleaseError, match="is damaged"):
            read(content, file)


class TestReading:
    def test_unasked_is_refused_and_says_why_and_how(self, bundle: Bundle, file: Path) -> None:
        write_joblib(bundle, file)
        with pytest.raises(ReleaseError, match=r"can run any code.*--trust-pickle"):
            read_joblib(file, trust_pickle=False)

    def test_refused_does_not_run_what_the_file_says(self, file: Path, tmp_path: Path) -> None:
        class Trap:
            def __reduce__(self) -> Any:
                return Path.touch, (tmp_path / "sprung",)

        joblib.dump(Trap(), file)
        with pytest.raises(ReleaseError):
            read_joblib(file, trust_pickle=False)
        assert not (tmp_path / "sprung").exists()

    @pytest.mark.parametrize("trust", [True, False])
    def test_an_absent_file_says_so(self, tmp_path: Path, trust: bool) -> None:
        with pytest.raises(ReleaseError, match="there is no file"):
            read_joblib(tmp_path / "no.joblib", trust_pickle=trust)

    @pytest.mark.parametrize("content", [b"", b"not a pickle", b"\x80\x04\x95"])
    def test_a_damaged_file_says_so(self, file: Path, content: bytes) -> None:
        file.write_bytes(content)
        with pytest.raises(ReleaseError, match="can't be opened"):
            read_joblib(file, trust_pickle=True)

    @pytest.mark.parametrize(
        ("content", "told"),
        [
            ([1, 2], "holds no model"),
            ({"a": 1}, "holds no model"),
            (artefact(features=...), "holds no model"),
            (artefact(features="a__raw"), "doesn't say its features"),
            (artefact(features=["a__raw", "a__raw"]), "doesn't say its features"),
            (artefact(features=["a__raw"]), "another number of features"),
            (artefact(model=object()), "no way is known"),
            (artefact(model=LocalOutlierFactor().fit(SCALED)), "no way is known"),
            (artefact(model=IsolationForest()), "gives no score"),
            (artefact(scaler=StandardScaler()), "scaler can't be used"),
            (artefact(threshold="high"), "threshold that is no number"),
            (artefact(threshold=float("nan")), "threshold that is no number"),
        ],
    )
    def test_wrong_content_says_what_is_wrong(self, file: Path, content: Any, told: str) -> None:
        with pytest.raises(ReleaseError, match=told):
            read(content, file)


class TestForeign:
    @pytest.mark.parametrize("kind", MODELS)
    def test_scores_are_the_models_own_with_higher_more_anomalous(self, kind: str, file: Path) -> None:
        model, question, sign = MODELS[kind]
        found, frame = read(artefact(kind), file), windows(300, seed=1)
        own = sign * getattr(model, question)(TRAINED.transform(matrix(frame)))
        assert score_features(found, frame)["score"].to_numpy() == pytest.approx(own, rel=1e-12, abs=1e-12)
        far = frame.with_columns(a__raw=pl.lit(500.0))
        assert score_features(found, far)["score"].mean() > score_features(found, frame)["score"].mean()  # type: ignore[operator]

    @pytest.mark.parametrize("kind", MODELS)
    def test_scores_of_a_row_do_not_depend_on_the_batch(self, kind: str, file: Path) -> None:
        found, frame = read(artefact(kind), file), windows(300, seed=1)
        whole = score_windows(found.detector, found.prepared(frame))
        parts = [score_windows(found.detector, found.prepared(frame[i : i + 7])) for i in range(0, 300, 7)]
        assert np.array_equal(whole, np.concatenate(parts))

    @pytest.mark.parametrize("scaler", [StandardScaler(), RobustScaler(), MinMaxScaler()])
    def test_a_missing_value_counts_as_the_scalers_usual_one(self, scaler: Any, file: Path) -> None:
        found = read(artefact(scaler=scaler.fit(matrix(windows()))), file)
        usual = (scaler.data_min_ + scaler.data_max_) / 2 if isinstance(scaler, MinMaxScaler) else None
        usual = getattr(scaler, "mean_", getattr(scaler, "center_", usual))
        filled = windows(5).with_columns(a__raw=pl.lit(float(usual[0])))
        for missing in (None, float("nan"), float("inf")):
            frame = windows(5).with_columns(a__raw=pl.lit(missing, dtype=pl.Float64))
            assert found.prepared(frame).equals(found.prepared(filled))

    def test_without_a_scaler_values_are_left_alone(self, file: Path) -> None:
        found, frame = read(artefact(scaler=None), file), windows(5)
        assert found.prepared(frame).select(FEATURES).equals(frame.select(FEATURES))

    @pytest.mark.parametrize(
        ("kind", "given", "meant"),
        [("isolation_forest", 0.4851, 0.4851), ("isolation_forest", -0.4851, 0.4851), ("one_class_svm", -0.1, -0.1)],
    )
    def test_a_threshold_is_for_turned_scores_unless_it_can_not_be(
        self, kind: str, given: float, meant: float, file: Path
    ) -> None:
        threshold = read(artefact(kind, threshold=given), file).require_threshold()
        assert threshold.value == meant
        assert threshold.params == ({} if given == meant else {"turned_from": given})

    @pytest.mark.parametrize("missing", [..., None])
    def test_may_have_no_threshold(self, file: Path, missing: Any) -> None:
        assert read(artefact(threshold=missing), file).threshold is None

    def test_is_named_after_its_file_and_tells_its_kind_and_age(self, file: Path) -> None:
        manifest = read(artefact("one_class_svm", metadata={"trained_on": "2025-11-26"}), file).manifest
        assert f"{manifest.fleet}_{manifest.detector}" == "ims_iforest"
        assert manifest.kind == "one_class_svm"
        assert f"{manifest.created_at:%Y-%m-%d}" == "2025-11-26"

    def test_is_no_kind_that_a_fleets_file_could_name(self) -> None:
        assert "foreign" not in kinds()

    def test_is_never_written_or_fitted_here(self, file: Path, tmp_path: Path) -> None:
        found = read(artefact(), file)
        with pytest.raises(DetectorError, match="without a pickle"):
            found.save(tmp_path / "bundle")
        with pytest.raises(DetectorError, match="can't be fitted"):
            found.detector.fit(windows())
