"""Numbers in, findings out: healthy runs, and each illness on both sides of its edge."""

import math
import re

import numpy as np
import pytest
import yaml

from kgan.evaluation.diagnosis.doctor import find_unused_options
from kgan.evaluation.diagnosis.findings import ILLNESSES, diagnose
from kgan.evaluation.diagnosis.measurements import (
    Classes,
    Copies,
    Critic,
    Diversity,
    Measurements,
    Reconstruction,
)
from kgan.models import CycleGAN
from kgan.registry import MODELS
from kgan.runs import parse

CRITIC = Critic(0.17, -0.19, deviation=0.3, order=0.87, slope=0.91)  # acgan on digits
HEALTHY = Measurements(
    rounds=4000,
    losses={"discriminator": (1.78, 1.4, 1.3, 1.27), "generator": (0.98, 0.8, 0.8, 0.8)},
    largest={"loss": 1.6, "score": 0.84, "gradient": 0.24, "weight": 1.5},
    critics=(CRITIC,),
    gradients={"discriminator": 5e-3, "generator": 1e-3},
    diversity=Diversity(360, spread=0.98, different=7600.0, real_different=32310.0),
    classes=Classes(
        360, 360, tuple("0123456789"), *np.array([[0.1] * 10, [0.1] * 10, [0.004] * 10])
    ),
    copies=Copies(0.014, 1437, 1437, real_rate=0.006, ct=0.7),
)


def diversity(**changes):
    return HEALTHY._replace(diversity=HEALTHY.diversity._replace(**changes))


def copies(**changes):
    return HEALTHY._replace(copies=HEALTHY.copies._replace(**changes))


def critics(*changes):
    return HEALTHY._replace(critics=tuple(CRITIC._replace(**change) for change in changes))


def classes(*fake, count=360, made=360, misread=0.0):
    names = tuple(str(number) for number in range(len(fake)))
    wrong, real = np.full(len(fake), misread), np.full(len(fake), 1 / len(fake))
    return HEALTHY._replace(classes=Classes(count, made, names, real, np.array(fake), wrong))


def losses(*values):
    return HEALTHY._replace(losses={"discriminator": values})


def largest(**sizes):
    return HEALTHY._replace(largest={**HEALTHY.largest, **sizes})


def names(measured):
    return [finding.name for finding in diagnose(measured)]


HEALTHY_RUNS = {
    "acgan on digits": HEALTHY,
    "nothing but a round": Measurements(1, {}, {}, (), {}),
    "r1 at its equilibrium": critics({"real": 3.6e-4, "fake": 1.4e-5, "deviation": 2.4e-3,
                                      "order": 0.49, "slope": 1.0}),
    "hinge": critics({"order": 0.9985, "slope": 1.0}),
    "pix2pix, critic unopposed": critics({"order": 1.0, "slope": 0.065}),
    "wasserstein, apart": critics({"real": 90.0, "fake": -90.0, "order": 1.0, "slope": 1.0}),
    "least squares, slope through 0": critics({"order": 0.8, "slope": 0.0}),
    "one of two critics flat": critics({"order": 1.0, "slope": 1e-4}, {}),
    "score of fgan": largest(score=66.0),
    "weakest gradient": HEALTHY._replace(gradients={"generator": 5.5e-5}),
    "projection, little within a class": diversity(different=2000.0),
    "a sample drawn with replacement": diversity(different=91.0),
    "narrow": diversity(spread=0.26),
    "data full of twins": diversity(different=20.0, real_different=70.0),
    "a class at a fifth": classes(*[0.1089] * 9, 0.019),
    "497 classes": classes(*[0.0] * 248, *[1 / 249] * 249),
    "too few of a class beside mistakes": classes(0.5, 0.5, count=16, made=16, misread=0.1),
    "classes that are taken for each other": classes(*[0.108] * 9, 0.027, misread=0.026),
    "many points on no mode": classes(*[0.25] * 4, *[0.0] * 4, count=260),
    "no samples read": classes(0.0, 0.0, count=0),
    "overfit a little": copies(rate=0.05),
    "near each other in the data too": copies(rate=0.3, real_rate=0.2),
    "nothing held out": copies(real_rate=None, ct=None),
    "C_T of chance": copies(ct=-2.9),
    "a critic that describes all alike": HEALTHY._replace(
        reconstruction=Reconstruction(19.9, 17.0)
    ),
    "a loss that falls": losses(45.0, 10.0, 6.0, 5.0),
    "a loss that crosses 0": losses(1e-4, 1e-4, 1e-3, 0.5, 3.0),
    "one wild epoch, long ago": losses(1.0, 4000.0, 1.0, 1.0, 1.0),
    "too few epochs to tell": losses(0.1, 0.1, 5000.0),
}  # fmt: skip


