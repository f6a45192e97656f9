from pathlib import Path

import pytest

from anomaly_assets.cli import failures
from anomaly_assets.errors import IngestError


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANOMALY_HOME", str(tmp_path))


def _raising(error: BaseException):  # type: ignore[no-untyped-def]
    def run() -> None:
        raise error

    return run


def test_a_mistake_is_told_in_full_and_without_a_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    mistake = IngestError("the file [a] is empty", found=0, expected="rows", remedy="copy it again")
    assert failures.exit_code(_raising(mistake)) == 2
    said = capsys.readouterr().err.split("\n")
    assert said[0] == "the file [a] is empty."
    assert [line.split(None, 1) for line in said[1:4]] == [
        ["found", "0"],
        ["expected", "rows"],
        ["remedy", "copy it again"],
    ]


def test_an_unexpected_error_ends_with_three_and_leaves_its_traceback_in_a_log(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert failures.exit_code(_raising(ZeroDivisionError("by zero"))) == 3
    said = capsys.readouterr().err
    (log,) = (tmp_path / "logs").glob("error_*.txt")
    assert str(log) in said.replace("\n", "")
    assert "Traceback" not in said
    assert "Traceback" in log.read_text()


def test_debug_shows_the_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    failures.show_tracebacks(True)
    try:
        assert failures.exit_code(_raising(ZeroDivisionError("by zero"))) == 3
    finally:
        failures.show_tracebacks(False)
    assert "Traceback" in capsys.readouterr().err


def test_an_unwritable_log_folder_does_not_hide_the_error(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("ANOMALY_HOME", str(tmp_path / "file"))
    assert failures.exit_code(_raising(ZeroDivisionError("by zero"))) == 3
    assert "by zero" in capsys.readouterr().err


@pytest.mark.parametrize(("ended", "code"), [(SystemExit(0), 0), (SystemExit(2), 2), (SystemExit("no"), 1)])
def test_exit_codes_of_the_command_are_kept(ended: SystemExit, code: int) -> None:
    assert failures.exit_code(_raising(ended)) == code


def test_interrupting_is_no_error() -> None:
    assert failures.exit_code(_raising(KeyboardInterrupt())) == 130
