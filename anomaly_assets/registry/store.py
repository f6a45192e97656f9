"""The registry: registered models, their versions, aliases, and the record of who was live when.

A fleet's detectors are one model, called as the fleet is; its forecaster is another. On MLflow, by default a sqlite
file and local folders, with an http(s) URI a tracking server. What is in a bundle belongs in bundle.py and
forecast_bundle.py, who deserves an alias in promotion.py.
"""

import json
import time
from collections import OrderedDict
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from operator import methodcaller
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar, overload
from uuid import uuid4

from ..errors import RegistryError
from .bundle import Bundle
from .forecast_bundle import ForecastBundle
from .tracking import Tracking
from .versions import AliasChange, ModelVersion, before, find

CHAMPION = "champion"
_CHANGE = "alias_change."
AnyBundle = TypeVar("AnyBundle", Bundle, ForecastBundle)


class Registry:
    """Model versions of every fleet; where a fleet is asked for, `forecaster_of` it names that of its forecaster.

    Parameters
    ----------
    tracking_uri : a sqlite URI, or that of a server.
    artifacts : folder that bundles are kept in (with a server: downloaded to).
    cached : how many loaded bundles are kept in this process.
    """

    def __init__(self, tracking_uri: str, artifacts: Path, *, cached: int = 8) -> None:
        self.tracking_uri, self.artifacts, self.cached = tracking_uri, Path(artifacts).absolute(), cached
        self._tracking = Tracking(tracking_uri, self.artifacts)
        self._bundles: OrderedDict[tuple[str, int], Bundle | ForecastBundle] = OrderedDict()

    def register(
        self, fleet: str, bundle: Bundle | ForecastBundle, params: Mapping[str, Any], metrics: Mapping[str, float]
    ) -> ModelVersion:
        """Log a training run with params, metrics and the bundle, and make it the fleet's next version.

        The version exists only once the bundle lies whole in the store; a run that dies before leaves no version.
        """
        manifest = bundle.manifest.model_copy(update={"metrics": dict(metrics)})
        tags = {"detector": manifest.detector, "kind": manifest.kind, "metrics": json.dumps(dict(metrics))}
        tags |= {"config_digest": manifest.config_digest, "fingerprint": manifest.fingerprint}
        tags |= {"window": json.dumps(manifest.window)}
        run = self._run(fleet, tags, params, metrics)
        source = self._deposit(fleet, run, replace(bundle, manifest=manifest))
        if self._model(fleet) is None:
            with suppress(RegistryError):  # somebody else was quicker
                self._tracking.write(lambda client: client.create_registered_model(fleet))
        made = self._tracking.write(lambda client: client.create_model_version(fleet, source, run.info.run_id, tags))
        self._tracking.write(lambda client: client.set_terminated(run.info.run_id))
        return _version(made, {})

    def versions(self, fleet: str) -> list[ModelVersion]:
        """List every version of a fleet, the newest first; none of a fleet that nothing was trained for."""
        model = self._model(fleet)
        found = model and self._tracking.read(lambda client: list(client.search_model_versions(f"name='{fleet}'")))
        versions = [_version(item, dict(model.aliases)) for item in found or []]
        return sorted(versions, key=lambda version: -version.version)

    def get(self, fleet: str, reference: str | int = CHAMPION) -> ModelVersion:
        """Look a version up by alias, number, ``detector`` (its latest) or ``detector/number``.

        Raises
        ------
        RegistryError
            If there is none; the message lists what exists.
        """
        return find(self.versions(fleet), fleet, reference)

    @overload
    def load(self, fleet: str, reference: str | int = CHAMPION) -> Bundle: ...

    @overload
    def load(self, fleet: str, reference: str | int, kind: type[AnyBundle]) -> AnyBundle: ...

    def load(self, fleet: str, reference: str | int = CHAMPION, kind: Any = Bundle) -> Any:
        """Load a version's bundle; from this process's memory where it was loaded before.

        Parameters
        ----------
        kind : what it is: `Bundle`, or `ForecastBundle` for a forecaster.

        Raises
        ------
        RegistryError
            If there is no such version, or a file of it is missing or damaged.
        """
        if isinstance(reference, int) and (fleet, reference) in self._bundles:
            return self._bundles[fleet, reference]
        version = self.get(fleet, reference)
        key = (fleet, version.version)
        if key not in self._bundles:
            self._bundles[key] = kind.load(self._fetched(fleet, version.run_id))
            while len(self._bundles) > self.cached:
                self._bundles.popitem(last=False)
        return self._bundles[key]

    def place(self, version: ModelVersion) -> Path:
        """Say in which folder a version's bundle lies; with a server, it is fetched there first."""
        return self._fetched(version.fleet, version.run_id)

    def alias(self, fleet: str, name: str = CHAMPION) -> ModelVersion | None:
        """Say which version an alias names, if any."""
        return next((version for version in self.versions(fleet) if name in version.aliases), None)

    def set_alias(self, fleet: str, name: str, version: int, reason: str = "") -> ModelVersion:
        """Let an alias name a version from now on, and record it."""
        return self._point(fleet, AliasChange(datetime.now(UTC), name, self.get(fleet, version).version, reason))

    def tag(self, fleet: str, version: int, tags: Mapping[str, Any]) -> None:
        """Note something on a version; a note of the same name is replaced."""
        number = str(self.get(fleet, version).version)
        for name, value in tags.items():
            self._tracking.write(methodcaller("set_model_version_tag", fleet, number, name, str(value)))

    def history(self, fleet: str) -> list[AliasChange]:
        """Say who was live when: every change of an alias, the oldest first."""
        model = self._model(fleet)
        tags = sorted(model.tags.items()) if model else []
        changes = [json.loads(value) for name, value in tags if name.startswith(_CHANGE)]
        return [AliasChange(**change | {"when": datetime.fromisoformat(change["when"])}) for change in changes]

    def rollback(self, fleet: str, reason: str = "rolled back by hand") -> ModelVersion:
        """Make the champion before this one champion again, and record it; a second time goes further back.

        Raises
        ------
        RegistryError
            If the fleet has no champion, or none before it.
        """
        current = self.get(fleet, CHAMPION)
        earlier = before([change for change in self.history(fleet) if change.alias == CHAMPION], current.version)
        if earlier is None:
            raise RegistryError(
                f"fleet {fleet} has no champion before version {current.version}",
                remedy=f"choose one with: anomaly-assets models promote {fleet} VERSION",
            )
        return self._point(fleet, AliasChange(datetime.now(UTC), CHAMPION, earlier, reason, back=True))

    def _point(self, fleet: str, change: AliasChange) -> ModelVersion:
        # the record comes first: whoever dies in between leaves a change too many in it, never one too few
        name = f"{_CHANGE}{change.when:%Y%m%dT%H%M%S.%f}.{uuid4().hex[:8]}"
        record = json.dumps(vars(change) | {"when": change.when.isoformat()})
        self._tracking.write(lambda client: client.set_registered_model_tag(fleet, name, record))
        self._tracking.write(lambda client: client.set_registered_model_alias(fleet, change.alias, str(change.version)))
        return self.get(fleet, change.version)

    def _model(self, fleet: str) -> Any:
        return self._tracking.read(lambda client: client.get_registered_model(fleet))

    def _run(self, fleet: str, tags: dict[str, str], params: Mapping[str, Any], metrics: Mapping[str, float]) -> Any:
        experiment = self._tracking.write(lambda client: self._experiment(client, fleet))
        run = self._tracking.write(lambda client: client.create_run(experiment, run_name=tags["detector"], tags=tags))
        from mlflow.entities import Metric, Param

        now = int(time.time() * 1000)
        given = [Param(name, v if isinstance(v, str) else json.dumps(v, default=str)) for name, v in params.items()]
        measured = [Metric(name, float(value), now, 0) for name, value in metrics.items()]
        self._tracking.write(lambda client: client.log_batch(run.info.run_id, measured, given))
        return run

    def _experiment(self, client: Any, fleet: str) -> str:
        found = client.get_experiment_by_name(fleet)
        place = None if self._tracking.remote else (self.artifacts / fleet).as_uri()
        return str(found.experiment_id if found else client.create_experiment(fleet, place))

    def _deposit(self, fleet: str, run: Any, bundle: Bundle | ForecastBundle) -> str:
        """Put the bundle among the run's artefacts and say where; `Bundle.save` is atomic, the client's copy is not."""
        if not self._tracking.remote:
            bundle.save(self._folder(fleet, run.info.run_id))
            return self._folder(fleet, run.info.run_id).as_uri()
        with TemporaryDirectory() as beside:
            bundle.save(Path(beside) / "bundle")
            self._tracking.write(lambda client: client.log_artifacts(run.info.run_id, beside))
        return f"{run.info.artifact_uri}/bundle"

    def _fetched(self, fleet: str, run_id: str) -> Path:
        folder = self._folder(fleet, run_id)
        if self._tracking.remote and not folder.is_dir():
            folder.parent.mkdir(parents=True, exist_ok=True)
            with TemporaryDirectory(dir=folder.parent) as beside, suppress(FileExistsError):
                self._tracking.write(lambda client: client.download_artifacts(run_id, "bundle", beside))
                (Path(beside) / "bundle").rename(folder)
        return folder

    def _folder(self, fleet: str, run_id: str) -> Path:
        # found from here and not by the absolute URI in the database, so that the whole home can be moved
        return self.artifacts / fleet / run_id / "artifacts" / "bundle"


def _version(item: Any, aliases: Mapping[str, Any]) -> ModelVersion:
    tags = dict(item.tags)
    return ModelVersion(
        fleet=item.name,
        version=int(item.version),
        detector=tags.pop("detector", ""),
        kind=tags.pop("kind", ""),
        created_at=datetime.fromtimestamp(item.creation_timestamp / 1000, UTC),
        run_id=item.run_id,
        aliases=tuple(sorted(name for name, number in aliases.items() if int(number) == int(item.version))),
        metrics=json.loads(tags.pop("metrics", "{}")),
        tags=tags,
    )
