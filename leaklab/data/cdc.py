"""Published facts of the CDC Diabetes Health Indicators table: the constants everything synthetic is drawn from.

Source: US Centers for Disease Control and Prevention, Behavioral Risk Factor Surveillance System 2015 (public domain),
in the cleaned extract of 253,680 answers by Alex Teboul, UCI data set 891, DOI 10.24432/C53919. All figures are
aggregates of that whole table, rounded: a share stands for at least 13 people, so that no single answer can be read
from these lines.
"""

import numpy as np

LABEL = "Diabetes_binary"
ROWS, PREVALENCE = 253_680, 0.13933

SHARES = {
    "HighBP": (0, (5710, 4290)),
    "HighChol": (0, (5759, 4241)),
    "CholCheck": (0, (373, 9627)),
    "BMI": (13, (1, 2, 5, 14, 31, 71, 156, 249, 388, 538, 615, 771, 676, 811, 970, 652, 587, 574, 484, 413, 353, 283,
                 220, 183, 163, 134, 115, 89, 65, 65, 59, 41, 32, 30, 25, 19, 16, 15, 10, 8, 9, 4, 7, 4, 3, 3, 2, 2,
                 1, 2, 1, 1, 1, 1, 1, 1, 0, 1, 2, 1, 2, 1, 2, 0, 2, 0, 3, 0, 2, 1, 0, 2, 0, 0, 2, 0, 1, 0, 0, 1)),
    "Smoker": (0, (5568, 4432)),
    "Stroke": (0, (9594, 406)),
    "HeartDiseaseorAttack": (0, (9058, 942)),
    "PhysActivity": (0, (2435, 7565)),
    "Fruits": (0, (3657, 6343)),
    "Veggies": (0, (1886, 8114)),
    "HvyAlcoholConsump": (0, (9438, 562)),
    "AnyHealthcare": (0, (489, 9511)),
    "NoDocbcCost": (0, (9158, 842)),
    "GenHlth": (1, (1786, 3512, 2982, 1244, 476)),
    "MentHlth": (0, (6925, 337, 515, 291, 149, 356, 39, 122, 25, 4, 251, 2, 16, 2, 46, 217, 3, 2, 4, 1, 133, 9, 2, 1,
                     1, 47, 2, 3, 13, 6, 477)),
    "PhysHlth": (0, (6309, 449, 582, 335, 179, 300, 52, 179, 32, 7, 221, 2, 23, 3, 102, 194, 4, 4, 6, 1, 129, 26, 3,
                     2, 3, 53, 3, 4, 21, 8, 765)),
    "DiffWalk": (0, (8318, 1682)),
    "Sex": (0, (5597, 4403)),
    "Age": (1, (225, 300, 438, 545, 637, 781, 1037, 1215, 1310, 1269, 928, 630, 684)),
    "Education": (1, (7, 159, 374, 2474, 2756, 4231)),
    "Income": (1, (387, 464, 630, 794, 1020, 1438, 1704, 3563)),
}
"""Column -> (smallest value, people in 10,000 with that value, with the next whole number, ...)."""

COLUMNS = tuple(SHARES)

CORRELATION = (
    (),  # HighBP
    (30,),  # HighChol
    (10, 9),  # CholCheck
    (21, 11, 3),  # BMI
    (10, 9, -1, 1),  # Smoker
    (13, 9, 2, 2, 6),  # Stroke
    (21, 18, 4, 5, 11, 20),  # HeartDiseaseorAttack
    (-13, -8, 0, -15, -9, -7, -9),  # PhysActivity
    (-4, -4, 2, -9, -8, -1, -2, 14),  # Fruits
    (-6, -4, 1, -6, -3, -4, -4, 15, 25),  # Veggies
    (0, -1, -2, -5, 10, -2, -3, 1, -4, 2),  # HvyAlcoholConsump
    (4, 4, 12, -2, -2, 1, 2, 4, 3, 3, -1),  # AnyHealthcare
    (2, 1, -6, 6, 5, 3, 3, -6, -4, -3, 0, -23),  # NoDocbcCost
    (30, 21, 5, 24, 16, 18, 26, -27, -10, -12, -4, -4, 17),  # GenHlth
    (6, 6, -1, 9, 9, 7, 6, -13, -7, -6, 2, -5, 19, 30),  # MentHlth
    (16, 12, 3, 12, 12, 15, 18, -22, -4, -6, -3, -1, 15, 52, 35),  # PhysHlth
    (22, 14, 4, 20, 12, 18, 21, -25, -5, -8, -4, 1, 12, 46, 23, 48),  # DiffWalk
    (5, 3, -2, 4, 9, 0, 9, 3, -9, -6, 1, -2, -4, -1, -8, -4, -7),  # Sex
    (34, 27, 9, -4, 12, 13, 22, -9, 6, -1, -3, 14, -12, 15, -9, 10, 20, -3),  # Age
    (-14, -7, 0, -10, -16, -8, -10, 20, 11, 15, 2, 12, -10, -28, -10, -16, -19, 2, -10),  # Education
    (-17, -9, 1, -10, -12, -13, -14, 20, 8, 15, 5, 16, -20, -37, -21, -27, -32, 13, -13, 45),  # Income
)
"""Pearson correlation of each column with the columns before it, in percent."""


def moments() -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of the 21 columns, from the published shares alone.

    Examples
    --------
    >>> mean, sd = moments()
    >>> round(float(mean[COLUMNS.index("BMI")]), 1), round(float(sd[COLUMNS.index("Sex")]), 1)
    (28.4, 0.5)
    """
    mean, sd = [], []
    for first, shares in SHARES.values():
        value, weight = first + np.arange(len(shares)), np.array(shares) / sum(shares)
        mean.append(weight @ value)
        sd.append(np.sqrt(weight @ (value - mean[-1]) ** 2))
    return np.array(mean), np.array(sd)
