"""Which methods there are, what their parameters are, and the one way to call them.

A method is found by its file: ``<name>.py`` here with a function ``<name>(calibration, *, ...) -> Threshold``.
"""

import inspect
import pkgutil
from collections.abc import Callable
from difflib import get_close_matches
from functools import lru_cache
from importlib import import_module
from typing import Any

from pydantic import ValidationError, create_model

from ..config import Model, ThresholdConfig
from ..errors import ConfigError
from .calibration import Calibration
from .threshold import Threshold

Method = Callable[..., Threshold]


def methods() -> tuple[str, ...]:
    """Names of all methods, in alphabetical order."""
    return tuple(sorted(_found()))


def calibrate(method: str, params: dict[str, Any], calibration: Calibration) -> Threshold:
    """Find a threshold on scored windows.

    Raises
    ------
    ConfigError
        If the method or a parameter is unknown, or a value is out of bounds.
    ThresholdError
        If the windows can't give what the method needs.
    """
    given = _parameters(method, params)
    return _found()[method](calibration, **{name: getattr(given, name) for name in type(given).model_fields})


def check_threshold(config: ThresholdConfig) -> None:
    """Refuse a configuration that `calibrate` would not take.

    Raises
    ------
    ConfigError
        If the method or a parameter is unknown, or a value is out of bounds.
    """
    check_parameters(config.method, config.params)


def check_parameters(method: str, params: dict[str, Any]) -> None:
    """Refuse a method or parameters that `calibrate` would not take.

    Raises
    ------
    ConfigError
        If the method or a parameter is unknown, or a value is out of bounds.
    """
    _parameters(method, params)


@lru_cache(maxsize=1)
def _found() -> dict[str, Method]:
    room = import_module(__name__.rpartition(".")[0])
    found = [module.name for module in pkgutil.iter_modules(room.__path__)]
    modules = [name for name in found if not name.endswith("_kernel")]  # numba waits until something is scored
    functions = {name: getattr(import_module(f"{room.__name__}.{name}"), name, None) for name in modules}
    return {name: function for name, function in functions.items() if inspect.isfunction(function)}


def _parameters(method: str, params: dict[str, Any]) -> Model:
    if method not in _found():
        raise _unknown("threshold method", method, methods())
    model = _model(method)
    for name in params:
        if name not in model.model_fields:
            raise _unknown(f"parameter of the threshold method {method}", name, tuple(model.model_fields))
    try:
        return model.model_validate(params)
    except ValidationError as error:
        faults = [f"{'.'.join(map(str, e['loc']))}: {e['msg']} (found {e['input']!r:.80})" for e in error.errors()]
        raise ConfigError(f"threshold.params of {method}: {'; '.join(faults)}", remedy="mend the value") from error


def _model(method: str) -> type[Model]:
    """A method's keyword-only arguments as a checked model; annotations give the bounds."""
    arguments = inspect.signature(_found()[method]).parameters.values()
    fields: dict[str, Any] = {a.name: (a.annotation, a.default) for a in arguments if a.kind is a.KEYWORD_ONLY}
    return create_model(method, __base__=Model, **fields)


def _unknown(what: str, name: str, known: tuple[str, ...]) -> ConfigError:
    close = get_close_matches(name, known, n=1)
    return ConfigError(
        f"unknown {what}",
        found=name,
        expected=f"one of {', '.join(known)}",
        remedy=f"did you mean {close[0]!r}?" if close else None,
    )
