"""What a detector's constructor may be given, read from its own signature; annotations carry the bounds.

``n_estimators: Annotated[int, Field(ge=1)] = 200`` is all that a detector has to say. No defaults live here.
"""

import inspect
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, get_type_hints

from pydantic import ConfigDict, ValidationError, create_model

from ..errors import DetectorError


def parameter_names(owner: type) -> tuple[str, ...]:
    """Name the keyword arguments of a detector class, in order."""
    arguments = inspect.signature(owner).parameters.values()
    return tuple(argument.name for argument in arguments if argument.kind is inspect.Parameter.KEYWORD_ONLY)


def validated(owner: type, params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the given parameters in the types of the constructor's annotations; defaults are not added.

    Raises
    ------
    DetectorError
        If a name is unknown or a value out of bounds; every fault is told.
    """
    names = parameter_names(owner)
    unknown = [name for name in params if name not in names]
    if unknown:
        close = get_close_matches(unknown[0], names, n=1)
        raise DetectorError(
            f"{owner.__name__} has no parameter {', '.join(map(repr, unknown))}",
            expected=", ".join(names) or "no parameters at all",
            remedy=f"did you mean {close[0]!r}?" if close else "take it out of the detector's params",
        )
    hints = get_type_hints(owner.__init__, include_extras=True)  # type: ignore[misc]
    fields: dict[str, Any] = {name: (hints.get(name, Any), ...) for name in params}
    model = create_model(owner.__name__, __config__=ConfigDict(arbitrary_types_allowed=True), **fields)
    try:
        value = model.model_validate(dict(params))
    except ValidationError as error:
        raise _told(owner, error) from error
    return {name: getattr(value, name) for name in params}


def _told(owner: type, error: ValidationError) -> DetectorError:
    faults = [
        f"{'.'.join(map(str, item['loc']))}: {item['msg']} (found {item['input']!r:.80})"
        for item in error.errors(include_url=False)
    ]
    return DetectorError(
        f"{owner.__name__} can't take these parameters: {'; '.join(faults)}",
        remedy="mend the value under the detector's params",
    )
