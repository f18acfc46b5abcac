"""The one way from a table, in memory or read from files, to records."""

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from leaklab._validate import Refused, fail
from leaklab.data.columns import divide, source_of
from leaklab.data.encoding import Encode, check_encode, not_encoded, outside
from leaklab.data.grouping import equal_rows
from leaklab.data.scaling import Bounds, bounded, own_scaling
from leaklab.data.tables import Table


def prepare(table: pd.DataFrame | Table | Sequence[Table], label: Hashable, person: Hashable | None, *,
            encode: Encode | str | None, bounds: Bounds | None, missing: str, drop: Sequence[Hashable],
            features: Sequence[Hashable] | None) -> dict[str, Any]:
    """The fields of `leaklab.data.Records`; see `leaklab.data.Records.of`."""
    given = source_of(table)
    found = divide(given, label=label, person=person, drop=drop, features=features, missing=missing)
    kept, notes = found.features, list(found.notes)
    categories, public = check_encode(kept, encode)
    for name, known in (categories or {}).items():
        if len(wrong := outside(kept[name], known)):
            fail(f"encode[{name!r}]", known, f"does not cover {kept[name].iloc[wrong[0]]!r} on "
                 f"{found.place(int(wrong[0]))}", "Add the category, or mend the value.")
        if not public:
            notes.append(f"column {name!r}: the categories {known} were taken from the table.")
    center = scale = np.empty(0)
    why = not_encoded(kept, categories)
    if why and (bounds is not None or (encode is not None and missing != "keep")):
        raise Refused(f"{given.name}: {why}")
    if bounds is not None:
        kept, center, scale = bounded(kept, categories, bounds)
    elif not why:
        center, scale = own_scaling(kept, categories)
    if alike := len(kept) - len(np.unique(equal_rows(kept, found.label))):
        notes.append(f"{alike} of {len(kept)} rows equal an earlier one in all features and the label.")
    return {"features": kept, "label": found.label, "label_name": str(label), "classes": found.classes,
            "center": center, "scale": scale, "source": given.short, "public_scaling": bounds is not None,
            "person": found.person, "encode": categories, "public_categories": public, "notes": tuple(notes)}
