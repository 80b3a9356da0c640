"""The illnesses that the doctor knows, and the thresholds at which it finds them.

Each threshold stands beside what healthy runs measured: the recipes dcgan, projection_gan, acgan
and cgan on digits, r1_gan on the ring, text_to_image, pix2pix, cyclegan and fgan at their end;
narrower DCGANs with and without R1, and points in the plane, throughout training.

The help of `kgan doctor` lists the illnesses, so this file imports nothing slow.
"""

import math
import re
import statistics
from collections.abc import Collection
from typing import TYPE_CHECKING, NamedTuple

from kgan.log import count_words

if TYPE_CHECKING:
    from kgan.evaluation.diagnosis.measurements import Measurements

ILLNESSES = {
    "NaN risk": "numbers that are not finite, huge, or running away",
    "dead critic": "every sample has the same score",
    "critic saturation": "it tells all samples apart, and has nothing left to learn",
    "vanishing generator gradient": "smaller than what Adam can make a step of",
    "too few rounds": "samples all alike, as those of every run are at its beginning",
    "mode collapse": "samples all alike, or each with near twins",
    "mode dropping": "classes of the data that are not, or hardly, among the samples",
    "ignored noise": "one picture for each condition, whatever the seed",
    "memorising critic": "it describes training pictures far better than others",
    "memorisation": "copies of training pictures",
}

# Adam divides by the gradient's own size plus ε = 1e-7 (Keras'; RMSprop too): only below ε do
# steps shrink with the gradient. Healthy: 5e-5 to 2e-2.
VANISHED = 1e-7
# A discriminator's loss keeps 1 % of the slope that it has for an untrained critic when the critic
# is right with 99 % probability. Healthy: 0.4 to 1; a pix2pix with a weak generator, 0.06; a DCGAN
# without R1, once, at round 200: 0.009.
_FLAT = 0.01
_ORDERED = 0.99  # of pairs of a real and a generated sample; needed too, as a slope may pass 0
# Float32 keeps seven digits: below this, scores differ by rounding only. Healthy: 2e-3 and more.
_SAME = 1e-5
# Largest number of a healthy run: 66, a score of fgan_kl. Float16 ends at 6.5e4.
_HUGE = 1e4
_GROWN = 100.0  # times its own median; no loss of a healthy run has grown even threefold
# Healthy from round 400 on: a spread of 0.74 to 1.08, and 1300 different samples and more. With
# a quarter as many different ones as samples, most samples of a grid have a double in it.
_NARROW, _FEW = 0.25, 0.25
# Of the share that a class has in the data. Healthy: 0.19 and more once samples differ.
_LOST = 0.15
# Not judged: classes for which the share read by mistake is large beside their own, as it depends
# on what generated samples look like; and points of which many lie on no mode yet, as the hardest
# modes have next to none then (wgan's ring at round 2000: 41 % on a mode, two modes empty; r1_gan's
# grid at 2500: 50 %, one mode nearly empty; at the end none was).
_MISTAKEN, READ = 0.25, 0.75
_EXPECTED = 10.0  # samples of a class; to see none of them has the probability e⁻¹⁰ = 5e-5
# Healthy: copies 0 to 1.4 % where unseen real images have 0.6 %, C_T −1.1 to 10.6. Limits:
# `kgan.metrics.card`.
_ONE_PICTURE = 0.2  # of the data's variety within a condition; projection_gan on digits has 0.6
_GAP = 3.0  # decibels, half the error
_YOUNG = 500  # rounds; a healthy DCGAN's samples were all alike until round 200, without R1 300


class Finding(NamedTuple):
    """One illness.

    Attributes:
        name: e.g. `"mode collapse"`.
        evidence: the numbers, in a sentence or two.
        advice: what to try, options of `kgan train` first.
        size: how bad it is, to be compared with the same finding of another time.
    """

    name: str
    evidence: str
    advice: tuple[str, ...]
    size: float = 0.0


_R1 = "--model.regularizers '{r1: {weight: 1.0}}' (a critic without cliffs), or a larger weight"
_PACS = "--model.name pacgan (a critic that sees several samples at once)"
_NOISE = (
    "--model.augmentations '{instance_noise: {scale: 0.1, steps: 5000}}' (real and generated "
    "samples that overlap)"
)
_SLOWER_CRITIC = "--training.learning_rate '{discriminator: 0.00005}', or a quarter of what it is"
_SLOWER = "--training.learning_rate, a third of what it is"


