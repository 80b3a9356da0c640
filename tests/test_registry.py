"""Names are found without running their files, and owned by one."""

import subprocess
import sys

import pytest

from kgan.errors import InputError
from kgan.registry import MODELS, Registry


def test_registered_variants_are_listed_with_their_summary():
    entry = MODELS.entries()["dcgan"]
    assert entry[:2] == ("kgan.models.dcgan", "DCGAN")
    assert entry.summary.startswith("Unsupervised representation learning")
    assert list(MODELS.entries()) == sorted(MODELS.entries())


def test_listing_imports_nothing():
    program = (
        "import sys; from kgan.registry import MODELS, SOURCES; MODELS.entries(), "
        "SOURCES.entries(); print([m for m in sys.modules if m.startswith(('kgan.models.', "
        "'kgan.data.', 'tensorflow', 'keras'))])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"


def test_every_name_leads_to_its_class_and_back():
    for name, entry in MODELS.entries().items():
        variant = MODELS.get(name)
        assert (variant.__module__, variant.__qualname__) == entry[:2]
        assert MODELS.get_name(variant) == name
        assert MODELS.get_attribute(entry.attribute) is variant


def test_an_unknown_name_is_refused_with_the_nearest_first():
    with pytest.raises(InputError, match=r"Unknown variant. Received: 'dcgann'.*first: dcgan,"):
        MODELS.get("dcgann")
    with pytest.raises(AttributeError, match="no attribute 'DCGann'"):
        MODELS.get_attribute("DCGann")


def test_a_name_has_one_owner():
    registry = Registry("variant", "kgan.models")

    class Ours:
        """Ours."""

    class Theirs:
        """Theirs."""

    assert registry.register("ours")(Ours) is Ours
    registry.register("ours")(Ours)  # a module that is loaded again
    assert registry.entries()["ours"].summary == "Ours."
    with pytest.raises(InputError, match=r"Expected one variant per name. Received: 'ours'"):
        registry.register("ours")(Theirs)
    assert registry.get("ours") is Ours
    with pytest.raises(InputError, match="Expected a registered variant"):
        registry.get_name(Theirs)
