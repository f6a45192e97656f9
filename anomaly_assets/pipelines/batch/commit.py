"""Which commit this code is at. Nothing else is asked of git."""

from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[3]
"""Where this code lies; a checkout if it holds ``.git``."""


def git_commit(checkout: Path = CHECKOUT) -> str | None:
    """Give the commit that a checkout is at, read from its own files: no git and none of its hooks is run.

    None outside a checkout, such as where the package is installed.
    """
    try:
        git = checkout / ".git"
        if git.is_file():  # a worktree
            git = checkout / git.read_text(encoding="utf-8").removeprefix("gitdir:").strip()
        head = (git / "HEAD").read_text(encoding="utf-8").strip()
        return _resolved(git, head.removeprefix("ref:").strip()) if head.startswith("ref:") else head
    except OSError:
        return None


def _resolved(git: Path, reference: str) -> str | None:
    """Look a branch up: in a file of its own, else among the packed ones."""
    shared = git / "commondir"
    root = git / shared.read_text(encoding="utf-8").strip() if shared.is_file() else git
    for place in (git / reference, root / reference):
        if place.is_file():
            return place.read_text(encoding="utf-8").strip()
    packed = (root / "packed-refs").read_text(encoding="utf-8").splitlines()
    return next((line.split()[0] for line in packed if line.endswith(f" {reference}")), None)
