"""What simulated machines sound like; measured by the platform's own indicators and by plain spectra."""

from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anomaly_assets.config import FleetConfig
from anomaly_assets.errors import SimulationError
from anomaly_assets.synthetic.machinery import machine_fault_kinds, recorded
from anomaly_assets.synthetic.machinery.impacts import load_zone, ringing, shocks
from anomaly_assets.synthetic.machinery.turning import Turning, turning

from .signals import FAULTS, WAVEFORMS, heard, machine, state, told

SHAFT = 2000 / 60
ORDERS = machine().waveforms.bearing.orders  # type: ignore[union-attr]
KNOCKS = {"bearing_outer_race": ORDERS["bpfo"], "bearing_inner_race": ORDERS["bpfi"], "bearing_ball": 2 * ORDERS["bsf"]}


def shaft(seed: int = 0, slip: float = 0.015) -> Turning:
    fleet = machine(machine={"channels": {"de": 1.0}, "resonance": 4500, "slip": slip})
    random = np.random.default_rng(seed)
    assert fleet.waveforms and fleet.simulation.machine
    return turning(fleet.waveforms, fleet.simulation.machine, speed=2000, full=2000, load=1, random=random)


def envelope_spectrum(signals: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Frequencies and mean spectrum of the squared envelope between 3 and 6 kHz, by nothing of the platform."""
    rate, samples = WAVEFORMS["rate"], signals.shape[1]
    spectrum = np.fft.fft(signals, axis=1)
    frequency = np.fft.fftfreq(samples, 1 / rate)
    spectrum[:, (frequency < 3000) | (frequency > 6000)] = 0
    squared = np.abs(np.fft.ifft(2 * spectrum, axis=1)) ** 2
    lines = np.abs(np.fft.rfft(squared - squared.mean(axis=1, keepdims=True), axis=1)).mean(axis=0)
    return np.fft.rfftfreq(samples, 1 / rate), lines


def strongest(signals: np.ndarray, lowest: float = 60.0, highest: float = 600.0) -> tuple[float, float]:
    """The envelope's strongest frequency, and by how much it exceeds the median line."""
    frequency, lines = envelope_spectrum(signals)
    among = (frequency > lowest) & (frequency < highest)
    place = int(np.argmax(np.where(among, lines, 0)))
    return float(frequency[place]), float(lines[place] / np.median(lines[among]))


def test_the_faults_of_a_machine_are_found_by_name() -> None:
    assert set(machine_fault_kinds()) == set(FAULTS)


@pytest.mark.parametrize("kind", KNOCKS)
def test_the_envelope_of_a_damaged_bearing_peaks_at_its_fault_frequency(kind: str) -> None:
    frequency, above = strongest(heard(**{kind: 10.0}))
    assert frequency == pytest.approx(KNOCKS[kind] * SHAFT, rel=0.03)
    assert above > 5


def test_the_envelope_of_a_healthy_bearing_peaks_nowhere() -> None:
    assert strongest(heard())[1] < 3
    assert strongest(heard(imbalance=10.0))[1] < 3


@pytest.mark.parametrize(
    ("kind", "own"), [("bearing_outer_race", "bpfo"), ("bearing_inner_race", "bpfi"), ("bearing_ball", "bsf")]
)
def test_the_platforms_own_indicator_names_the_damaged_part(kind: str, own: str) -> None:
    grown = {f: told(f"de_envelope_{f}", **{kind: 8.0}) / told(f"de_envelope_{f}") for f in ("bpfo", "bpfi", "bsf")}
    assert max(grown, key=lambda fault: grown[fault]) == own
    assert grown[own] > 20


@pytest.mark.parametrize("kind", ["bearing_inner_race", "bearing_ball"])
def test_a_damage_that_travels_through_the_load_zone_is_modulated(kind: str) -> None:
    carried = {"bearing_inner_race": SHAFT, "bearing_ball": ORDERS["ftf"] * SHAFT}[kind]
    centre = KNOCKS[kind] * SHAFT
    beside = {}
    for one in (kind, "bearing_outer_race"):
        frequency, lines = envelope_spectrum(heard(60, machine({"window": 16384}), **{one: 10.0}))
        around = [np.abs(frequency - side).argmin() for side in (centre - carried, centre + carried)]
        beside[one] = lines[around].mean() / np.median(lines[(frequency > 60) & (frequency < 600)])
    assert beside[kind] > 1.5 * beside["bearing_outer_race"]


@pytest.mark.parametrize("kind", FAULTS)
def test_worse_damage_is_louder(kind: str) -> None:
    levels = [told("de_rms", **{kind: severity}) for severity in (0.0, 4.0, 8.0, 16.0)]
    assert np.all(np.diff(levels) > 0)


def test_imbalance_is_a_tone_at_the_shafts_speed_and_bearings_are_not() -> None:
    healthy = told("de_shaft_1x")
    assert told("de_shaft_1x", imbalance=5.0) > 3 * healthy
    assert told("de_shaft_1x", bearing_outer_race=5.0) < 1.5 * healthy


def test_healthy_noise_is_gaussian_and_knocks_are_not() -> None:
    quiet = machine(machine={"channels": {"de": 1.0}, "harmonics": []})
    assert heard(100, quiet).std() == pytest.approx(0.1, rel=0.02)
    assert told("de_kurtosis") == pytest.approx(3.0, abs=0.4)
    assert told("de_kurtosis", bearing_outer_race=10.0) > 5


def test_shocks_slip_by_as_much_as_is_said() -> None:
    order = ORDERS["bpfo"]
    intervals = np.concatenate([np.diff(shocks(shaft(seed), order, 0.01)) for seed in range(40)]) * SHAFT * order
    assert intervals.mean() == pytest.approx(1.0, abs=0.002)
    assert intervals.std() == pytest.approx(0.015, rel=0.1)
    assert np.diff(shocks(shaft(slip=0.0), order, 0.01)).std() < 1e-12


def test_a_shock_before_the_window_is_still_heard_in_it_and_one_after_it_is_not() -> None:
    turn = shaft()
    early, late = (ringing(turn, np.array([moment]), np.ones(1)) for moment in (-0.0002, 1.0))
    assert np.abs(early[:20]).max() > 0.3 and np.abs(early[200:]).max() == 0
    assert np.abs(late).max() == 0


def test_the_load_zone_is_half_of_the_ring() -> None:
    assert load_zone(np.zeros(1))[0] == 1
    assert np.all(load_zone(np.linspace(np.pi / 2 + 0.01, 3 * np.pi / 2 - 0.01, 50)) == 0)


@given(
    seed=st.integers(0, 2**31), number=st.integers(0, 50), window=st.integers(0, 10_000), kind=st.sampled_from(FAULTS)
)
def test_a_signal_follows_from_seed_unit_and_instant(seed: int, number: int, window: int, kind: str) -> None:
    fleet = machine({"window": 256})
    said = {"seed": seed, "number": number, kind: 5.0}
    one, again = (recorded(fleet, state(window, **said))["de"] for _ in range(2))
    assert np.array_equal(one, again)
    assert one.dtype == np.float32 and np.isfinite(one).all()
    for other in ({"seed": seed + 1}, {"number": number + 1}, {"time": state(window + 1)["time"]}):
        assert not np.array_equal(one, recorded(fleet, state(window, **(said | other)))["de"])


def test_a_gear_hums_at_its_teeth_times_the_shafts_speed() -> None:
    geared = machine(machine={"channels": {"de": 1.0}, "teeth": 23, "mesh": 2.0})
    spectrum = np.abs(np.fft.rfft(heard(20, geared), axis=1)).mean(axis=0)
    assert np.argmax(spectrum) * 20_000 / 4096 == pytest.approx(23 * SHAFT, rel=0.01)


def test_channels_hear_a_damaged_bearing_by_their_factor() -> None:
    fleet = machine(machine={"channels": {"de": 1.0, "fe": 0.0}, "resonance": 4500})
    waves = [recorded(fleet, state(window, bearing_outer_race=20.0)) for window in range(10)]
    level = {name: np.std([wave[name] for wave in waves]) for name in ("de", "fe")}
    assert level["de"] > 2 * level["fe"]


def test_a_fleet_without_a_machine_has_no_signal() -> None:
    document = machine().model_dump(mode="json", exclude_none=True)
    silent = FleetConfig.model_validate(document | {"simulation": {"units": 1}})
    with pytest.raises(SimulationError, match="no machine"):
        recorded(silent, state(0, time=state()["time"] + timedelta(0)))