def diagnose(measured: "Measurements", unused: Collection[str] = ()) -> tuple[Finding, ...]:
    """Returns the `Finding`s of `Measurements`, the most urgent first.

    Args:
        measured: what was measured.
        unused: options of the model that its variant does not take, and that are not advised.

    Example:
        >>> diagnose(Measurements(7, {}, {"weight": math.nan}, (), {}))[0][:2]
        ('NaN risk', 'NaN or infinity in a weight.')
    """
    tests = (_nan_risk, _dead_critic, _saturation, _vanishing, _collapse, _dropping)
    tests += (_deafness, _knowing_critic, _memorisation)
    findings = [finding for finding in (test(measured) for test in tests) if finding is not None]
    return tuple(
        finding._replace(
            advice=tuple(
                line
                for line in finding.advice
                if not set(re.findall(r"--model\.(\w+)", line)) & set(unused)
            )
        )
        for finding in findings
    )


def _nan_risk(measured):
    lost = [name for name, value in measured.largest.items() if not math.isfinite(value)]
    huge = [name for name, value in measured.largest.items() if _HUGE < value < math.inf]
    grown = [name for name, losses in measured.losses.items() if _has_grown(losses)]
    if lost:
        evidence = f"NaN or infinity in a {', a '.join(lost)}."
    elif huge:
        sizes = (f"a {name} of {measured.largest[name]:.2g}" for name in huge)
        evidence = f"There is {', '.join(sizes)}; those of healthy runs stay below 100."
    elif grown:
        evidence = " ".join(
            f"The {name}'s loss is {measured.losses[name][-1]:.3g}, over {_GROWN:.0f} times its "
            f"median of {len(measured.losses[name])} epochs."
            for name in grown
        )
    else:
        return None
    advice = (_SLOWER, _R1, "--training.precision float32, if it is another")
    return Finding("NaN risk", evidence, advice, math.inf)


def _has_grown(losses):
    sizes = [abs(loss) for loss in losses]
    # Over four epochs a median says what was usual.
    return len(sizes) >= 4 and sizes[-1] > _GROWN * max(statistics.median(sizes), 1.0)


def _is_dead(critic):
    return critic.deviation <= _SAME * max(1.0, abs(critic.real), abs(critic.fake))


def _dead_critic(measured):
    dead = [critic for critic in measured.critics if _is_dead(critic)]
    if not dead:
        return None
    evidence = (
        f"Every sample, real or generated, has the score {dead[0].real:.4g}: nobody can learn "
        "from it."
    )
    advice = (
        "start again: a critic whose units are all silent does not come back",
        _SLOWER_CRITIC,
        "--model.network dcgan_plain_critic (no batch normalisation there), if it is dcgan",
        "a larger --model.clip, if it is wgan",
    )
    return Finding("dead critic", evidence, advice)


def _saturates(critic):
    return abs(critic.slope) < _FLAT and critic.order > _ORDERED


def _saturation(measured):
    # Every move must agree: after a single one, the next batch may teach it again.
    if not measured.critics or not all(map(_saturates, measured.critics)):
        return None
    critic = measured.critics[0]
    evidence = (
        f"It puts {critic.order:.1%} of pairs in the right order (mean score {critic.real:.3g} "
        f"for real, {critic.fake:.3g} for generated samples), and its loss has "
        f"{abs(critic.slope):.1%} of its slope left: it learns no more, and does not notice "
        "small improvements of the generator."
    )
    advice = (
        _R1,
        _SLOWER_CRITIC,
        _NOISE,
        "--model.adversarial label_smoothing (a critic that is not to be so sure)",
    )
    return Finding("critic saturation", evidence, advice, -abs(critic.slope))


def _vanishing(measured):
    size = measured.gradients.get("generator", math.inf)
    if not size < VANISHED:
        return None
    evidence = (
        f"The generator's gradient is {size:.1g} a weight (root mean square), less than the ε = "
        f"{VANISHED:.0e} of Adam and RMSprop, so that its steps come to nothing."
    )
    if measured.critics and all(map(_is_dead, measured.critics)):
        return Finding("vanishing generator gradient", f"{evidence} The critic is dead.", (_R1,))
    flat = [c for c in measured.critics if abs(c.generator_slope) < _FLAT]
    if measured.critics and len(flat) == len(measured.critics):
        left = max(abs(critic.generator_slope) for critic in flat)
        evidence += f" Its loss has {left:.1%} of its slope left where its samples are scored."
        advice = ("--model.adversarial non_saturating (steep where a critic wins)", _R1)
        return Finding("vanishing generator gradient", evidence, (*advice, _SLOWER_CRITIC))
    evidence += " The loss is steep there: the gradient dies in the critic or in the generator."
    advice = (_R1, _SLOWER, "another --model.network")
    return Finding("vanishing generator gradient", evidence, advice)


