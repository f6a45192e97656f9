"""How high-rate signals (vibration) are cut into windows and what is told of each; features/waveforms does it."""

from math import cos, radians

from pydantic import Field, field_validator, model_validator

from .base import Identifier, Model


class BearingConfig(Model):
    """Geometry of a rolling element bearing, from its data sheet; the two diameters in the same unit.

    Attributes
    ----------
    elements : number of balls or rollers in a row.
    element_diameter, pitch_diameter : of one element, and of the circle through their centres.
    contact_angle : in degrees.
    """

    elements: int = Field(ge=3)
    element_diameter: float = Field(gt=0)
    pitch_diameter: float = Field(gt=0)
    contact_angle: float = Field(default=0.0, ge=0, lt=90)

    @model_validator(mode="after")
    def _fits(self) -> "BearingConfig":
        if self.element_diameter >= self.pitch_diameter:
            raise ValueError("element_diameter must be smaller than pitch_diameter")
        return self

    @property
    def orders(self) -> dict[str, float]:
        """Fault frequencies without slip, in multiples of the shaft's speed (the inner ring turns).

        ``bpfo`` and ``bpfi``: elements pass a point of the outer and of the inner race; ``bsf``: an element turns about
        itself; ``ftf``: the cage turns. Source: R. B. Randall, J. Antoni, "Rolling element bearing diagnostics - a
        tutorial", MSSP 2011, equations 2 to 5.
        """
        ratio = self.element_diameter / self.pitch_diameter * cos(radians(self.contact_angle))
        return {
            "bpfo": self.elements / 2 * (1 - ratio),
            "bpfi": self.elements / 2 * (1 + ratio),
            "bsf": self.pitch_diameter / (2 * self.element_diameter) * (1 - ratio**2),
            "ftf": (1 - ratio) / 2,
        }


class EnvelopeConfig(Model):
    """How the envelope spectrum is taken and how a bearing's fault frequencies are looked for in it.

    Attributes
    ----------
    band : lowest and highest frequency (Hz) that is demodulated, around a resonance; everything above a quarter of the
        highest frequency there is when not given.
    harmonics : how many multiples of a fault frequency count; higher ones that coincide with another fault's do not.
    tolerance : half the width around each, as a share of its frequency; rolling elements slip by one or two per cent.
        Never less than half a bin of the spectrum, rate / window / 2.
    """

    band: tuple[float, float] | None = None
    harmonics: int = Field(default=3, ge=1, le=20)
    tolerance: float = Field(default=0.02, gt=0, lt=0.5)


class WaveformConfig(Model):
    """High-rate signals of a fleet: every window of samples becomes one reading of each of the fleet's sensors.

    A sensor's ``column`` names what is told of a window as ``<channel>_<indicator>``: ``de_rms``, ``de_band_high``,
    ``de_envelope_bpfo``.

    Attributes
    ----------
    rate : samples per second.
    window : samples per window.
    hop : samples from one window's start to the next one's; a whole window when not given.
    bands : named frequency bands in Hz, each the indicator ``band_<name>``.
    speed : of the shaft in revolutions per minute, or the name of the channel that tells it window by window.
    bearing : the geometry that fault frequencies follow from; without it there are no ``envelope_*`` indicators.
    envelope : how fault frequencies are looked for.
    """

    rate: float = Field(gt=0)
    window: int = Field(default=1024, ge=16)
    hop: int | None = Field(default=None, ge=1)
    bands: dict[Identifier, tuple[float, float]] = Field(default_factory=dict)
    speed: float | str | None = None
    bearing: BearingConfig | None = None
    envelope: EnvelopeConfig = EnvelopeConfig()

    @field_validator("bands")
    @classmethod
    def _ordered(cls, bands: dict[str, tuple[float, float]]) -> dict[str, tuple[float, float]]:
        empty = [name for name, (low, high) in bands.items() if not 0 <= low < high]
        if empty:
            raise ValueError(f"band {empty[0]} is empty; write [lowest, highest] in Hz")
        return bands

    @model_validator(mode="after")
    def _reachable(self) -> "WaveformConfig":
        highest = max([high for _, high in [*self.bands.values(), self.envelope.band or (0, 0)]], default=0)
        if highest > self.rate / 2:
            raise ValueError(f"{highest:g} Hz can't be seen at {self.rate:g} samples a second; at most half of that")
        if self.bearing is not None and self.speed is None:
            raise ValueError("fault frequencies of a bearing follow from the shaft's speed; say speed")
        return self
