"""The synthetic patients look like the published CDC figures, and the embedded file is what the generator makes."""

import gzip

import numpy as np
import pandas as pd
import pytest

from leaklab.data import cdc, load_patients
from leaklab.data.cohort import embedded_bytes, latent_correlation, risk, sample_cohort
from leaklab.data.patients import EMBEDDED

N = 60_000
Z = 4  # standard errors of the sample: of a right generator's figures one in 16,000 is further off
# What the model itself may miss, beside the sample: a copula knows pairs of columns, not everything about them.
MISSES_SHARE, MISSES_PREVALENCE, MISSES_LOG_ODDS, MISSES_CORRELATION = 0.002, 0.017, 0.08, 0.01

# Published figures of the table (Diabetes_binary, all 253,680 rows).
MEAN = {"HighBP": 0.42900, "HighChol": 0.42412, "CholCheck": 0.96267, "BMI": 28.3824, "Smoker": 0.44317,
        "Stroke": 0.04057, "HeartDiseaseorAttack": 0.09419, "PhysActivity": 0.75654, "Fruits": 0.63426,
        "Veggies": 0.81142, "HvyAlcoholConsump": 0.05620, "AnyHealthcare": 0.95105, "NoDocbcCost": 0.08418,
        "GenHlth": 2.5114, "MentHlth": 3.1848, "PhysHlth": 4.2421, "DiffWalk": 0.16822, "Sex": 0.44034, "Age": 8.0321,
        "Education": 5.0504, "Income": 6.0539}
MEAN_IF_ILL = {"HighBP": 0.75267, "HighChol": 0.67012, "CholCheck": 0.99318, "BMI": 31.944, "Smoker": 0.51822,
               "Stroke": 0.09246, "HeartDiseaseorAttack": 0.22288, "PhysActivity": 0.63054, "Fruits": 0.58544,
               "Veggies": 0.75641, "HvyAlcoholConsump": 0.02354, "AnyHealthcare": 0.95977, "NoDocbcCost": 0.10587,
               "GenHlth": 3.291, "MentHlth": 4.4618, "PhysHlth": 7.9545, "DiffWalk": 0.37122, "Sex": 0.47912,
               "Age": 9.3791, "Education": 4.7455, "Income": 5.2101}
SD = {"BMI": 6.6087, "GenHlth": 1.0685, "MentHlth": 7.4128, "PhysHlth": 8.7180, "Age": 3.0542, "Education": 0.9858,
      "Income": 2.0711}
BY_AGE = (0.01368, 0.01843, 0.02823, 0.04529, 0.06505, 0.0879, 0.11735, 0.13827, 0.17245, 0.2037, 0.21846, 0.21295,
          0.18482)
BY_AGE_FEMALE = (0.01639, 0.0223, 0.03151, 0.04738, 0.06305, 0.08254, 0.11091, 0.12909, 0.16244, 0.18317, 0.19401,
                 0.19473, 0.16537)
BY_AGE_MALE = (0.01117, 0.01414, 0.0243, 0.04264, 0.06765, 0.09448, 0.12564, 0.15027, 0.18467, 0.22891, 0.24947,
               0.2391, 0.21473)
BMI_EDGES, BY_BMI = (18.5, 25, 30, 35, 40), (0.05405, 0.05697, 0.11405, 0.19234, 0.27436, 0.33537)
UNIT = {"BMI": 5, "MentHlth": 10, "PhysHlth": 10}  # an odds ratio is per 5 kg/m2, per 10 days, else per step
ALONE = {"HighBP": 5.0375, "HighChol": 3.2546, "CholCheck": 6.429, "Smoker": 1.4199, "Stroke": 3.0649,
         "HeartDiseaseorAttack": 3.6233, "PhysActivity": 0.49, "Fruits": 0.7869, "Veggies": 0.6801,
         "HvyAlcoholConsump": 0.368, "AnyHealthcare": 1.2651, "NoDocbcCost": 1.3494, "GenHlth": 2.198,
         "DiffWalk": 3.7711, "Sex": 1.1993, "Education": 0.7123, "Income": 0.8129, "BMI": 1.4814, "Age": 1.2076,
         "MentHlth": 1.2597, "PhysHlth": 1.555}
LIFESTYLE = {"Age": 1.2455, "Sex": 1.2225, "BMI": 1.5357, "Smoker": 1.2394, "PhysActivity": 0.6854, "Fruits": 0.8751,
             "Veggies": 0.8337, "HvyAlcoholConsump": 0.4213}
