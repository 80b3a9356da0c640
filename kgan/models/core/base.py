"""The base class of all variants: who plays, what they pay, and how a round is played.

A variant overrides hooks and values of `GAN`, never `train_step`:

    @register("hinge_gan")
    class HingeGAN(GAN):
        \"\"\"Geometric GAN (Lim and Ye 2017, arXiv:1705.02894).\"\"\"

        adversarial = adversarial.HINGE
        regularizers = (regularizers.r1(weight=1.0, every=16),)
"""

import functools
import inspect
from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

from kgan import networks
from kgan.errors import InputError, check_whole
from kgan.losses import adversarial
from kgan.losses.regularizers import REGULARIZERS, CriticPass
from kgan.models.core import batches, ema, state
from kgan.models.core.conditioned import Conditioned
from kgan.models.core.config import Configured, choose_values
from kgan.models.core.keras_model import KerasModel
from kgan.models.core.network_checks import check_networks, name_outputs
from kgan.models.core.player import Player
from kgan.models.core.replication import RunningMeans
from kgan.models.core.rounds import Rounds
from kgan.models.core.sampling import Sampling, read_inputs
from kgan.random import RandomStream, seed_initializers
from kgan.registry import MODELS
from kgan.types import Batch, Tensor


def register(name: str) -> Callable[[type], type]:
    """Returns a decorator that registers a variant as `name`, and with Keras as `kgan>name`."""

    def add(variant):
        MODELS.register(name)(variant)
        return keras.saving.register_keras_serializable("kgan", name)(variant)

    return add


