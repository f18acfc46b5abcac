"""The commands of `leaklab`, each with its parser; nothing heavy is imported before one runs."""
