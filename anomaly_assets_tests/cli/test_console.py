import io

from rich.console import Console

from anomaly_assets.cli import console


def _printed(shown: object) -> str:
    sink = Console(file=io.StringIO(), width=100)
    sink.print(shown)
    return sink.file.getvalue()  # type: ignore[attr-defined]


def test_numbers_stand_to_the_right_and_words_to_the_left() -> None:
    lines = _printed(console.table(("name", "rows"), [("a", 5), ("bb", 12_345)])).splitlines()
    a, bb = (next(line for line in lines if line.strip().startswith(name)) for name in ("a ", "bb"))
    assert a.rstrip().endswith("     5") and bb.rstrip().endswith("12,345")
    assert len(a.rstrip()) == len(bb.rstrip())


def test_nothing_is_a_dash_and_brackets_are_no_markup() -> None:
    printed = _printed(console.table(("a", "b"), [(None, "[bold]x")]))
    assert "[bold]x" in printed
    assert "-" in printed


def test_without_a_terminal_progress_is_one_line_when_done(capsys) -> None:  # type: ignore[no-untyped-def]
    with console.progress() as tell:
        for done in range(1001):
            tell("cleaning", done, 1000)
    ended = capsys.readouterr()
    assert ended.err == "cleaning: 1000 of 1000\n"
    assert ended.out == ""


def test_of_counted_work_rate_and_time_left_are_told(capsys, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    now = iter([0.0, 20.0, 40.0])
    monkeypatch.setattr(console.time, "monotonic", lambda: next(now))
    with console.progress({"scoring": "rows"}) as tell:
        for done in (0, 50_000, 100_000):
            tell("scoring", done, 100_000)
    assert capsys.readouterr().err.splitlines() == [
        "scoring: 50,000 of 100,000 rows, 2,500 rows/s, 0:20 left",
        "scoring: 100,000 of 100,000 rows, 2,500 rows/s",
    ]


def test_of_work_whose_end_nobody_knows_there_is_a_line_now_and_then(capsys, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    now = iter([0.0, 5.0, 20.0, 21.0])
    monkeypatch.setattr(console.time, "monotonic", lambda: next(now))
    with console.progress({"scoring": "rows"}) as tell:
        for done in (0, 10, 40_000, 41_000):
            tell("scoring", done, 0)
    assert capsys.readouterr().err == "scoring: 40,000 rows, 2,000 rows/s\n"


def test_on_a_terminal_counted_work_shows_its_rate() -> None:
    sink = Console(file=io.StringIO(), force_terminal=True, width=120)
    with console.Progress(*console._rate_columns({"scoring": "rows"}), console=sink) as bars:
        task = bars.add_task("scoring", total=1000)
        for done in range(0, 1001, 10):
            bars.update(task, completed=done)
    assert "rows/s" in sink.file.getvalue()  # type: ignore[attr-defined]
