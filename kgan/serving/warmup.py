"""The first calls of a loaded version, made before it serves because the first one is slow."""

from kgan.errors import InputError
from kgan.saved_model import warmup
from kgan.saved_model.layout import WARMUPS
from kgan.serving.servable import Servable, first_line


def warm_up(servable: Servable) -> None:
    """Calls a version with its warm-up requests, or each signature with zeros.

    Raises:
        InputError: if a call fails: such a version must not serve.
    """
    requests = servable.path / WARMUPS
    try:
        if requests.is_file():
            for name, arrays in warmup.read(requests):
                servable.signatures[name].run(arrays)
        else:
            for signature in servable.signatures.values():
                signature.run(signature.example(1))
    except Exception as error:
        raise InputError(
            "Expected signatures that can be called. Received: "
            f"{'/'.join(servable.path.parts[-2:])}, whose first call fails: {first_line(error)}"
        ) from error
