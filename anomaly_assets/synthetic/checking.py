"""Requests that no simulation can meet, refused with a remedy before anything is drawn."""

from difflib import get_close_matches

from ..config import FleetConfig, format_duration
from ..errors import SimulationError
from .faults import fault_kinds
from .layouts import fate, layouts
from .machine_checking import check_machine
from .machinery import machine_fault_kinds
from .schedule import most_faults_at_once
from .timeline import DAY, of_one_condition, recordings_are_units, unit_names


def check_request(days: int) -> None:
    """Refuse a simulation without a day.

    Raises
    ------
    SimulationError
        If ``days`` is less than one.
    """
    if days < 1:
        raise SimulationError("there is nothing to simulate", found=f"{days} days", expected="at least 1 day")


def check_simulation(fleet: FleetConfig) -> None:
    """Refuse a fleet whose ``simulation`` can't be made.

    Raises
    ------
    SimulationError
        For an unknown fault or raw format, faults that don't fit between quiet time and the end, sensors that don't
        exist, names that don't match the number of units, or edge cases that the fleet has no units for.
    """
    _check_layout(fleet)
    _check_faults(fleet)
    check_machine(fleet)
    _check_failures(fleet)
    _check_time(fleet)
    _check_sensors(fleet)
    _check_units(fleet)


def _check_layout(fleet: FleetConfig) -> None:
    if fleet.source.format not in layouts():
        raise SimulationError(
            f"fleet {fleet.fleet} can't be simulated in its raw format",
            found=fleet.source.format,
            expected=f"one of {', '.join(layouts())}",
            remedy="simulate a fleet of one of those formats",
        )


def _check_faults(fleet: FleetConfig) -> None:
    known, others = fault_kinds(), machine_fault_kinds()
    if fleet.waveforms is not None:
        known, others = others, known
    for fault in fleet.simulation.faults:
        if fault.kind in others:
            raise SimulationError(
                f"fleet {fleet.fleet}: {fault.kind} is what goes wrong with "
                + ("readings, and this fleet's are made of signals" if fleet.waveforms else "a machine that is heard"),
                expected=f"one of {', '.join(known)}",
                remedy="choose one" if fleet.waveforms else "choose one, or say waveforms and simulation.machine",
            )
        if fault.kind not in known:
            near = get_close_matches(fault.kind, known, n=1)
            raise SimulationError(
                f"fleet {fleet.fleet}: there is no fault {fault.kind!r}",
                expected=f"one of {', '.join(known)}",
                remedy=f"write {near[0]}" if near else "choose one in simulation.faults",
            )
        if fault.kind == "correlation_break" and len(fleet.feature_sensors) < 2:
            raise SimulationError(
                f"fleet {fleet.fleet} has one sensor, so no correlation can break",
                remedy="take correlation_break out of simulation.faults",
            )


def _check_failures(fleet: FleetConfig) -> None:
    shares = [fault.share for fault in fleet.simulation.faults if fault.kind == "degradation"]
    if fleet.source.format == "cmapss" and 1.0 not in shares:
        raise SimulationError(
            f"fleet {fleet.fleet}: its files tell every engine's remaining life, so every engine must fail some day",
            found=f"degradation of a share of {max(shares, default=0.0)}",
            remedy="give simulation.faults a degradation with share 1.0",
        )


def _check_time(fleet: FleetConfig) -> None:
    spec = fleet.simulation
    if of_one_condition(fleet):
        return
    whole = (spec.recording or DAY) if recordings_are_units(fleet) else spec.days * DAY
    needed = most_faults_at_once(fleet)
    if whole <= spec.quiet or needed > whole - spec.quiet:
        raise SimulationError(
            f"fleet {fleet.fleet}: the faults of simulation.faults don't fit after the quiet time",
            found=f"quiet {format_duration(spec.quiet)} and up to {needed} of faults on one unit",
            expected=f"both within {format_duration(whole)}",
            remedy="shorten quiet or the durations, or lengthen the recording",
        )
    if spec.recording is not None and not fleet.sampling <= spec.recording <= DAY:
        raise SimulationError(
            f"fleet {fleet.fleet}: simulation.recording is impossible",
            found=format_duration(spec.recording),
            expected=f"between one sampling step ({format_duration(fleet.sampling)}) and a day",
        )


def _check_sensors(fleet: FleetConfig) -> None:
    unknown = {*fleet.simulation.levels, *fleet.simulation.scales} - set(fleet.sensors)
    if unknown:
        raise SimulationError(
            f"fleet {fleet.fleet}: simulation.levels or simulation.scales name sensors that the fleet doesn't have",
            found=", ".join(sorted(unknown)),
            expected=f"some of {', '.join(fleet.sensors)}",
        )


def _check_units(fleet: FleetConfig) -> None:
    spec, names = fleet.simulation, unit_names(fleet)
    if len(set(names)) != spec.units:
        raise SimulationError(
            f"fleet {fleet.fleet}: simulation.names doesn't name every unit once",
            found=f"{len(set(names))} different names",
            expected=f"{spec.units}, as simulation.units says",
        )
    if spec.edge_cases and fate(fleet, 0) is not None:
        raise SimulationError(
            f"fleet {fleet.fleet}: its files say by themselves what becomes of a unit, so that none is an edge case",
            remedy="take simulation.edge_cases out",
        )
    if len(set(spec.edge_cases)) >= spec.units or (spec.edge_cases and recordings_are_units(fleet)):
        raise SimulationError(
            f"fleet {fleet.fleet} has no units for its edge cases",
            found=f"{len(spec.edge_cases)} edge cases, {spec.units} units",
            expected="more units than edge cases, each unit in recording over days",
            remedy="take some out of simulation.edge_cases or raise simulation.units",
        )
