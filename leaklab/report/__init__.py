"""The privacy audit of a brought model, as a report."""
