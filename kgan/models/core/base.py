"""The base class of all variants: who plays, what they pay, and how a round is played.

A variant overrides hooks and values of `GAN`, never `train_step`:

    @register("hinge_gan")
    class HingeGAN(GAN):
        \"\"\"Geometric GAN (Lim and Ye 2017, arXiv:1705.02894).\"\"\"

        adversarial = adversarial.HINGE
        penalties = (regularizers.r1(weight=1.0, every=16),)
"""

import contextlib
import functools
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import tree

from kgan import networks
from kgan.data import readable_errors
from kgan.errors import InputError, check_whole
from kgan.losses import adversarial
from kgan.models.core import batches, ema, state
from kgan.models.core.conditioned import Conditioned
from kgan.models.core.config import Configured, check_critic, choose_values
from kgan.models.core.player import Move, Player, build_optimizers
from kgan.models.core.replication import RunningMeans, check_replicas, shape_for_logs
from kgan.models.core.sampling import Sampling, read_inputs
from kgan.random import RandomStream, seed_initializers
from kgan.registry import MODELS
from kgan.types import Batch, Tensor

register = MODELS.register


class GAN(Configured, Conditioned, Sampling, keras.Model):
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
        penalties: `{name: {argument: value}}` of r1, r2, gradient_penalty and dragan, e.g.
            `{"r1": {"weight": 1.0, "every": 8}}`; None for the variant's own.
        augmentations: `{name: {argument: value}}` of instance_noise: what the critic is shown
            instead of bare images, e.g. `{"instance_noise": {"scale": 0.1, "steps": 5000}}`; None
            for the variant's own.
        discriminator_steps: discriminator moves a round; None for the variant's own.
        ema_half_life: half-life, in images seen, of the averaged generator that samples; 0 for
            none, so that the generator itself samples.
        seed: seed of the initial weights and of every number drawn in training, ≥ 0.
        generator: your own generator, latents [B, latent_size] → images [B, H, W, C].
        discriminator: your own critic, images → raw scores of any rank.
        classes: names of the classes, or how many there are, for variants told a label.
        attributes: names of the properties, for variants told several.
        words: every word that a caption may hold, for variants told one.
        source_shape: `(H, W, C)` of the images to start from, for variants that start from images;
            None for `image_shape`.

    Raises:
        InputError: for an unknown name or a value out of range.

    Example:
        >>> gan = kgan.models.DCGAN(image_shape=(32, 32, 1))
        >>> gan.compile()
        >>> gan.fit(kgan.data.digits(size=32).dataset(batch_size=64), epochs=40)
        >>> images = gan.sample(seeds=range(16))     # [16, 32, 32, 1] float32 in [-1, 1]

    Reference: Goodfellow et al. 2014, arXiv:1406.2661.
    """

    # Values: what a variant usually changes.
    adversarial = adversarial.NON_SATURATING
    penalties = ()
    augmentations = ()
    discriminator_steps = 1
    default_network = "dcgan"
    default_optimizer = functools.partial(keras.optimizers.Adam, 2e-4, beta_1=0.5)
    output_kind = "images"  # how signatures and archives call what the generator makes
    output_dtype = "float32"

    def __init__(
        self,
        image_shape: tuple[int, int, int] = (32, 32, 1),
        latent_size: int = 100,
        network: str | None = None,
        width: int | None = None,
        adversarial: str | None = None,
        penalties: dict[str, dict[str, int | float]] | None = None,
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
        values = choose_values(adversarial, penalties, augmentations, discriminator_steps)
        for name, value in values.items():
            setattr(self, name, value)
        with seed_initializers(seed):
            self.generator = generator or self.build_generator(network, width)
            self.discriminator = discriminator or self.build_discriminator(network, width)
            self.build_others(network, width)
        for model, shape in ((self.generator, (latent_size,)), (self.discriminator, image_shape)):
            if model is not None and not model.built:
                model(np.zeros((1, *shape), "float32"))
        check_critic(self, values)
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

    def build_generator(self, network: str | None, width: int | None) -> keras.Model:
        """Returns the generator: latents [B, latent_size] → images [B, H, W, C] in [-1, 1]."""
        pair = self._network_pair(network)
        return pair.build_generator(self.image_shape, self.latent_size, width or pair.width)

    def build_discriminator(self, network: str | None, width: int | None) -> keras.Model | None:
        """Returns the critic: images [B, H, W, C] → raw scores of any rank; None for no critic."""
        pair = self._network_pair(network)
        return pair.build_discriminator(self.image_shape, width or pair.width)

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
        return {player.name: self.default_optimizer() for player in self.players()}

    def generate(self, batch: Batch, rng: RandomStream) -> Any:
        """Returns what the generating players make for this batch: images, or a dict of tensors.

        Args:
            batch: dict of this part's tensors, [B, ...].
            rng: `kgan.random.RandomStream`.
        """
        inputs = dict(batch)
        if self.takes_latents:
            shape = (batches.count_examples(batch), self.latent_size)
            inputs["latents"] = rng.purpose("latents").normal(shape)
        return self.call_generator(self.generator, inputs, training=True)

    def augment(self, images: Tensor, rng: RandomStream) -> Tensor:
        """Returns what the critic is shown of real or generated `images` [B, H, W, C]."""
        for augmentation in self.augmentations:
            images = augmentation(images, rng)
        return images

    def critic(self, images: Tensor, batch: Batch) -> Tensor:
        """Returns float32 raw scores of what `augment` returned, given the rest of the batch.

        A critic with named inputs is given `images`, and of the batch what else it names.
        """
        names = read_inputs(self.discriminator)
        inputs = {name: images if name == "images" else batch[name] for name in names or ()}
        return tf.cast(self.discriminator(inputs or images, training=True), tf.float32)

    def discriminator_loss(self, batch: Batch, fake: Any, rng: RandomStream) -> dict[str, Tensor]:
        """Returns `{name: scalar}` for the discriminator to minimise."""
        real = self.augment(batch[self.real_key], rng.purpose("shown_real"))
        fake = self.augment(fake, rng.purpose("shown_fake"))
        critic = functools.partial(self.critic, batch=batch)
        losses = {"adversarial": self.adversarial.discriminator(critic(real), critic(fake))}
        for penalty in self.penalties:
            losses[penalty.name] = penalty(critic, real, fake, rng)
        return losses

    def generator_loss(self, batch: Batch, fake: Any, rng: RandomStream) -> dict[str, Tensor]:
        """Returns `{name: scalar}` for the generator to minimise."""
        fake_scores = self.critic(self.augment(fake, rng.purpose("shown_fake")), batch)
        real_scores = self.real_scores(batch, rng)
        return {"adversarial": self.adversarial.generator(real_scores, fake_scores)}

    def real_scores(self, batch: Batch, rng: RandomStream) -> Tensor | None:
        """Returns the scores of the real images, or None where the generator's loss sees none."""
        if not self.adversarial.generator_sees_real:
            return None
        return self.critic(self.augment(batch[self.real_key], rng.purpose("shown_real")), batch)

    def after_step(self) -> None:
        """Runs after each round, inside the traced step."""

    # ---- The round: final -------------------------------------------------------------------

    def compile(
        self,
        optimizers: dict[str, keras.optimizers.Optimizer] | None = None,
        *,
        jit_compile: bool = False,
        run_eagerly: bool = False,
        steps_per_execution: int = 1,
    ) -> None:
        """Gives each player its optimizer and builds it.

        Args:
            optimizers: `{player's name: keras optimizer}`; players left out get the paper's own.
            jit_compile: compile the round with XLA.
            run_eagerly: run without tracing, to debug.
            steps_per_execution: rounds in one call of the traced function.

        Raises:
            InputError: for a name that is no player's, one optimizer for two players, or what
                replicas cannot do.
        """
        check_replicas(self, steps_per_execution)
        super().compile(
            optimizer=None,
            jit_compile=jit_compile,
            run_eagerly=run_eagerly,
            steps_per_execution=steps_per_execution,
        )
        self.optimizers = build_optimizers(
            self.players(),
            {**self.default_optimizers(), **(optimizers or {})},
            scaled=self.compute_dtype == "float16",
        )

    @functools.wraps(keras.Model.fit)
    def fit(self, *args: Any, **options: Any) -> keras.callbacks.History:
        with batches.readable_errors(), readable_errors(), warnings.catch_warnings():
            # Keras tells that it will not shuffle a tf.data.Dataset, asked or not.
            warnings.filterwarnings("ignore", message="`shuffle=True` was passed")
            return super().fit(*args, **options)

    @tf.autograph.experimental.do_not_convert
    def train_step(self, data: Any) -> dict[str, Tensor]:
        """Plays one round. Final: variants override hooks instead."""
        batch, rng, logs = self.name_batch(data), self.random_stream(), {}

        def scale_loss(player, loss):
            return self.optimizers[player.name].scale_loss(loss)

        for move in self.moves(batch, rng, scale_loss):
            move.player.move(self.optimizers[move.player.name], move.gradients, rng.step)
            for name, value in move.logs().items():
                logs.setdefault(name, []).append(value)
        self.step.assign_add(1)
        if self.ema_generator is not None:
            part = batches.split_turns(batch, self._turns())[-1]
            images = tf.cast(batches.count_examples(part) * rng.replicas, tf.float32)
            keep = 0.5 ** (images / self.ema_half_life)
            ema.follow(self.ema_generator, self.generator, keep)
        self.after_step()
        means = {name: sum(values) / len(values) for name, values in logs.items()}
        self.mean_losses.update_state(means)
        return shape_for_logs(self.mean_losses.result())

    def moves(
        self, batch: Batch, rng: RandomStream, scale_loss: Callable[[Player, Tensor], Tensor]
    ) -> Iterator[Move]:
        """Yields the round's `Move`s in order; nothing moves but state that critics keep.

        Whoever plays the round applies each move before asking for the next: the generator is paid
        by a critic that has moved.

        Args:
            batch: what `name_batch` returns.
            rng: the round's random numbers.
            scale_loss: `(player, loss) -> loss` whose gradients are yielded.
        """
        turns, players = self._turns(), self.players()
        for turn, part in enumerate(batches.split_turns(batch, turns)):
            moving = [player for player in players if turn >= turns - player.moves]
            yield from self._turn(moving, part, rng.purpose(turn), scale_loss)

    def _turns(self):
        return max(player.moves for player in self.players())

    def _turn(self, moving, batch, rng, scale_loss):
        """One turn: a single pass of the generator serves every player that moves."""
        generating = [player for player in moving if player.generates]
        shared = tf.GradientTape(persistent=len(generating) > 1, watch_accessed_variables=False)
        with shared:
            shared.watch([v.value for player in generating for v in player.variables])
            fake = self.generate(batch, rng.purpose("generate"))
        constant = tree.map_structure(tf.stop_gradient, fake)
        for player in moving:
            tape, made = shared, fake
            if not player.generates:
                tape, made = tf.GradientTape(watch_accessed_variables=False), constant
            # A generating player's loss must not move the opponent's state: neither batch
            # statistics nor spectrally normalised kernels.
            scope = keras.StatelessScope() if player.generates else contextlib.nullcontext()
            with tape:
                if not player.generates:
                    tape.watch([v.value for v in player.variables])
                with scope:
                    losses = player.losses(batch, made, rng.purpose(player.name))
                total = sum(losses.values())
                # Gradients are summed over replicas, and the loss is a mean over the batch.
                scaled = scale_loss(player, total / rng.replicas)
            gradients = tape.gradient(scaled, [v.value for v in player.variables])
            if not tf.inside_function() and all(gradient is None for gradient in gradients):
                # A loss gated to a constant: traced, tf.cond has zeros for it.
                gradients = [tf.zeros_like(v.value) for v in player.variables]
            yield Move(player, losses, total, gradients)

    # ---- Randomness, batches, samples, state ------------------------------------------------

    def random_stream(self) -> RandomStream:
        """Returns this round's `kgan.random.RandomStream` for this replica."""
        context = tf.distribute.get_replica_context()
        replica, replicas = context.replica_id_in_sync_group, context.num_replicas_in_sync
        went_back = self.rollbacks.value
        return RandomStream(self.seed, self.step.value, replica, replicas, rollbacks=went_back)

    def _maybe_symbolic_build(self, iterator=None, data_batch=None):
        """Builds nothing more: all is built when the model is made and compiled.

        Keras would average the first batch over replicas for its shapes, which text has no sum for.
        """

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

    def refuse_options(self, **options: Any) -> None:
        """Refuses options of the base that a variant does not use, where they are given."""
        for name, value in options.items():
            if value:
                raise InputError(
                    f"Expected no {name} for {type(self).__name__}, which does not use it. "
                    f"Received: {name}={value!r}. Leave it out."
                )

    def _network_pair(self, network):
        return networks.get_pair(network or self.default_network)
