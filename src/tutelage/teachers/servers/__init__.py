"""Chat teachers that run in this process, behind a server on the loopback."""