def _collapse(measured):
    diversity = measured.diversity
    if diversity is None:
        return None
    few = diversity.different < _FEW * min(diversity.count, diversity.real_different)
    if not (few or diversity.spread < _NARROW):
        return None
    evidence = (
        f"{diversity.count} samples are spread {diversity.spread:.3f} times as widely as real "
        f"ones, and are as often alike as if there were {diversity.different:.0f} different ones "
        "only."
    )
    if measured.rounds < _YOUNG:
        evidence += (
            f" After {count_words(measured.rounds, 'round')} it has hardly begun: healthy runs "
            f"need {_YOUNG}."
        )
        advice = ("--training.epochs, more of them: the same line goes on from here",)
        return Finding("too few rounds", evidence, advice, -diversity.spread)
    advice = (
        _R1,
        _PACS,
        _SLOWER,
        "a larger --training.batch_size",
        "--model.name unrolled_gan (a generator that looks ahead), for small networks",
    )
    return Finding("mode collapse", evidence, advice, -diversity.spread)


def _dropping(measured):
    classes = measured.classes
    if classes is None or _collapse(measured) is not None:  # one illness: the others are lost too
        return None
    judged = classes.count * (classes.real - classes.misread) >= _EXPECTED
    judged &= classes.misread <= _MISTAKEN * classes.real
    judged &= classes.count >= READ * classes.made
    (lost,) = (judged & (classes.present < _LOST)).nonzero()
    if not lost.size:
        return None
    shares = ", ".join(
        f"{name} ({fake:.1%} of the samples, {real:.1%} of the data)"
        for name, fake, real in (
            (classes.names[k], classes.fake[k], classes.real[k]) for k in lost[:5]
        )
    )
    more = f" and {lost.size - 5} more" if lost.size > 5 else ""
    are = "is" if lost.size == 1 else "are"
    evidence = f"{lost.size} of {judged.sum()} classes {are} lost: {shares}{more}."
    advice = (
        "--model.name projection_gan (told the label, it must make each), for labelled images",
        _PACS,
        _R1,
        "--training.epochs, more of them, if classes are still appearing",
    )
    return Finding("mode dropping", evidence, advice, float(lost.size))


def _deafness(measured):
    if measured.variety is None or measured.variety >= _ONE_PICTURE:
        return None
    if measured.rounds < _YOUNG or _collapse(measured) is not None:
        return None
    evidence = (
        f"Samples of one condition are {measured.variety:.3f} times as far apart as real ones: "
        "what it is told decides the picture, and the seed does not."
    )
    advice = (
        "--model.regularizers '{r1: {weight: 1.0}, latent_diversity: {weight: 1.0, scale: 1.0}}' "
        "(pays the generator for pictures that differ by their noise)",
        "a smaller weight of what makes it obey, such as --model.matching_weight",
    )
    return Finding("ignored noise", evidence, advice, -measured.variety)


def _knowing_critic(measured):
    both = measured.reconstruction
    if both is None or both.trained - both.unseen <= _GAP:
        return None
    evidence = (
        f"It describes training pictures with {both.trained:.1f} dB, and others with "
        f"{both.unseen:.1f} dB: it begins to know them by heart, and to lead the generator to "
        "copies."
    )
    advice = (
        "--model.augmentations '{ada: {}}' (pictures that change each time, as far as needed)",
        "fewer --training.epochs",
        "a smaller --model.width",
        "more data, or --data.mirror true for photographs",
    )
    return Finding("memorising critic", evidence, advice, both.trained - both.unseen)


def _memorisation(measured):
    from kgan.metrics.card import COPY_RATE_LIMIT, CT_LIMIT  # late: slow to import

    copies = measured.copies
    if copies is None:
        return None
    usual = 0.01 if copies.real_rate is None else copies.real_rate
    copied = copies.rate > max(COPY_RATE_LIMIT, 2.0 * usual)
    # Collapsed samples may lie in the midst of the data: near to it, but no copies.
    near = copies.ct is not None and copies.ct < CT_LIMIT and _collapse(measured) is None
    if not (copied or near):
        return None
    whose = "a true sampler's would" if copies.real_rate is None else "of unseen real ones"
    evidence = (
        f"{copies.rate:.1%} of the samples are as near to a training image as its closest 1 % are "
        f"to each other ({whose}: {usual:.1%})."
    )
    if copies.ct is not None:
        evidence += (
            f" C_T is {copies.ct:.1f}: below {CT_LIMIT:.0f}, samples are nearer to the training "
            "set than unseen real images are."
        )
    advice = (
        "more data, or --data.mirror true for photographs",
        "a smaller --model.width",
        "fewer --training.epochs",
        _NOISE,
    )
    return Finding("memorisation", evidence, advice, copies.rate)
