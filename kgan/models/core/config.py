"""A model that knows what it was made with."""

import keras

from kgan.registry import arguments_of


class Configured:
    """Keeps the constructor's arguments, which are the model's config; mixed into `GAN`."""

    def __new__(cls, *arguments, **options):
        model = super().__new__(cls, *arguments, **options)
        known = {name: parameter.default for name, parameter in arguments_of(cls).items()}
        model._config = known | dict(zip(known, arguments, strict=False)) | options
        return model

    def get_config(self):
        """Returns every argument of the constructor, defaults too; networks as Keras' configs."""
        return {
            name: keras.saving.serialize_keras_object(value)
            if isinstance(value, keras.Model)
            else value
            for name, value in self._config.items()
        }

    @classmethod
    def from_config(cls, config):
        """Returns a new model of what `get_config` returned."""
        return cls(
            **{
                name: keras.saving.deserialize_keras_object(value)
                if name in ("generator", "discriminator") and value is not None
                else value
                for name, value in config.items()
            }
        )
