"""The first calls of a loaded version, before it serves: the first one is the slow one."""

from kgan.errors import InputError
from kgan.saved_model import warmup
from kgan.saved_model.layout import WARMUPS
from kgan.serving.servable import first_line


def warm(version):
    """Calls a version with its warm-up requests, or each signature with zeros.

    Args:
        version: a `Version`.

    Raises:
        InputError: if a call fails: such a version must not serve.
    """
    requests = version.path / WARMUPS
    try:
        if requests.is_file():
            for name, arrays in warmup.read(requests):
                version.signatures[name].run(arrays)
        else:
            for signature in version.signatures.values():
                signature.run(signature.example(1))
    except Exception as error:
        raise InputError(
            f"Expected signatures that can be called. Received: {'/'.join(version.path.parts[-2:])}"
            f", whose first call fails: {first_line(error)}"
        ) from error
