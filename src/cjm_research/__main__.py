"""`python -m cjm_research` is `cjm`."""

from .command.cli import main

main()