@pytest.mark.parametrize("measured", HEALTHY_RUNS.values(), ids=HEALTHY_RUNS)
def test_nothing_is_said_of_the_healthy(measured):
    assert names(measured) == []


ILL = [
    (largest(weight=math.nan), "NaN risk", "NaN or infinity in a weight."),
    (largest(loss=math.inf, sample=math.nan), "NaN risk", "in a loss, a sample."),
    (largest(score=2.5e4), "NaN risk", "a score of 2.5e+04; those of healthy"),
    (losses(1.0, 1.1, 0.9, 1.0, 130.0), "NaN risk", "discriminator's loss is 130, over 100 times"),
    (losses(-2.0, -2.0, -2.0, -201.0), "NaN risk", "loss is -201"),
    (critics({"real": 0.0, "fake": 0.0, "deviation": 0.0}), "dead critic", "the score 0:"),
    (critics({"real": 400.0, "fake": 400.0, "deviation": 2e-3}), "dead critic", "the score 400:"),
    (critics({}, {"deviation": 9e-6}), "dead critic", "nobody can learn"),
    (critics({"order": 1.0, "slope": 0.009}), "critic saturation", "has 0.9% of its slope left"),
    (critics({"order": 1.0, "slope": -0.009}), "critic saturation", "100.0% of pairs"),
    (
        HEALTHY._replace(gradients={"generator": 0.9e-7}),
        "vanishing generator gradient",
        "9e-08 a weight (root mean square), less than the ε = 1e-07 of Adam",
    ),
    (HEALTHY._replace(variety=0.19), "ignored noise", "0.190 times as far apart"),
    (diversity(spread=0.24)._replace(rounds=22), "too few rounds", "After 22 rounds"),
    (diversity(spread=0.24), "mode collapse", "0.240 times as widely"),
    (diversity(different=89.0), "mode collapse", "as if there were 89 different ones only"),
    (diversity(different=12.0, real_different=50.0), "mode collapse", "12 different ones"),
    (
        classes(*[0.143] * 7, 0.0, 0.005, 0.0149),
        "mode dropping",
        "3 of 10 classes are lost: 7 (0.0% of the samples, 10.0% of the data), 8 (0.5% of",
    ),
    (classes(*[0.107] * 9, 0.03, misread=0.02), "mode dropping", "1 of 10 classes is lost: 9"),
    (classes(1.0, 0.0, count=30, made=40), "mode dropping", "1 of 2 classes is lost: 1"),
    (classes(*[0.0] * 7, 0.5, 0.5), "mode dropping", ", 4 (0.0% of the samples, 11.1% of the"),
    (
        HEALTHY._replace(reconstruction=Reconstruction(20.1, 17.0)),
        "memorising critic",
        "training pictures with 20.1 dB, and others with 17.0 dB",
    ),
    (copies(rate=0.06), "memorisation", "6.0% of the samples are as near"),
    (copies(rate=0.06, real_rate=None, ct=None), "memorisation", "(a true sampler's would: 1.0%)"),
    (copies(ct=-3.1), "memorisation", "C_T is -3.1: below -3"),
]


@pytest.mark.parametrize("measured, name, evidence", ILL, ids=lambda value: str(value)[:30])
def test_each_illness_is_named_with_its_evidence(measured, name, evidence):
    (finding,) = diagnose(measured)
    assert finding.name == name
    assert evidence in finding.evidence
    assert finding.advice


def test_a_dead_critic_explains_the_vanished_gradient():
    dead = critics({"real": 0.0, "fake": 0.0, "deviation": 0.0})
    found = diagnose(dead._replace(gradients={"generator": 0.0}))
    assert [finding.name for finding in found] == ["dead critic", "vanishing generator gradient"]
    assert "The critic is dead." in found[1].evidence


