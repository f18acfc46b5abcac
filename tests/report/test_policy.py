"""The rules: what each makes of findings, and a policy of one's own."""

import json

import pytest

from leaklab.report import Finding, Measure, Policy
from leaklab.report.findings import LIMITS
from leaklab.report.policy import recommend


def membership(limit, leak=False, least=0.6, knowledge="64 shadow models", high=0.9):
    auc = Measure("AUC", 0.8 if leak else 0.5, 0.45, high if leak else 0.55, 0.5, 1e-9 if leak else 0.5, least)
    return Finding("membership", "LiRA", "leak" if leak else "clean", "said", limit, knowledge, (auc,))


def found(leaks=(), **settings):
    return [membership(limit, limit in leaks, **settings) for limit in LIMITS if limit != "file"]


def advice(findings, policy=None, pictures=False, offered=tuple(LIMITS)):
    return recommend(findings, policy or Policy(), pictures=pictures, offered=offered)


def test_a_clean_model_is_shared_and_says_what_would_have_been_seen():
    given = advice(found())
    assert given.decision == "share" and "0.60" in given.reasons[0] and "anybody" in given.says


@pytest.mark.parametrize("leaks, limits", [
    (("scores",), "rounded=2"), (("scores", "rounded=2"), "topk=1,rounded=1"),
    (("scores", "rounded=2", "topk=1,rounded=1"), "labels"), (("rounded=2",), "topk=1,rounded=1")])
def test_the_most_that_is_cleared_is_recommended(leaks, limits):
    given = advice(found(leaks))
    assert (given.decision, given.limits) == ("serve", limits) and "rule 2" in given.reasons[0]


def test_what_leaks_by_labels_is_kept():
    assert advice(found(tuple(LIMITS))).decision == "keep"


@pytest.mark.parametrize("title", ["training rows", "small leaves"])
def test_a_file_that_holds_records_or_small_groups_is_served(title):
    given = advice([*found(), Finding("structure", title, "leak", "3 records", "file")])
    assert (given.decision, given.limits) == ("serve", "") and "rule 1" in given.reasons[0]


@pytest.mark.parametrize("section", ["attributes", "inversion"])
def test_attributes_and_faces_block_what_they_were_got_from(section):
    def shown(outcome, access):
        return Finding(section, "attribute Drug", outcome, "said", access)

    given = advice([*found(), shown("leak", "scores")])
    assert given.decision == "undecided" and "was not tested" in " ".join(given.reasons)  # whether rounding stops it
    given = advice([*found(), shown("leak", "scores"), shown("clean", "rounded=2")])
    assert (given.decision, given.limits) == ("serve", "rounded=2")
    given = advice([*found(), shown("leak", "file"), shown("clean", "scores")])
    assert (given.decision, given.limits) == ("serve", "")
    assert advice([*found(), shown("leak", "labels")]).decision == "keep"


@pytest.mark.parametrize("findings, rule", [
    (found(least=0.95), "rule 3"), (found(knowledge="nothing else"), "rule 3"), ([], "not tested"),
    ([*found(), Finding("comparison", "members and others differ", "caution", "differ")], "rule 4"),
    ([*found(tuple(LIMITS)), Finding("comparison", "members and others differ", "caution", "differ")], "rule 4")])
def test_what_cannot_be_told_is_not_decided(findings, rule):
    given = advice(findings)
    assert given.decision == "undecided" and any(rule in reason for reason in given.reasons)


def test_pictures_are_cleared_only_where_inversion_was_tested():
    assert advice(found(), pictures=True).decision == "undecided"
    assert advice(found(), Policy(must_invert=False), pictures=True).decision == "share"
    assert advice([*found(), Finding("inversion", "faces", "clean", "no")], pictures=True).decision == "share"


def test_a_broken_promise_clears_nothing():
    given = advice([*found(), Finding("guarantee", "measured", "leak", "epsilon >= 9")])
    assert given.decision == "keep" and "rule 5" in given.reasons[0]


def test_a_small_leak_may_be_tolerated():
    small = found(tuple(LIMITS), high=0.58)
    assert advice(small).decision == "keep"
    assert advice(small, Policy(tolerated_auc=0.6)).decision == "share"


def test_an_endpoint_cannot_be_recommended_as_a_file():
    assert advice(found(), offered=("scores", "rounded=2", "labels")).decision == "serve"


@pytest.mark.parametrize("name, text", [("p.toml", 'name = "ours"\ngroup_size = 5\n[who]\nshare = "partners"\n'),
                                        ("p.json", json.dumps({"name": "ours", "group_size": 5,
                                                               "who": {"share": "partners"}}))])
def test_a_policy_file(tmp_path, name, text):
    (tmp_path / name).write_text(text, encoding="utf-8")
    policy = Policy.load(tmp_path / name)
    assert policy.group_size == 5 and policy.who["share"] == "partners" and policy.who["keep"]
    assert "partners" in advice(found(), policy).says


@pytest.mark.parametrize("text, says", [
    ("group_size = 0", "group_size"), ("groupsize = 5", "knows name"), ("= 1", "not a readable"),
    ("prior = 2", "prior"), ("who = 3", "who"), ("[who]\nall = 'me'", "who"), ("must_see_auc = 'x'", "must_see_auc")])
def test_a_wrong_policy_file_is_refused(tmp_path, text, says):
    (tmp_path / "p.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=says):
        Policy.load(tmp_path / "p.toml")
    with pytest.raises(ValueError, match="not a readable"):
        Policy.load(tmp_path / "missing.toml")
