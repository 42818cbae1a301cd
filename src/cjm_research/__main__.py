"""`python -m cjm_research` is `cjm`."""

from .cli import main

main()