@pytest.mark.parametrize("slope, said, advised", [
    (0.001, "Its loss has 0.1% of its slope left", "--model.adversarial non_saturating"),
    (0.5, "The loss is steep there", "another --model.network"),
])  # fmt: skip
def test_a_vanished_gradient_is_traced_to_the_loss_or_not(slope, said, advised):
    measured = critics({"generator_slope": slope})._replace(gradients={"generator": 1e-9})
    (finding,) = diagnose(measured)
    assert said in finding.evidence
    assert any(advice.startswith(advised) for advice in finding.advice)


def test_collapse_is_one_illness_though_classes_are_lost_with_it():
    measured = classes(*[0.0] * 9, 1.0)._replace(diversity=diversity(spread=0.0).diversity)
    assert names(measured) == ["mode collapse"]
    # Alike samples lie in the midst of the data: only nearness of single ones shows copies.
    assert names(measured._replace(copies=copies(ct=-5.0).copies)) == ["mode collapse"]
    assert names(measured._replace(copies=copies(rate=1.0).copies)) == [
        "mode collapse", "memorisation"
    ]  # fmt: skip


def test_a_young_generator_may_not_have_begun():
    young = diversity(spread=0.01)._replace(rounds=22)
    (finding,) = diagnose(young)
    assert finding.name == "too few rounds" and "After 22 rounds it has" in finding.evidence
    assert "begun" not in diagnose(diversity(spread=0.01))[0].evidence


def test_nothing_else_is_said_of_numbers_that_are_not():
    lost = Critic(math.nan, math.nan, math.nan, 0.0, math.nan, math.nan)
    measured = largest(score=math.nan)._replace(
        critics=(lost,),
        gradients={"generator": math.nan},
        diversity=None,
        classes=None,
        copies=None,
    )
    assert names(measured) == ["NaN risk"]


def test_the_help_names_every_illness_and_no_other():
    found = {name for _, name, _ in ILL}
    assert found == set(ILLNESSES)


def advices():
    found = {advice for measured, _, _ in ILL for found in diagnose(measured)
             for advice in found.advice}  # fmt: skip
    flat = critics({"generator_slope": 0.0})._replace(gradients={"generator": 0.0})
    return sorted(found | {advice for finding in diagnose(flat) for advice in finding.advice})


def test_every_option_advised_is_one():
    known = {}
    for variant in MODELS.entries():
        config = parse.parse([], [{"model": {"name": variant}, "data": {"source": "digits"}}])
        known |= {f"--{s}.{key}": None for s, of in config.sections().items() for key in of}
    folder = {"model": {"name": "dcgan"}, "data": {"source": "images:/photos"}}
    known |= {f"--data.{key}": None for key in parse.parse([], [folder]).data}
    seen = set()
    for advice in advices():
        for option in re.findall(r"--\w+\.\w+", advice):
            assert option in known, advice
            seen.add(option)
    assert "--model.regularizers" in seen and "--data.mirror" in seen


@pytest.mark.parametrize("advice", [a for a in advices() if re.match(r"--[\w.]+ ['\w]", a)])
def test_every_value_advised_is_taken(advice):
    """An advice that begins with an option and a value can be typed as it stands."""
    option, value = re.match(r"(--[\w.]+) ('.*?'|\w+)", advice).groups()
    source = "images:/photos" if option.startswith("--data") else "digits"
    layer = {"model": {"name": "dcgan"}, "data": {"source": source}}
    config = parse.parse([option, value.strip("'")], [layer])
    section, key = option[2:].split(".")
    assert config.sections()[section][key] == yaml.safe_load(value.strip("'"))
    arguments = {k: v for k, v in config.model.items() if k != "name"}
    if section == "model" and key != "name":
        MODELS.get("dcgan").example(**{key: arguments[key]})


def test_what_a_variant_does_not_take_is_not_advised():
    lost = Measurements(7, {}, {"weight": math.nan}, (), {})
    (finding,) = diagnose(lost)
    assert any("--model.regularizers" in line for line in finding.advice)
    (finding,) = diagnose(lost, ("regularizers",))
    assert finding.advice and not any("--model.regularizers" in line for line in finding.advice)
    gan = CycleGAN.example()
    assert {"network", "regularizers", "name"} <= set(find_unused_options(gan))