ALL = {"HighBP": 2.1331, "HighChol": 1.7834, "CholCheck": 3.4695, "Smoker": 0.9897, "Stroke": 1.1436,
       "HeartDiseaseorAttack": 1.2466, "PhysActivity": 0.9495, "Fruits": 0.9513, "Veggies": 0.9674,
       "HvyAlcoholConsump": 0.4634, "AnyHealthcare": 1.0862, "NoDocbcCost": 1.0181, "GenHlth": 1.7091,
       "DiffWalk": 1.1311, "Sex": 1.2945, "Education": 0.9696, "Income": 0.9498, "BMI": 1.3557, "Age": 1.1316,
       "MentHlth": 0.9643, "PhysHlth": 0.9286}
STRONGEST = (("GenHlth", "PhysHlth", 0.5244), ("PhysHlth", "DiffWalk", 0.4784), ("GenHlth", "DiffWalk", 0.4569),
             ("Education", "Income", 0.4491), ("GenHlth", "Income", -0.37), ("MentHlth", "PhysHlth", 0.3536),
             ("HighBP", "Age", 0.3445), ("DiffWalk", "Income", -0.3201), ("GenHlth", "MentHlth", 0.3017),
             ("HighBP", "GenHlth", 0.3005), ("HighBP", "HighChol", 0.2982), (cdc.LABEL, "GenHlth", 0.2936),
             ("GenHlth", "Education", -0.2849), ("HighChol", "Age", 0.2723), ("PhysHlth", "Income", -0.2668),
             ("PhysActivity", "GenHlth", -0.2662), (cdc.LABEL, "HighBP", 0.2631),
             ("HeartDiseaseorAttack", "GenHlth", 0.2584), ("Fruits", "Veggies", 0.2543),
             ("PhysActivity", "DiffWalk", -0.2532), ("BMI", "GenHlth", 0.2392), ("MentHlth", "DiffWalk", 0.2337),
             ("AnyHealthcare", "NoDocbcCost", -0.2325), ("HighBP", "DiffWalk", 0.2236),
             (cdc.LABEL, "DiffWalk", 0.2183), (cdc.LABEL, "BMI", 0.2168), (cdc.LABEL, "HighChol", 0.2003))


@pytest.fixture(scope="module")
def cohort():
    features, label = sample_cohort(N, rng=7)
    return features.assign(**{cdc.LABEL: label})


def logistic(table, columns):
    """Slopes and their standard errors, by Newton's method."""
    x = np.column_stack([np.ones(len(table))] + [table[c] / UNIT.get(c, 1) for c in columns])
    y, beta = table[cdc.LABEL].to_numpy(), np.zeros(x.shape[1])
    for _ in range(12):
        p = 1 / (1 + np.exp(-x @ beta))
        information = x.T @ (x * (p * (1 - p))[:, None])
        beta = beta + np.linalg.solve(information, x.T @ (y - p))
    return beta[1:], np.sqrt(np.diag(np.linalg.inv(information)))[1:]


def wrong(found, published, allowed, names):
    """The names whose figure is further from the published one than allowed, with both figures."""
    rows = zip(names, np.asarray(found), np.asarray(published), np.broadcast_to(allowed, np.shape(found)), strict=True)
    return [(name, float(f), float(p)) for name, f, p, a in rows if abs(f - p) > a]


def prevalence_is(table, bands, published):
    groups = table.groupby(bands)[cdc.LABEL]
    allowed = Z * np.sqrt(np.array(published) * (1 - np.array(published)) / groups.size()) + MISSES_PREVALENCE
    assert not wrong(groups.mean(), published, allowed, groups.mean().index)


@pytest.mark.parametrize("group, published", [("everybody", MEAN), ("ill", MEAN_IF_ILL)])
def test_means_are_the_published_ones(cohort, group, published):
    table = cohort if group == "everybody" else cohort[cohort[cdc.LABEL] == 1]
    sd = table[list(published)].std()
    allowed = Z * sd / np.sqrt(len(table)) + MISSES_SHARE * (1 if group == "everybody" else 3) * (1 + sd)
    assert not wrong(table[list(published)].mean(), list(published.values()), allowed, published)


