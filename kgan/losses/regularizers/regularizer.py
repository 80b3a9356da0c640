"""What a regularizer is: a term of a player's loss, its weight, and how often it is computed."""

import contextlib
import contextvars
import dataclasses
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import keras
import tensorflow as tf

from kgan.errors import InputError
from kgan.random import RandomStream
from kgan.types import Batch, Tensor
from kgan.values import Stateful

_ALWAYS = contextvars.ContextVar("always", default=False)


@contextlib.contextmanager
def pay_always() -> Iterator[None]:
    """Has lazy terms in this block be computed whatever the round, at their plain weight.

    Their mean over rounds is the same: losses of held-out data compare with those of training.
    """
    token = _ALWAYS.set(True)
    try:
        yield
    finally:
        _ALWAYS.reset(token)


def _choose_interval(every):
    """Returns the rounds from one computation of a term to the next."""
    return 1 if _ALWAYS.get() else every


class CriticPass(NamedTuple):
    """The critic's look at a batch, which serves its loss and its regularizers.

    Attributes:
        judge: `images as shown -> {"scores": float32 raw scores of any rank, …}`.
        show: `("real" or "fake", images) -> images as shown`, augmented with the same random
            numbers each time.
        images: `{"real": images [B, ...] of the data, "fake": generated}`, not augmented.
        shown: the same as shown.
        outputs: the same as judged.
        slopes: `{"real" or "fake": gradient of the scores by those images}`, before augmentation;
            of those that were asked for.
    """

    judge: Callable
    show: Callable
    images: dict
    shown: dict
    outputs: dict
    slopes: dict

    @property
    def real_scores(self) -> Tensor:
        return self.outputs["real"]["scores"]

    @property
    def fake_scores(self) -> Tensor:
        return self.outputs["fake"]["scores"]

    def critic(self, images: Tensor) -> Tensor:
        """Returns the raw scores of images as shown, by a pass of its own."""
        return self.judge(images)["scores"]


def run_critic(
    judge: Callable,
    real: Tensor,
    fake: Tensor,
    show: Callable = lambda kind, images: images,
    slopes: tuple[str, ...] = (),
) -> CriticPass:
    """Runs the critic once over real and generated images.

    Args:
        judge: see `CriticPass`, as for `show`.
        real: [B, ...].
        fake: [B, ...].
        show: how images are shown.
        slopes: the kinds of images whose slopes a regularizer needs each round.

    Example:
        >>> def judge(images):
        ...     return {"scores": 3.0 * images}
        >>> seen = run_critic(judge, tf.ones((2, 1)), tf.zeros((2, 1)), slopes=("real",))
        >>> seen.slopes["real"].numpy().ravel()
        array([3., 3.], dtype=float32)
    """
    images = {"real": real, "fake": fake}
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch([images[kind] for kind in slopes])
        shown = {kind: show(kind, images[kind]) for kind in images}
        outputs = {kind: judge(shown[kind]) for kind in images}
        total = sum(add_scores(outputs[kind]["scores"]) for kind in slopes)
    gradients = tape.gradient(total, [images[kind] for kind in slopes]) if slopes else ()
    measured = dict(zip(slopes, gradients, strict=True))
    return CriticPass(judge, show, images, shown, outputs, measured)


def add_scores(scores: Tensor) -> Tensor:
    """Returns the sum over samples of raw scores [N, ...]; a patch critic's are averaged first."""
    scores = tf.reshape(scores, (tf.shape(scores)[0], -1))
    return tf.reduce_sum(tf.reduce_mean(tf.cast(scores, tf.float32), axis=1))


class Context(NamedTuple):
    """What a regularizer may look at.

    Attributes:
        rng: random numbers for this regularizer in this round.
        critic_pass: the `CriticPass`, for regularizers of the critic.
        model: the `GAN`, whose networks and hooks may be called.
        batch: dict of this part's tensors.
        networks: the player's `keras.Model`s.
    """

    rng: RandomStream
    critic_pass: CriticPass | None = None
    model: keras.Model | None = None
    batch: Batch | None = None
    networks: tuple = ()


@dataclasses.dataclass(frozen=True)
class Regularizer(Stateful):
    """One term of a player's loss beside the adversarial one.

    Attributes:
        function: `Context -> scalar`, unweighted; of one with state, `(Context, *numbers) ->
            (scalar, *numbers)`.
        weight: factor of the term, > 0.
        every: the term is computed on rounds 0, every, 2·every, … and multiplied by `every`
            there ("lazy regularization", Section 3.1 of arXiv:1912.04958), which keeps its mean
            over rounds.
        half_life: rounds after which half of the weight is left; None to keep it.
        player: name of who pays.
        slopes: `"real"`, `"fake"`: of which images it reads the critic's slopes.
    """

    function: Callable
    weight: float
    every: int = 1
    half_life: int | None = None
    player: str = "discriminator"
    slopes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.weight > 0 or not isinstance(self.every, int) or self.every < 1:
            raise InputError(
                f"Expected weight > 0 and a whole every >= 1 for regularizer {self.name}. "
                f"Received: weight={self.weight}, every={self.every}."
            )
        if self.half_life is not None and not self.half_life > 0:
            raise InputError(
                f"Expected half_life > 0 rounds for regularizer {self.name}. "
                f"Received: half_life={self.half_life}."
            )

    def __call__(self, context: Context) -> Tensor:
        """Returns the weighted term for this round, float32, 0 on rounds that skip it."""
        rng, before = context.rng, self.read_state()
        every = _choose_interval(self.every)
        own = context._replace(rng=rng.purpose(self.name))

        def compute() -> Any:
            # A network's state (BatchNorm statistics) must not change here; and a variable may
            # not be assigned inside tf.cond under a distribution strategy.
            with keras.StatelessScope():
                value = self.function(own, *before)
            value, *after = value if before else (value,)
            weight = self.weight * every
            if self.half_life is not None:
                weight *= 0.5 ** (tf.cast(rng.step, tf.float32) / self.half_life)
            return tf.cast(value, tf.float32) * weight, *after

        if every == 1:
            term, *after = compute()
        else:
            due = rng.step % every == 0
            term, *after = tf.cond(due, compute, lambda: (tf.constant(0.0), *before))
        self.write_state(after)
        return term


def find_slopes(regularizers: tuple[Regularizer, ...]) -> tuple[str, ...]:
    """Returns the kinds of images whose slopes are needed each round.

    Lazy regularizers run the critic again on their rounds: slopes of the common pass would be paid
    for on all the others.
    """
    return tuple(
        kind
        for kind in ("real", "fake")
        if any(kind in one.slopes and _choose_interval(one.every) == 1 for one in regularizers)
    )
