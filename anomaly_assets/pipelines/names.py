"""Names as a person types them, held against those that there are."""

from collections.abc import Iterable
from difflib import get_close_matches

from ..errors import AnomalyAssetsError

NEAREST = 3
"""Names that are shown where one was not found."""


def refuse_unknown(
    fleet: str, what: str, asked: Iterable[str], known: Iterable[str], error: type[AnomalyAssetsError]
) -> None:
    """Refuse a name that nothing has; the sentence lists names that are near.

    Parameters
    ----------
    fleet : who should have it.
    what : is called so: ``unit`` or ``sensor``.
    asked, known : names.
    error : what is raised.

    Raises
    ------
    AnomalyAssetsError
        Of the kind ``error``, about the first name that isn't known.
    """
    there = set(known)
    unknown = next((name for name in asked if name not in there), None)
    if unknown is None:
        return
    names = {name.casefold(): name for name in sorted(there)}
    close = [names[name] for name in get_close_matches(unknown.casefold(), names, n=NEAREST, cutoff=0.5)]
    raise error(
        f"{fleet} has no {what} {unknown!r}",
        found=f"{len(there):,} {what}s, such as {', '.join((close or list(names.values()))[:NEAREST])}",
        remedy=f"did you mean {close[0]!r}?" if close else "name one as it is written there",
    )
