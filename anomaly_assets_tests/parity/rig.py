"""A water loop's real recordings (SKAB), watched by every detector that can leave the platform, small ones all."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import yaml

from anomaly_assets.config import FleetConfig, Platform
from anomaly_assets.pipelines import Site, Span, release, span_of, stage, train_all
from anomaly_assets.registry.release.discovery import exportable_kinds
from anomaly_assets_tests.pipelines.plant import days_prepared

FILES = ("valve1/0.csv", "other/11.csv")
NETWORK = {"steps": 8, "max_epochs": 2, "max_windows": 200}
PARAMS: dict[str, dict[str, Any]] = {
    "lstm_autoencoder": NETWORK | {"hidden": 8, "latent": 3, "tail": 3},
    "patch_tst": NETWORK | {"steps": 16},
    "autoencoder": {"max_epochs": 3},
    "isolation_forest": {"n_estimators": 20, "seed": 7},
    "rule_severity": {
        "spread": "std_30s",
        "point": "z_30s",
        "collective": "mean_abs_z_30s",
        "unchanged": "unchanged_30s",
        "reversal": "reversal_30s",
        "impossible": "impossible_30s",
    },
}
"""What keeps training short, and what names this rig's own features."""

STATISTICS = ("mean", "std", "z", "mean_abs_z", "reversal", "unchanged", "impossible")
SENSORS = {
    "current": {"column": "Current", "range": [-1, 20]},
    "pressure": {"column": "Pressure", "range": [-3, 10]},
    "temperature": {"column": "Temperature", "range": [0, 150]},
    "flow": {"column": "Volume Flow RateRMS", "range": [0, 400]},
}


def document() -> dict[str, Any]:
    """The fleet's file: a window every five seconds, everything flagged and carried forward that can be."""
    return {
        "fleet": "rig",
        "sampling": "1s",
        "source": {"format": "skab", "folder": "raw/rig", "include": ["**/*.csv"], "unit": {"by": "file"}},
        "sensors": SENSORS,
        "cleaning": {
            "outliers": {"sigmas": 5, "window": "60s", "action": "flag"},
            "stuck": {"longer_than": "20s", "action": "flag"},
            "impute_up_to": "5s",
        },
        "features": {
            "every": "5s",
            "windows": {"30s": {"length": "30s", "statistics": list(STATISTICS)}},
            "lags": ["5s"],
            "scaling": {"method": "robust", "per": "unit"},
        },
        "training": {"window": {"early_life": "400s"}, "seed": 7, "min_windows": 20},
        "detectors": {kind: {"kind": kind, "params": PARAMS.get(kind, {})} for kind in exportable_kinds()},
        "threshold": {"params": {"per_unit_day": 300}, "merge_gap": "30s"},
        "realtime": {"topic": f"{OURS}/{{unit}}/readings", "scores": f"{OURS}/{{unit}}/score"},
    }


OURS = f"rig_{uuid4().hex[:12]}"
"""Others may be testing by the same broker."""

SETTINGS = {
    "serving.yaml": {"follow_every": "200ms", "most_windows": 1000},
    "realtime.yaml": {"score_every": "100ms", "follow_every": "200ms"},
}
"""What the services are told so that tests need not wait."""


@dataclass(frozen=True)
class Rig:
    """An installation with the rig's fleet, below ``root``."""

    root: Path

    @property
    def fleet(self) -> FleetConfig:
        return FleetConfig.model_validate(document())

    @property
    def site(self) -> Site:
        return Site(self.platform)

    @property
    def platform(self) -> Platform:
        home = self.root / "home"
        uri = f"sqlite:///{home / 'registry' / 'mlflow.sqlite'}"
        return Platform(home=home, configs=self.root / "configs", tracking_uri=uri, warehouse=home / "warehouse.duckdb")

    @property
    def environment(self) -> dict[str, str]:
        """What a process must be told to find it."""
        return {"ANOMALY_HOME": str(self.root / "home"), "ANOMALY_CONFIGS": str(self.root / "configs")}

    @property
    def span(self) -> Span:
        span = span_of(self.site.source(self.fleet).days())
        assert span is not None
        return span

    def made(self, skab: Path) -> "Rig":
        """Read, clean, build, train every kind, calibrate and release."""
        for name in FILES:
            target = self.root / "home" / "raw" / "rig" / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(skab / name, target)
        configs = self.root / "configs" / "fleets"
        configs.mkdir(parents=True)
        (configs / "rig.yaml").write_text(yaml.safe_dump(document(), sort_keys=False))
        for name, settings in SETTINGS.items():
            (self.root / "configs" / name).write_text(yaml.safe_dump(settings))
        site, fleet = self.site, self.fleet
        stage(site, fleet)
        days_prepared(site, fleet, self.span)
        train_all(site, fleet)
        for version in site.registry.versions("rig"):
            release(site, fleet, version.version)
        return self
