"""`python -m syncd`: the same as the command `syncd`."""

from syncd.cli.main import main

main()
