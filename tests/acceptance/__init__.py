"""What an operator gets: the installed `syncd` command as a process, against real servers on loopback."""
