"""Figures: numbers in, matplotlib Axes out. Nothing is computed here."""
