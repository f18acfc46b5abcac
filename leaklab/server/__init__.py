"""The prediction API and the defender's side: keys, budgets, limits, the audit log, and what it shows."""

from leaklab.server.detector import Alarm, Detector
from leaklab.server.hardening import parse_hardening
from leaklab.server.keys import Key, Keys, list_keys
from leaklab.server.limits import Limits
from leaklab.server.log import Asked, read_log, sketch_of
from leaklab.server.run import Server, serve
from leaklab.server.sketch import Sketch

__all__ = ["Alarm", "Asked", "Detector", "Key", "Keys", "Limits", "Server", "Sketch", "list_keys", "parse_hardening",
           "read_log", "serve", "sketch_of"]
