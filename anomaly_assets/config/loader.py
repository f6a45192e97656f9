"""The one place that reads YAML; its errors name the file and the key."""

import os
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from ..errors import ConfigError
from .base import Model
from .fleet import FleetConfig

Settings = TypeVar("Settings", bound=Model)
_NOTHING: Mapping[str, str] = MappingProxyType({})


def load_fleet(path: Path) -> FleetConfig:
    """Read one fleet file.

    Raises
    ------
    ConfigError
        If the file is missing, is not YAML, holds an unknown key or a value out of bounds.
    """
    document = _document(path, _read(path))
    try:
        config = FleetConfig.model_validate(document)
    except ValidationError as error:
        raise _told(path, error, FleetConfig, "mend the key in that file, then run: anomaly-assets check") from error
    if config.fleet != path.stem:
        raise ConfigError(f"{path} names another fleet", found=config.fleet, expected=path.stem, remedy="rename one")
    return config


def load_fleets(folder: Path) -> dict[str, FleetConfig]:
    """Read every ``*.yaml`` of a folder, by fleet name in alphabetical order."""
    return {path.stem: load_fleet(path) for path in sorted(folder.glob("*.yaml"))}


def load_settings(path: Path, model: type[Settings], variables: Mapping[str, str] = _NOTHING) -> Settings:
    """Read a file of settings of the installation, such as ``configs/serving.yaml``; without one all defaults hold.

    Parameters
    ----------
    model : what the file may say.
    variables : environment variables that override a key of the file, by key; an empty one is none.

    Raises
    ------
    ConfigError
        If the file is not YAML, or it or a variable holds an unknown key or a value out of bounds.
    """
    document = _document(path, _read(path), required=False) if path.is_file() else {}
    given = {key: os.environ[name] for key, name in variables.items() if os.environ.get(name)}
    try:
        return model.model_validate(document | given)
    except ValidationError as error:
        told = {key: f"{key} (from {variables[key]})" for key in given}
        remedy = "mend the key in that file" + ", or the environment variable" * bool(given)
        raise _told(path, error, model, remedy, told) from error


def _document(path: Path, text: str, *, required: bool = True) -> dict[str, Any]:
    try:
        document = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ConfigError(f"{path} is not YAML", found=str(error).replace("\n", " "), remedy="mend the line") from error
    if document is None and not required:
        return {}
    if not isinstance(document, dict):
        raise ConfigError(f"{path} holds no mapping", found=type(document).__name__, expected="key: value lines")
    return document


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        known = sorted(p.stem for p in path.parent.glob("*.yaml"))
        raise ConfigError(
            f"there is no fleet {path.stem!r}",
            found=str(path),
            expected=f"one of {', '.join(known) or 'no fleet file at all'}",
            remedy=f"write that file, or make one with: anomaly-assets init {path.stem} --from FILES",
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} can't be read", found=str(error)) from error


def _told(
    path: Path, error: ValidationError, model: type[Model], remedy: str, names: Mapping[str, str] = _NOTHING
) -> ConfigError:
    """Turn pydantic's report into one sentence a fault, with the key's path and the nearest known key."""
    faults = [_fault(item, model, names) for item in error.errors(include_url=False)]
    return ConfigError(f"{path}: " + "; ".join(faults), remedy=remedy)


def _fault(item: Any, model: type[Model], names: Mapping[str, str]) -> str:
    place = ".".join(str(part) for part in item["loc"]) or "the file"
    if item["type"] == "extra_forbidden":
        known = _fields(model, item["loc"][:-1])
        close = get_close_matches(str(item["loc"][-1]), known, n=1)
        hint = f"did you mean {close[0]!r}?" if close else f"known keys here: {', '.join(known)}"
        return f"unknown key {place} ({hint})"
    if item["type"] == "missing":
        return f"key {place} is missing"
    return f"{names.get(place, place)}: {item['msg'].removeprefix('Value error, ')} (found {item['input']!r:.80})"


def _fields(model: type[BaseModel], path: tuple[Any, ...]) -> list[str]:
    """Names of the fields of the model at a key path; steps through dictionaries and optional values."""
    for step in path:
        field = model.model_fields.get(str(step))
        if field is None:
            continue
        inner = _inner_model(field.annotation)
        model = inner or model
    return list(model.model_fields)


def _inner_model(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for arg in getattr(annotation, "__args__", ()) if (found := _inner_model(arg))), None)
