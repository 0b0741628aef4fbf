"""Ports for servers that can't choose one themselves."""

import itertools
import os
import socket

# Below those that Linux gives to clients and to who binds port 0: nobody gets one by chance before its server binds it.
FIRST, COUNT = 10_000, 22_768
EACH = 32
_tried = itertools.count(os.getpid() * EACH)


def free_port():
    """A port on loopback that nobody listens at, and that this process is not told twice."""
    for tried in itertools.islice(_tried, COUNT):
        port = FIRST + tried % COUNT
        with socket.socket() as listener:
            try:
                listener.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
    raise RuntimeError("every port is taken")
