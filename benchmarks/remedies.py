"""What changes who is exposed: the remedies of lesson 05, and those that pairs propose.

    python benchmarks/remedies.py

The same 1,400 invented people are asked about each time, in and out of the same 33 halves; LiRA, each model in its turn
against the other 32. Exposed: shown to be, at a false discovery rate of 5%. Useful: how often an unseen ill person gets
a higher risk than a healthy one, mean over the models.
"""

from dataclasses import replace

import numpy as np
import pandas as pd
from table import Table

from leaklab.data import load_patients, risk, sample_cohort
from leaklab.experiments import VICTIM, stopped_early, take_turns
from leaklab.metrics import Spread, auc, auc_by_group, exposure
from leaklab.training import halves

SHORT = replace(VICTIM, epochs=5)


def main():
    asked = load_patients("synthetic").deduplicate().sample(1400, rng=0)
    ill = asked.label == 1
    expected = risk(asked.features) >= 0.2
    kind = np.where(~ill, "healthy", np.where(expected, "ill, expected", "ill, unexpected"))
    trained_on = halves(33, 1400, rng=1)
    table = Table("remedy", "healthy, AUC:", "ill, expected:", "ill, unexpected:", "exposed, of 1,400:", "useful:")
    for name, (records, rows, recipe) in remedies(asked, ill, trained_on).items():
        turns = take_turns(records, recipe, trained_on=rows, rng=1).take(slice(1400))
        score = turns.scores("LiRA")
        groups = auc_by_group(score, trained_on, kind).auc
        useful = Spread.of([auc(answer[~inside, 1], asked.label[~inside]).value
                            for answer, inside in zip(turns.answers, trained_on, strict=True)])
        table.row(name, *(groups[one] for one in sorted(groups)), int(exposure(score, trained_on).exposed(0.05).sum()),
                  str(useful).split(", sd")[0])


def remedies(asked, ill, trained_on):
    """Records, who is in which model, and recipe, by name."""
    features, label = sample_cohort(60_000, rng=1)
    strangers = replace(asked, features=features, label=label)

    def joined(rows):
        more = strangers.take(rows)
        table = replace(asked, features=pd.concat([asked.features, more.features], ignore_index=True),
                        label=np.concatenate([asked.label, more.label]))
        return table, np.concatenate([trained_on, halves(33, len(more), rng=2)], axis=1)

    repeated = np.concatenate([np.arange(1400), np.repeat(np.flatnonzero(ill), 4)])
    return {"as it was": (asked, trained_on, VICTIM),
            "ten times the people, 5 epochs": (*joined(range(12_600)), SHORT),
            "same people, 5 epochs": (asked, trained_on, SHORT),
            "ill repeated five times": (asked.take(repeated), trained_on[:, repeated], VICTIM),
            "new ill people": (*joined(np.flatnonzero(label == 1)[:998]), VICTIM),
            "stopped after 3 epochs": (asked, trained_on, stopped_early()),
            "weight decay 0.01": (asked, trained_on, replace(VICTIM, weight_decay=0.01)),
            "dropout 0.5": (asked, trained_on, replace(VICTIM, dropout=0.5)),
            "one hidden layer of 16": (asked, trained_on, replace(VICTIM, hidden=(16,)))}


if __name__ == "__main__":
    main()
