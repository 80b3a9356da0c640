"""What a Keras user expects of a model: compile, fit, evaluate, predict, save; mixed into `GAN`."""

import functools
import inspect
import pathlib
import warnings
from typing import Any

import keras
import tensorflow as tf
from keras import tree

from kgan.data import readable_errors
from kgan.errors import InputError, UnknownNameError
from kgan.files import replace_atomically
from kgan.layers.surgery import list_layers
from kgan.losses.regularizers import pay_always
from kgan.models.core import batches
from kgan.models.core.optimizers import (
    PlayerOptimizers,
    build_optimizers,
    choose_optimizers,
    refuse_callbacks,
)
from kgan.models.core.player import Move
from kgan.models.core.replication import check_replicas, shape_for_logs
from kgan.types import Array, PathLike, Tensor


class KerasModel:
    """Plays the part of a `keras.Model`, and refuses in one line what has no meaning for a game."""

    def compile(
        self,
        optimizers: dict[str, keras.optimizers.Optimizer | str] | str | None = None,
        *,
        jit_compile: bool = False,
        run_eagerly: bool = False,
        steps_per_execution: int = 1,
        **others: Any,
    ) -> None:
        """Gives each player its optimizer and builds it.

        Args:
            optimizers: `{player's name: keras optimizer, or its name}`; players left out get the
                paper's own. One name for all gives each player an optimizer of its own.
            jit_compile: compile the round with XLA.
            run_eagerly: run without tracing, to debug.
            steps_per_execution: rounds in one call of the traced function.
            others: none; what else Keras takes is refused.

        Raises:
            InputError: for a name that is no player's, one optimizer for two players, what
                replicas cannot do, or losses and metrics, which are the variant's own.
        """
        names = [player.name for player in self.players()]
        if others:
            raise InputError(
                f"Expected optimizers={{player: optimizer}}. Received: {', '.join(others)}. "
                f"Players are {', '.join(names)}; losses are the variant's, scores those of "
                "kgan.evaluation."
            )
        check_replicas(self, steps_per_execution)
        for regularizer in self.regularizers:
            if regularizer.player not in names:
                raise UnknownNameError("player", regularizer.player, names)
        chosen = choose_optimizers(self.players(), self.default_optimizers(), optimizers)
        super().compile(
            optimizer=None,
            jit_compile=jit_compile,
            run_eagerly=run_eagerly,
            steps_per_execution=steps_per_execution,
        )
        scaled = self.compute_dtype == "float16"
        self.optimizers = build_optimizers(self.players(), chosen, scaled)
        # What Keras' callbacks look at; saved and restored are the players' own.
        self.optimizer = PlayerOptimizers(self.optimizers, self.step)

    @functools.wraps(keras.Model.fit)
    def fit(self, *args: Any, **options: Any) -> keras.callbacks.History:
        given = inspect.signature(keras.Model.fit).bind(self, *args, **options).arguments
        self._refuse_weights(given)
        refuse_callbacks(given.get("callbacks"), self.optimizers)
        with batches.readable_errors(), readable_errors(), warnings.catch_warnings():
            # Keras tells that it will not shuffle a tf.data.Dataset, asked or not.
            warnings.filterwarnings("ignore", message="`shuffle=True` was passed")
            return super().fit(*args, **options)

    def evaluate(self, *args: Any, **options: Any) -> dict[str, float]:
        """Returns `{name: loss}` of held-out data, under the names of training; nothing moves.

        Networks run as in training, by the statistics of each batch; each player sees whole
        batches; noise is a function of the model's seed and round and of the batch's place.

        Args:
            args: as for `keras.Model.evaluate`.
            options: as there; with `return_dict=False` a list, in the order of sorted names.

        Raises:
            InputError: for data that the variant cannot take, or weights of examples.
        """
        given = inspect.signature(keras.Model.evaluate).bind(self, *args, **options)
        self._refuse_weights(given.arguments)
        given.arguments.setdefault("return_dict", True)
        if "kwargs" not in given.arguments:  # not within fit, epoch after epoch
            x = batches.check_first_batch(given.arguments.get("x"), self.image_shapes)
            given.arguments["x"] = x
        with batches.readable_errors(), readable_errors():
            return super().evaluate(*given.args[1:], **given.kwargs)

    @functools.wraps(keras.Model.predict)
    def predict(self, *args: Any, **options: Any) -> Array:
        with batches.readable_errors(), readable_errors():
            return super().predict(*args, **options)

    @functools.wraps(keras.Model.train_on_batch)
    def train_on_batch(self, *args: Any, **options: Any) -> dict[str, float] | list[float]:
        with batches.readable_errors():
            return super().train_on_batch(*args, **options)

    @functools.wraps(keras.Model.test_on_batch)
    def test_on_batch(self, *args: Any, **options: Any) -> dict[str, float] | list[float]:
        with batches.readable_errors():
            return super().test_on_batch(*args, **options)

    def __call__(self, *args, **options):
        with batches.readable_errors():
            return super().__call__(*args, **options)

    @tf.autograph.experimental.do_not_convert
    def test_step(self, data: Any) -> dict[str, Tensor]:
        """Computes what each player would pay for held-out data, and moves nothing but means."""
        batch, rng, logs = self.name_batch(data), self.random_stream(), {}
        place = tf.cast(self.mean_losses.updates, tf.int64)
        rng = rng._replace(rollbacks=place).purpose("held_out")
        # What networks and losses assign does not leave the scope.
        with keras.StatelessScope(), pay_always():
            fake = self.generate(batch, rng.purpose("generate"))
            for player in self.players():
                player = self._add_regularizers(player)
                losses = player.losses(batch, fake, rng.purpose(player.name))
                logs |= Move(player, losses, player.add(losses), []).logs()
        for augmentation in self.augmentations:
            logs |= augmentation.logs()
        self.mean_losses.update_state(logs)
        return shape_for_logs(self.mean_losses.result())

    @tf.autograph.experimental.do_not_convert
    def predict_step(self, data: Any) -> Tensor:
        """Returns what the averaged generator makes of latents, or of a dict of its inputs.

        Raises:
            InputError: for data without all of the generator's inputs.
        """
        inputs = data[0] if isinstance(data, tuple | list) else data
        inputs = dict(inputs) if isinstance(inputs, dict) else {self.input_names[0]: inputs}
        needed = ["latents"] * self.takes_latents
        needed += [key for condition in self.conditions for key in condition.keys]
        latents = tuple(inputs["latents"].shape[1:]) if "latents" in inputs else None
        if not set(needed) <= set(inputs) or latents not in (None, (self.latent_size,)):
            received = f"latents of shape {latents}" if latents else ", ".join(inputs)
            raise InputError(
                f"Expected {' and '.join(needed)} for predict, latents [N, {self.latent_size}]. "
                f"Received: {received}. gan.sample(seeds, condition) draws latents by seed."
            )
        inputs |= self.name_conditions(inputs)
        return self({name: inputs[name] for name in self.input_names}, training=False)

    # ---- Files -------------------------------------------------------------------------------

    @functools.wraps(keras.Model.save)
    def save(
        self, filepath: PathLike, overwrite: bool = True, zipped: bool | None = None, **options: Any
    ) -> None:
        if zipped is False or not overwrite or str(filepath).startswith("hf://"):
            return super().save(filepath, overwrite=overwrite, zipped=zipped, **options)
        if pathlib.Path(filepath).suffix != ".keras":
            raise InputError(
                f"Expected a file that ends in .keras. Received: {filepath}. Artefacts for servers "
                "and devices are written by kgan.export.publish."
            )
        with replace_atomically(filepath) as aside:
            super().save(aside, **options)

    @functools.wraps(keras.Model.save_weights)
    def save_weights(
        self, filepath: PathLike, overwrite: bool = True, max_shard_size: float | None = None
    ) -> None:
        whole = str(filepath).endswith(".weights.h5")
        if not whole or not overwrite or max_shard_size is not None:
            return super().save_weights(filepath, overwrite, max_shard_size)
        path = pathlib.Path(filepath)
        # The suffix that Keras asks for is longer than the one that stays.
        with replace_atomically(path) as aside:
            written = aside.with_suffix(".weights.h5")
            try:
                super().save_weights(written)
                written.replace(aside)
            finally:
                written.unlink(missing_ok=True)

    def export(self, *args: Any, **options: Any) -> None:
        """Refuses: Keras would export networks without their pre- and postprocessing.

        Raises:
            InputError: always, with the way to do it.
        """
        raise InputError(
            "Expected kgan.export.publish(gan, FOLDER), whose artefacts take seeds and pixels and "
            f"are checked. Received: export{args}."
        )

    def get_compile_config(self) -> dict[str, Any] | None:
        """Returns what `compile_from_config` takes, or None before `compile`."""
        if not self.compiled:
            return None
        return {
            "optimizers": {
                name: keras.saving.serialize_keras_object(optimizer)
                for name, optimizer in self.optimizers.items()
            },
            "trainable": [layer.trainable for layer in self._players_layers()],
            "jit_compile": self.jit_compile,
            "run_eagerly": self.run_eagerly,
            "steps_per_execution": self.steps_per_execution,
        }

    def compile_from_config(self, config: dict[str, Any]) -> None:
        """Compiles as the model was that `get_compile_config` was asked of; frozen layers too."""
        options = dict(config)
        for layer, trainable in zip(self._players_layers(), options.pop("trainable"), strict=True):
            layer.trainable = trainable
        serialized = options.pop("optimizers").items()
        revive = keras.saving.deserialize_keras_object
        self.compile({name: revive(optimizer) for name, optimizer in serialized}, **options)

    def _players_layers(self):
        networks = [network for player in self.players() for network in player.networks]
        return [layer for network in networks for layer in list_layers(network)]

    def _maybe_symbolic_build(self, iterator=None, data_batch=None):
        """Builds nothing more: all is built when the model is made and compiled.

        Keras would average the first batch over replicas for its shapes, which text has no sum for.
        """

    def _refuse_weights(self, given):
        for name in ("class_weight", "sample_weight"):
            if given.get(name) is not None:
                raise InputError(
                    f"Expected no {name}: {type(self).__name__}'s losses are means over the batch. "
                    f"Received: {name} of {len(tree.flatten(given[name]))} values. Repeat in the "
                    "data what should count more."
                )
