"""What a person chooses of a game by name, in place of what its variant has."""

from kgan import augmentation
from kgan.errors import InputError, UnknownNameError, check_whole
from kgan.losses import regularizers
from kgan.losses.adversarial import PAIRS


def chosen(adversarial, penalty_config, augmentation_config, discriminator_steps):
    """Returns `{attribute of a GAN: its value}` for what is not None; see `GAN` for each.

    Raises:
        InputError: for an unknown name or a value out of range.
    """
    values = {}
    if adversarial is not None:
        if adversarial not in PAIRS:
            raise UnknownNameError("adversarial loss", adversarial, PAIRS)
        values["adversarial"] = PAIRS[adversarial]
    if penalty_config is not None:
        values["penalties"] = regularizers.build_penalties(penalty_config)
    if augmentation_config is not None:
        values["augmentations"] = augmentation.build_augmentations(augmentation_config)
    if discriminator_steps is not None:
        check_whole(discriminator_steps=discriminator_steps, least=1)
        values["discriminator_steps"] = discriminator_steps
    return values


def check_critic(gan, values):
    """Refuses values that `chosen` returned for a game without a critic, which they are about.

    Raises:
        InputError: if there are any.
    """
    if gan.discriminator is None and values:
        raise InputError(
            f"Expected no {next(iter(values))} for {type(gan).__name__}, which has no critic. "
            f"Received: {', '.join(values)}. Leave it out."
        )
