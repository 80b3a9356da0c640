"""The drafts keep what every variant promises."""

import importlib
import sys

import pytest

from kgan.registry import MODELS
from tests.test_contract import *  # noqa: F403

SLOW = pytest.mark.slow
# 80 and 15 seconds
NAMES = (pytest.param("biggan", marks=SLOW), pytest.param("srgan", marks=SLOW))


def enroll(request):
    """Yields a draft, which is registered while its tests run and no longer."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(MODELS, "_registered", dict(MODELS._registered))
        patch.delitem(sys.modules, f"tests.drafts.{request.param}", raising=False)
        importlib.import_module(f"tests.drafts.{request.param}")
        yield MODELS.get(request.param)


variant = pytest.fixture(enroll, scope="module", params=NAMES)
in_a_graph = pytest.fixture(
    enroll, params=[pytest.param(name, marks=SLOW) for name in ("biggan", "srgan")]
)
