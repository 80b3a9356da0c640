"""Every topic draws its pictures whole, says its numbers, and lists without heavy imports."""

import subprocess
import sys

import pytest

from kgan.errors import InputError
from kgan.theory import topics
from kgan.theory.drawings import figures

# A number of each topic that the literature or a hand calculation knows.
SAID = {
    "parallel_lines": "JS = 0.6931 nats = log 2",
    "optimal_discriminator": "V(D*) = -0.943953, 2·JSD − log 4 = -0.943953 nats",
    "saturation": "log(1 − D) pulls with 0.0025, −log D with 0.9975",
    "dirac": "GAN + R1, γ = 0.3             2.64e-06  converges",
    "f_fits": "KL = maximum likelihood  D 0.2831 [0.2831]  μ 1.0100 [1.0100]",
    "prisoners_dilemma": "(confess, confess) at −5 each",
    "entropy": "H = 1.75 bits; coded evenly 2; KL = 0.25",
    "transport_plan": "By quantiles, the same:",
}


@pytest.mark.parametrize(
    "topic", [pytest.param(t, marks=[pytest.mark.slow] * (t == "dirac")) for t in topics.TOPICS]
)
def test_every_topic_draws_and_tells(topic, tmp_path):
    from PIL import Image

    told = []
    paths = topics.draw(topic, tmp_path / "new", told.append)
    assert sorted(paths) == sorted((tmp_path / "new").iterdir())
    for path in paths:
        with Image.open(path) as picture:
            picture.load()
            assert picture.format == "PNG" and min(picture.size) >= 400
            # More than a page of background: at least five colours cover some of it.
            colours = picture.convert("RGB").getcolors(picture.width * picture.height)
            assert sum(count > 100 for count, _ in colours) >= 5
    assert SAID[topic] in "\n".join(told)
    assert all("nan" not in line for line in told)


@pytest.mark.parametrize(
    "value, text",
    [(0.638, "0.64"), (-508.3, "−510"), (2.64e-6, "2.6·10⁻⁶"), (2.56e4, "2.6·10⁴"), (0.0, "0")],
)
def test_numbers_as_pictures_print_them(value, text):
    assert figures.format_number(value) == text


def test_numbers_are_printed_by_default(tmp_path, capsys):
    topics.draw("prisoners_dilemma", tmp_path)
    assert "confess" in capsys.readouterr().out


def test_unknown_topic_is_refused_with_the_known_ones(tmp_path):
    with pytest.raises(InputError, match=r"Unknown topic.*entropy") as caught:
        topics.draw("entropi", tmp_path / "none")
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "none").exists()


def test_listing_imports_nothing_heavy_and_theory_never_imports_keras():
    listing = (
        "import sys, kgan.theory; kgan.theory.topics.TOPICS\n"
        "heavy = {'numpy', 'scipy', 'matplotlib', 'keras', 'tensorflow'} & set(sys.modules)\n"
        "print(sorted(heavy))\n"
        "for name in kgan.theory.__all__: getattr(kgan.theory, name)\n"
        "print(sorted({'matplotlib', 'keras', 'tensorflow'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", listing], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "[]\n[]\n"), done.stderr


def test_drawing_leaves_no_global_state(tmp_path):
    code = (
        "import sys; from kgan.theory import topics\n"
        f"topics.draw('prisoners_dilemma', {str(tmp_path)!r}, lambda line: None)\n"
        "print('matplotlib.pyplot' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout == "False\n", done.stderr


def test_the_room_is_lazy_and_says_what_it_lacks():
    import kgan.theory

    assert kgan.theory.divergences.kl([1.0], [1.0]) == 0.0
    assert "transport" in dir(kgan.theory)
    with pytest.raises(AttributeError, match="attribute divergence"):
        _ = kgan.theory.divergence
