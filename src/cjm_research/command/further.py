"""A command that hands what follows `--` to another program."""

from __future__ import annotations

import typer
from typer.core import TyperCommand

FURTHER = "cjm_research.further"


class WithFurther(TyperCommand):
    """The words after `--` lie in the context's `meta[FURTHER]`; the ones before it are read as ever."""

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]
        """Part the words at the first `--`."""
        at = args.index("--") if "--" in args else len(args)
        ctx.meta[FURTHER] = args[at + 1:]
        return super().parse_args(ctx, args[:at])  # type: ignore[arg-type]
