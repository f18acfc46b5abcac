"""The commands of `leaklab`, each with its parser; nothing heavy is imported before one runs."""

from leaklab.commands.audit import add_audit
from leaklab.commands.capstone import add_capstone
from leaklab.commands.doctor import add_doctor

__all__ = ["add_audit", "add_capstone", "add_doctor"]
