"""Makes every shop's name mean the simulator, for Python programs that are to run unchanged.

Python imports this by itself when its folder is on PYTHONPATH; SIMULATOR is the port on this machine.
"""

import os
import socket

_look_up = socket.getaddrinfo


def _here(host, port, *arguments, **options):
    if isinstance(host, str) and host.endswith(".myshopify.com"):
        host, port = "127.0.0.1", int(os.environ["SIMULATOR"])
    return _look_up(host, port, *arguments, **options)


socket.getaddrinfo = _here
