"""A round of the game: who moves, on what, what it pays, and where that pulls its weights."""

import contextlib
import functools
from collections.abc import Callable, Iterator
from typing import Any

import keras
import tensorflow as tf
from keras import tree

from kgan.augmentation import Augmentation
from kgan.losses.regularizers import Context, CriticPass, Regularizer, find_slopes, run_critic
from kgan.models.core import batches, ema
from kgan.models.core.player import Move, Player
from kgan.models.core.replication import shape_for_logs
from kgan.random import RandomStream
from kgan.types import Batch, Tensor


class Rounds:
    """Plays the players of a `GAN` against each other; mixed into it.

    It is final: variants override hooks instead.
    """

    regularizers: tuple[Regularizer, ...] = ()
    augmentations: tuple[Augmentation, ...] = ()

    @tf.autograph.experimental.do_not_convert
    def train_step(self, data: Any) -> dict[str, Tensor]:
        """Plays one round."""
        batch, rng, logs = self.name_batch(data), self.random_stream(), {}

        def scale_loss(player, loss):
            return self.optimizers[player.name].scale_loss(loss)

        for move in self.moves(batch, rng, scale_loss):
            move.player.move(self.optimizers[move.player.name], move.gradients, rng.step)
            for name, value in move.logs().items():
                logs.setdefault(name, []).append(value)
        for augmentation in self.augmentations:
            logs |= {name: [value] for name, value in augmentation.logs().items()}
        self.step.assign_add(1)
        if self.ema_generator is not None:
            # All that were read, by whichever move.
            images = tf.cast(batches.count_examples(batch) * rng.replicas, tf.float32)
            # At most a twentieth of the images so far: a short run's average forgets its start.
            rounds = tf.cast(self.step.value, tf.float32)
            keep = 0.5 ** tf.maximum(images / self.ema_half_life, 20.0 / rounds)
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
                    losses = self._add_regularizers(player).losses(
                        batch, made, rng.purpose(player.name)
                    )
                if player.generates:
                    for value in (*self.regularizers, *self.augmentations):
                        value.keep(scope)
                total = player.add(losses)
                # Gradients are summed over replicas, and the loss is a mean over the batch.
                scaled = scale_loss(player, total / rng.replicas)
            gradients = tape.gradient(scaled, [v.value for v in player.variables])
            if not tf.inside_function() and all(gradient is None for gradient in gradients):
                # A loss gated to a constant: traced, tf.cond has zeros for it.
                gradients = [tf.zeros_like(v.value) for v in player.variables]
            yield Move(player, losses, total, gradients)

    def run_critic(self, batch: Batch, fake: Any, rng: RandomStream) -> CriticPass:
        """Returns the critic's pass over the real images of a batch and generated ones."""

        def show(kind: str, images: Tensor) -> Tensor:
            return self.augment(images, rng.purpose(f"shown_{kind}"))

        judge = functools.partial(self.judge, batch=batch)
        slopes = find_slopes(self.regularizers)
        seen = run_critic(judge, batch[self.real_key], fake, show, slopes)
        for augmentation in self.augmentations:
            augmentation.update(seen.real_scores, rng)
        return seen

    def regularize(
        self, player: str, batch: Batch, rng: RandomStream, critic_pass: CriticPass | None = None
    ) -> dict[str, Tensor]:
        """Returns `{name: scalar}` of the regularizers that a player pays, weighted.

        Of other players than the discriminator they are added to its loss by the round.
        """
        networks = {one.name: one.networks for one in self.players()}[player]
        context = Context(rng, critic_pass, self, batch, networks)
        return {one.name: one(context) for one in self.regularizers if one.player == player}

    def _add_regularizers(self, player):
        """Returns a player that pays its regularizers too; the discriminator's loss has them."""
        if player.name == "discriminator":
            return player

        def loss(batch, fake, rng):
            terms = self.regularize(player.name, batch, rng)
            return {**player.loss(batch, fake, rng), **terms}

        return player._replace(loss=loss)

    def random_stream(self) -> RandomStream:
        """Returns this round's `kgan.random.RandomStream` for this replica."""
        context = tf.distribute.get_replica_context()
        replica, replicas = context.replica_id_in_sync_group, context.num_replicas_in_sync
        went_back = self.rollbacks.value
        return RandomStream(self.seed, self.step.value, replica, replicas, rollbacks=went_back)
