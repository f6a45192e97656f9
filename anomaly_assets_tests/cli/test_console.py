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
