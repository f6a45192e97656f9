"""The gate of every export: onnxruntime must answer as the bundle does, at several batch sizes."""

from dataclasses import asdict, dataclass
from typing import Any

from ...errors import ReleaseError
from .tolerance import Tolerance
from .verify import Comparison, compare


@dataclass(frozen=True)
class Parity:
    """How closely a model agrees with the bundle it was made of.

    Attributes
    ----------
    examples : rows that were compared, the strange ones among them.
    batches : sizes of the batches that they were asked in.
    largest : largest difference of a score.
    relative, absolute, reason, usual : what is tolerated, and why; see `Tolerance`.
    """

    examples: int
    batches: tuple[int, ...]
    largest: float
    relative: float
    absolute: float
    reason: str
    usual: float

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self) | {"batches": list(self.batches)}


def require_parity(model: bytes, examples: dict[str, Any], tolerance: Tolerance, name: str) -> Parity:
    """Compare a model with the bundle's answers.

    Parameters
    ----------
    model : the ONNX model.
    examples : its inputs by name, and the bundle's ``score`` and ``flag``.
    tolerance : of the bundle's kind.
    name : of the model, for the error.

    Raises
    ------
    ReleaseError
        If a score differs by more than is tolerated, or a flag at all.
    """
    found = compare(model, examples, tolerance.relative, tolerance.absolute)
    if not found.agrees:
        raise _refused(found, tolerance, name)
    return Parity(found.rows, found.batches, found.largest, **vars(tolerance))


def _refused(found: Comparison, tolerance: Tolerance, name: str) -> ReleaseError:
    return ReleaseError(
        f"{name} is not released: onnxruntime and the platform disagree",
        found=f"{found.beyond} scores and {found.flags} flags of {found.rows}; {found.first}",
        expected=f"differences of at most {tolerance.relative:g} of the score and {tolerance.absolute:g}, equal flags",
        remedy="release another version or detector, and report this one with its kind: the export is wrong",
    )
