"""Commands with commands of their own that mean one of them when none is named."""

import typer.core
from typer import Context


class ListsByDefault(typer.core.TyperGroup):
    """``events river`` is ``events list river``; a fleet that is called as a command is asked for by ``list``."""

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:  # type: ignore[override]
        """Put ``list`` in front of what names no command."""
        if not args or args[0] not in {*self.commands, *ctx.help_option_names}:
            args = ["list", *args]
        return super().parse_args(ctx, args)