@keras.saving.register_keras_serializable("kgan")
class GAN(Configured, Conditioned, Rounds, Sampling, KerasModel, keras.Model):
    """A generator and a discriminator that train against each other with `fit`.

    A round (`train_step`) splits the batch into `discriminator_steps` parts; in each the generator
    runs once, and the discriminator moves; in the last the generator moves too, on the images
    already made. All randomness is a pure function of (seed, step, purpose) and of the number of
    `rollbacks` to an earlier step.

    Args:
        image_shape: `(H, W, C)` of the images, which are in [-1, 1].
        latent_size: length of a latent, drawn from N(0, I).
        network: dcgan, dcgan_plain_critic, mlp, mlp_points, resnet or textbook; None for the
            variant's own.
        width: width of those networks (their builders say of what); None for their own.
        adversarial: minimax, non_saturating, label_smoothing, least_squares, hinge, wasserstein,
            relativistic, relativistic_average; or an f-divergence's: kl, reverse_kl, pearson,
            neyman, squared_hellinger, jeffrey, jensen_shannon, gan, total_variation; None for
            the variant's own.
        regularizers: `{name: {argument: value}}` of r1, r2, gradient_penalty, dragan, lecam,
            consistency, balanced_consistency and latent_consistency for the critic, orthogonal
            and latent_diversity for the generator, e.g. `{"r1": {"weight": 1.0, "every": 8}}`;
            None for the variant's own.
        augmentations: `{name: {argument: value}}` of diffaugment, ada and instance_noise: what
            the critic is shown instead of bare images, e.g. `{"ada": {"target": 0.6}}`; None for
            the variant's own.
        discriminator_steps: discriminator moves a round; None for the variant's own.
        ema_half_life: half-life, in images read, of the averaged generator that samples, at most a
            twentieth of the images so far; 0 for none, so that the generator itself samples.
        seed: seed of the initial weights and of every number drawn in training, ≥ 0.
        generator: your own generator, latents [B, latent_size] → images [B, H, W, C]; as all
            networks, it is tried on 64 examples.
        discriminator: your own critic, images → raw scores of any rank; what the variant does to
            its critic, such as clipping, is done to yours.
        classes: names of the classes, or how many there are, for variants told a label.
        attributes: names of the properties, for variants told several.
        words: every word that a caption may hold, for variants told one.
        source_shape: `(H, W, C)` of the images to start from, for variants that start from images;
            None for `image_shape`.

    Raises:
        InputError: for an unknown name, a value out of range, an option that the variant does not
            use, or a network that does not fit.

    Example:
        >>> gan = kgan.models.DCGAN(image_shape=(32, 32, 1))
        >>> gan.compile()
        >>> gan.fit(kgan.data.digits(size=32).dataset(batch_size=64), epochs=40)
        >>> images = gan.sample(seeds=range(16))     # [16, 32, 32, 1] float32 in [-1, 1]

    Reference: Goodfellow et al. 2014, arXiv:1406.2661.
    """

    # Values: what a variant usually changes.
    adversarial = adversarial.NON_SATURATING
    known_regularizers = REGULARIZERS
    discriminator_steps = 1
    default_network = "dcgan"
    default_optimizer = functools.partial(keras.optimizers.Adam, 2e-4, beta_1=0.5)
    output_kind = "images"  # how signatures and archives call what the generator makes
    output_dtype = "float32"
    critic_outputs: tuple[str, ...] = ("scores",)  # what a critic gives out, raw scores first
    critic_extractor: str | None = None  # the extractor whose network the critic looks through

    def __init__(
        self,
        image_shape: tuple[int, int, int] = (32, 32, 1),
        latent_size: int = 100,
        network: str | None = None,
        width: int | None = None,
        adversarial: str | None = None,
        regularizers: dict[str, dict[str, int | float | str]] | None = None,
        augmentations: dict[str, dict[str, int | float]] | None = None,
        discriminator_steps: int | None = None,
        ema_half_life: int = 0,
        seed: int = 0,
        generator: keras.Model | None = None,
        discriminator: keras.Model | None = None,
        classes: tuple[str, ...] | int | None = None,
        attributes: tuple[str, ...] | None = None,
        words: tuple[str, ...] | None = None,
        source_shape: tuple[int, int, int] | None = None,
    ):
        super().__init__()
        check_whole(latent_size=latent_size, least=1)
        check_whole(ema_half_life=ema_half_life, least=0)
        check_whole(seed=seed, least=0)
        self.image_shape = tuple(image_shape)
        self.latent_size = latent_size
        self.ema_half_life = ema_half_life
        self.seed = seed
        self.conditions = self.bind_conditions(classes, attributes, words, source_shape)
        self.check_options()
        values = choose_values(
            adversarial, regularizers, augmentations, discriminator_steps, self.known_regularizers
        )
        for name, value in values.items():
            setattr(self, name, value)
        self.regularizers = tuple(one.bind(self) for one in self.regularizers)
        self.augmentations = tuple(one.bind(self) for one in self.augmentations)
        with batches.readable_errors():
            check_networks(self, generator, discriminator)
        with seed_initializers(seed):
            generator = generator or self.build_generator(network, width)
            self.generator = self.constrain_generator(generator)
            critic = discriminator or self.build_discriminator(network, width)
            self.discriminator = None if critic is None else self.constrain_discriminator(critic)
            self.build_others(network, width)
        self.ema_generator = ema.copy_network(self.generator) if ema_half_life else None
        self.step, self.rollbacks = (
            self.add_weight(
                name=name, dtype="int64", trainable=False, aggregation="only_first_replica"
            )
            for name in ("step", "rollbacks")
        )
        self.optimizers = {}
        self.mean_losses = RunningMeans(name="losses")
        self._call_traced = tf.function(lambda inputs: self.call(inputs))
        self.built = True

    # ---- Hooks: what a variant may override -------------------------------------------------

    @property
    def critic_shape(self) -> tuple[int, ...]:
        """Shape of what the critic is shown, without the batch axis."""
        return self.image_shape

    def build_generator(self, network: str | None, width: int | None) -> keras.Model:
        """Returns the generator: latents [B, latent_size] → images [B, H, W, C] in [-1, 1]."""
        pair = self._network_pair(network)
        return pair.build_generator(self.image_shape, self.latent_size, width or pair.width)

    def build_discriminator(self, network: str | None, width: int | None) -> keras.Model | None:
        """Returns the critic: images [B, H, W, C] → raw scores of any rank; None for no critic."""
        pair = self._network_pair(network)
        return pair.build_discriminator(self.image_shape, width or pair.width)

    def constrain_generator(self, generator: keras.Model) -> keras.Model:
        """Returns the generator, the variant's or a person's own, as the variant needs it."""
        return generator

    def constrain_discriminator(self, critic: keras.Model) -> keras.Model:
        """Returns the critic, the variant's or a person's own, kept as the variant needs it."""
        return critic

    def build_others(self, network: str | None, width: int | None) -> None:
        """Builds what a variant has beside the two, such as an encoder; called after them."""

    def players(self) -> tuple[Player, ...]:
        """Returns the tuple of `Player`s; those that do not generate move first."""
        critics, generators = (self.discriminator,), (self.generator,)
        return (
            Player("discriminator", critics, self.discriminator_loss, self.discriminator_steps),
            Player("generator", generators, self.generator_loss, generates=True),
        )

    def default_optimizers(self) -> dict[str, keras.optimizers.Optimizer]:
        """Returns `{player's name: optimizer}`, the paper's own."""
        # As it stands there: Python 3.14 would bind a partial as it binds a method.
        make = inspect.getattr_static(self, "default_optimizer")
        return {player.name: make() for player in self.players()}

    def generate(self, batch: Batch, rng: RandomStream) -> Any:
        """Returns what the generating players make for this batch: images, or a dict of tensors.

        The losses of this class read a dict's `images`; a variant that makes another dict writes
        its own.

        Args:
            batch: dict of this part's tensors, [B, ...].
            rng: `kgan.random.RandomStream`.
        """
        inputs = dict(batch)
        if self.takes_latents:
            shape = (batches.count_examples(batch), self.latent_size)
            inputs["latents"] = rng.purpose("latents").normal(shape)
        return self.run_generator(inputs)

    def run_generator(self, inputs: Batch) -> Tensor:
        """Returns what the generator makes in training of a dict of all that it may be told."""
        return self.call_generator(self.generator, inputs, training=True)

    def augment(self, images: Tensor, rng: RandomStream) -> Tensor:
        """Returns what the critic is shown of real or generated `images` [B, H, W, C]."""
        for augmentation in self.augmentations:
            images = augmentation(images, rng)
        return images

    def judge(self, images: Tensor, batch: Batch) -> dict[str, Tensor]:
        """Returns float32 `{"scores": raw scores, …}` of what `augment` returned.

        A critic with named inputs is given `images`, and of the batch what else it names; one with
        several outputs names its scores `scores`, the others serve the terms of the losses.
        """
        names = read_inputs(self.discriminator)
        inputs = {name: images if name == "images" else batch[name] for name in names or ()}
        outputs = self.discriminator(inputs or images, training=True)
        outputs = name_outputs(outputs, self.critic_outputs)
        return {name: tf.cast(output, tf.float32) for name, output in outputs.items()}

    def discriminator_terms(
        self, batch: Batch, fake: Any, critic_pass: CriticPass
    ) -> dict[str, Tensor]:
        """Returns `{name: scalar}` that the discriminator pays beside the adversarial loss.

        Args:
            batch: dict of this part's tensors, [B, ...].
            fake: what `generate` returned.
            critic_pass: the `kgan.losses.regularizers.CriticPass` over real and generated images.
        """
        del batch, fake, critic_pass
        return {}

    def generator_terms(
        self, batch: Batch, fake: Any, judged: dict[str, Tensor]
    ) -> dict[str, Tensor]:
        """Returns `{name: scalar}` that the generator pays beside the adversarial loss.

        Args:
            batch: dict of this part's tensors, [B, ...].
            fake: what `generate` returned.
            judged: what `judge` returned of the generated images.
        """
        del batch, fake, judged
        return {}

    def discriminator_loss(self, batch: Batch, fake: Any, rng: RandomStream) -> dict[str, Tensor]:
        """Returns `{name: scalar}` for the discriminator to minimise."""
        seen = self.run_critic(batch, get_images(fake), rng)
        loss = self.adversarial.discriminator(seen.real_scores, seen.fake_scores)
        return join_terms(
            {"adversarial": loss},
            self.discriminator_terms(batch, fake, seen),
            self.regularize("discriminator", batch, rng, seen),
        )

    def generator_loss(self, batch: Batch, fake: Any, rng: RandomStream) -> dict[str, Tensor]:
        """Returns `{name: scalar}` for the generator to minimise."""
        judged = self.judge(self.augment(get_images(fake), rng.purpose("shown_fake")), batch)
        loss = self.adversarial.generator(self.real_scores(batch, rng), judged["scores"])
        return join_terms({"adversarial": loss}, self.generator_terms(batch, fake, judged))

    def real_scores(self, batch: Batch, rng: RandomStream) -> Tensor | None:
        """Returns the scores of the real images, or None where the generator's loss sees none."""
        if not self.adversarial.generator_sees_real:
            return None
        real = self.augment(batch[self.real_key], rng.purpose("shown_real"))
        return self.judge(real, batch)["scores"]

    def after_step(self) -> None:
        """Runs after each round, inside the traced step."""

    # ---- Training ---------------------------------------------------------------------------

    @property
    def metrics(self) -> list[keras.metrics.Metric]:
        return [self.mean_losses]

    @property
    def rounds(self) -> int:
        """Rounds played so far, an int; outside the traced step, under any strategy."""
        return int(self.step.numpy())

    def state(self) -> dict[str, list[keras.Variable]]:
        """Returns `{attribute: variables}` of all that training changes, for a checkpoint.

        It is what Keras tracks: every layer, variable, optimizer and metric that an attribute
        holds, alone, in a list or in a dict. Nobody lists it.
        """
        return state.collect(self)

    @classmethod
    def example(cls, **options: Any) -> "GAN":
        """Returns a tiny model of this variant, for the contract suite."""
        return cls(**{"image_shape": (16, 16, 1), "latent_size": 8, "width": 4, **options})

    def _network_pair(self, network):
        return networks.get_pair(network or self.default_network)


def join_terms(*groups: dict[str, Tensor]) -> dict[str, Tensor]:
    """Returns the terms of a player's loss, of several groups in one dict.

    Raises:
        InputError: for a group that is no dict, or a name that comes twice: one would replace the
            other.
    """
    joined = {}
    for group in groups:
        if not isinstance(group, dict):
            raise InputError(
                f"Expected terms as a dict of names and scalars. Received: {group!r}. "
                'Return {"name": scalar}.'
            )
        twice = joined.keys() & group.keys()
        if twice:
            raise InputError(
                f"Expected terms with names of their own. Received: {min(twice)} twice. Rename it."
            )
        joined |= group
    return joined


def get_images(fake: Any) -> Any:
    """Returns the images of what a hook `generate` returned."""
    return fake["images"] if isinstance(fake, dict) else fake
