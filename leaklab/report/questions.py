"""What data officers are asked, by whom, and which sections of the report speak to it: facts with their sources.

Own words, after: EDPB Opinion 28/2024 (paragraphs 43 and 55), NIST AI 100-2 E2025 (section 2.4), NIST SP 800-226, and
the techniques of MITRE ATLAS as published in its data repository.
"""

from dataclasses import dataclass

from leaklab.report.findings import LIMITS

OPINION = ("EDPB Opinion 28/2024 (17 December 2024)", "https://www.edpb.europa.eu/our-work-tools/our-documents/"
           "opinion-board-art-64/opinion-282024-certain-data-protection-aspects_en")
TAXONOMY = ("NIST AI 100-2 E2025 (March 2025)", "https://csrc.nist.gov/pubs/ai/100/2/e2025/final")
GUARANTEES = ("NIST SP 800-226 (March 2025)", "https://csrc.nist.gov/pubs/sp/800/226/final")


@dataclass(frozen=True)
class Question:
    """A question of one source.

    Attributes
    ----------
    source, url : str
    asks : str
        In our own words.
    sections : tuple of str
        Of ``findings.SECTIONS``; none where Leaklab does not look.
    accesses : tuple of str
        Only findings with one of these count; empty for all.
    """

    source: str
    url: str
    asks: str
    sections: tuple[str, ...] = ()
    accesses: tuple[str, ...] = ()


def atlas(number: str) -> tuple[str, str]:
    """A technique of MITRE ATLAS, and where it is described.

    >>> atlas("AML.T0024")[1]
    'https://atlas.mitre.org/techniques/AML.T0024'
    """
    return f"MITRE ATLAS {number}", f"https://atlas.mitre.org/techniques/{number}"


SERVED = tuple(access for access in LIMITS if access != "file")
QUESTIONS = (
    Question(*OPINION, "Before a model trained on personal data counts as anonymous: are both the likelihood of "
             "extracting personal data from the model and the likelihood of obtaining them through queries "
             "insignificant, by all means reasonably likely to be used? Supervisory authorities judge case by case.",
             ("structure", "membership", "groups", "attributes", "inversion")),
    Question(*OPINION, "Among the evidence it names: structured tests against attribute and membership inference, "
             "exfiltration, regurgitation of training data, model inversion, and reconstruction.",
             ("structure", "membership", "attributes", "inversion")),
    Question(*TAXONOMY, "Membership inference: can an attacker tell whether a record was in the training data?",
             ("membership", "groups")),
    Question(*TAXONOMY, "Data reconstruction, model inversion among it: can training data, or what is typical of a "
             "class of them, be recovered?", ("structure", "inversion")),
    Question(*TAXONOMY, "Property inference: can an attacker learn facts about the training data as a whole, such as "
             "the share of a group?"),
    Question(*GUARANTEES, "Is a claim of differential privacy sound: its epsilon and delta, the unit that it protects, "
             "and the implementation behind it?", ("guarantee",)),
    Question(*atlas("AML.T0044"), "Full AI Model Access: what does somebody gain who holds the file itself?",
             ("structure", "membership", "inversion"), ("file",)),
    Question(*atlas("AML.T0024.000"), "Infer Training Data Membership, through the answers of a served model.",
             ("membership",), SERVED),
    Question(*atlas("AML.T0024.001"), "Invert AI Model: reconstruct training data from a served model's scores.",
             ("inversion",), SERVED),
    Question(*atlas("AML.T0024.002"), "Extract AI Model: copy a served model by asking it."),
)