def test_spreads_and_overall_prevalence(cohort):
    # The standard error of a standard deviation with a heavy tail: kurtosis k gives sd * sqrt((k - 1) / 4n).
    table = cohort[list(SD)]
    allowed = Z * table.std() * np.sqrt((table.kurt() + 2) / (4 * N)) + 0.01 * table.std()
    assert not wrong(table.std(), list(SD.values()), allowed, SD)
    assert abs(cohort[cdc.LABEL].mean() - cdc.PREVALENCE) < Z * np.sqrt(0.12 / N) + 0.001


def test_every_answer_has_its_published_share(cohort):
    for name, (first, shares) in cdc.SHARES.items():
        found = np.bincount(cohort[name] - first, minlength=len(shares)) / N
        share = np.array(shares) / sum(shares)
        assert not wrong(found, share, (Z + 1) * np.sqrt(share * (1 - share) / N), range(len(share))), name


def test_prevalence_by_age_sex_and_bmi(cohort):
    prevalence_is(cohort, cohort["Age"], BY_AGE)
    prevalence_is(cohort[cohort["Sex"] == 0], "Age", BY_AGE_FEMALE)
    prevalence_is(cohort[cohort["Sex"] == 1], "Age", BY_AGE_MALE)
    prevalence_is(cohort, "Sex", (0.12968, 0.1516))
    prevalence_is(cohort, np.digitize(cohort["BMI"], BMI_EDGES), BY_BMI)


@pytest.mark.parametrize("name, published", ALONE.items(), ids=ALONE)
def test_odds_ratio_alone(cohort, name, published):
    slope, error = logistic(cohort, [name])
    assert abs(slope[0] - np.log(published)) < Z * error[0] + MISSES_LOG_ODDS


@pytest.mark.parametrize("published", [LIFESTYLE, ALL], ids=["lifestyle", "all"])
def test_odds_ratios_together(cohort, published):
    slopes, errors = logistic(cohort, list(published))
    assert not wrong(slopes, np.log(list(published.values())), Z * errors + MISSES_LOG_ODDS, published)


def test_strongest_correlations(cohort):
    correlation = cohort.corr()
    found = [correlation.loc[a, b] for a, b, _ in STRONGEST]
    # Long tails make a correlation vary up to twice as much as between normal numbers.
    assert not wrong(found, [r for *_, r in STRONGEST], Z * 2 / np.sqrt(N) + MISSES_CORRELATION, STRONGEST)


def test_the_published_correlations_belong_together():
    assert np.linalg.eigvalsh(latent_correlation()).min() > 0.2


def test_whole_numbers_in_the_order_of_the_table():
    features, label = sample_cohort(50, rng=0)
    assert tuple(features.columns) == cdc.COLUMNS and (features.dtypes == np.int64).all()
    assert set(label) <= {0, 1}


def test_same_seed_same_patients():
    (a, la), (b, lb), (c, _) = sample_cohort(30, rng=1), sample_cohort(30, rng=1), sample_cohort(30, rng=2)
    pd.testing.assert_frame_equal(a, b)
    assert np.array_equal(la, lb) and not a.equals(c)


def test_risk_flattens_with_age_and_bmi():
    person = sample_cohort(1, rng=0)[0]
    old = risk(pd.concat([person.assign(Age=a) for a in (3, 10, 13)]))
    heavy = risk(pd.concat([person.assign(BMI=b) for b in (22, 40, 45, 90)]))
    assert old[0] < old[1] > old[2]
    assert heavy[1] > 3 * heavy[0] and abs(heavy[3] - heavy[2]) < 0.1


def test_embedded_file_is_what_the_generator_makes():
    # The text, not its compression, which differs between releases of zlib.
    assert gzip.decompress(EMBEDDED.read_bytes()) == gzip.decompress(embedded_bytes())
    assert EMBEDDED.read_bytes()[4:8] == b"\0\0\0\0", "the file carries the time it was made"


def test_embedded_patients_are_nearly_all_different():
    records = load_patients()
    assert len(records) == 5_000
    assert len(records) - len(records.deduplicate()) == 27  # as data/README.md says


@pytest.mark.parametrize("n", [0, -1, 2.5, True])
def test_refuses_a_wrong_number(n):
    with pytest.raises(ValueError, match="n="):
        sample_cohort(n, rng=0)


def test_refuses_a_missing_seed():
    with pytest.raises(ValueError, match="rng=None"):
        sample_cohort(3, rng=None)
