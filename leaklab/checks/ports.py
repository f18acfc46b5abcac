"""Whether the ports that the course's servers listen on are free."""

import os
import socket
from functools import partial

from leaklab.checks.base import Check, Diagnosis, ok, warn

HOST = "127.0.0.1"
PORTS = {
    8888: ("JupyterLab", 'It takes the next free port by itself; to choose one: make lab ARGS="--port 9000".'),
    8501: ("prediction API", "leaklab serve --port 8502; clients then ask http://127.0.0.1:8502."),
    8866: ("Voila", 'make show ARGS="--port=8867", or: voila --port=8867.'),
}


def port(number: int) -> Diagnosis:
    """Whether a server could listen there."""
    try:
        with socket.socket() as trial:
            if os.name == "posix":  # as servers do, for connections of before linger; on Windows it means another thing
                trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind((HOST, number))
            trial.listen(1)
        return ok("free")
    except OSError as error:
        who, mine = _listener(number)
        if mine:
            return ok(f"taken by the server of this notebook ({who})")
        return warn(f"taken by {who}" if who else f"not to be had: {error.strerror or error}", PORTS[number][1])


def _listener(number: int) -> tuple[str, bool]:
    """The process that listens there, where this system tells, and whether it is a parent of ours."""
    import psutil

    try:
        pids = {c.pid for c in psutil.net_connections("tcp")
                if c.status == psutil.CONN_LISTEN and c.laddr.port == number and c.pid}
        for pid in pids:
            mine = pid in {parent.pid for parent in psutil.Process().parents()}
            return f"{psutil.Process(pid).name()}, process {pid}", mine
    except (psutil.Error, OSError):  # other people's processes are not everybody's to see
        pass
    return "", False


CHECKS = tuple(Check("ports", f"port {number} ({name})", partial(port, number)) for number, (name, _) in PORTS.items())
