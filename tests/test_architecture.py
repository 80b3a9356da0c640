"""The house: imports flow one way, and what must not be anywhere is nowhere."""

import ast
import graphlib
import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).parent.parent / "kgan"
# Left to right: a module imports from its own room and from rooms before it. What all rooms share
# stands leftmost.
SHARED = (
    "errors", "registry", "files", "images", "interpolation", "keras_names", "log", "packages",
    "progress", "random", "replicas", "saved_model", "signals", "system", "types", "values",
)  # fmt: skip
ROOMS = (
    "theory", "data", "layers", "networks", "augmentation", "losses", "metrics", "models", "runs",
    "evaluation", "generation", "training", "export", "serving", "cli",
)  # fmt: skip
DIFFERENTIATING = (
    "models/core/rounds.py", "losses/regularizers/regularizer.py",
    "losses/regularizers/slopes.py", "replicas.py", "losses/second_order.py",
)  # fmt: skip
FILES = sorted(ROOT.rglob("*.py"))
# Functions are verbs. Pure views may be named as Python's `sorted` is; so may the field's terms.
PARTICIPLE = re.compile(
    r"(?!_?(find|has|is|seed)_)_?\w+ed(_\w+)?"
    r"|_?(found|made|held|seen|said|told|kept|drawn|known|put)"
)
GAME = ("base", "rounds", "conditioned", "sampling")
HOOKS = {
    node.name
    for name in GAME
    for node in ast.walk(ast.parse((ROOT / f"models/core/{name}.py").read_text(encoding="utf-8")))
    if isinstance(node, ast.FunctionDef)
}
PROPERTIES = {"property", "cached_property"}
VIEWS = {"scaled", "reversed", "sorted"}
VIEWS |= {
    "unpaired",
    "unpaired_glyphs",
    "unpaired_text",
    "downsampled",
    "masked",
    "stacked_mnist",
}  # sources bear the names of what they hold
VIEWS |= {"squared_hellinger", "zero_centred_penalty", "balanced_consistency"}  # terms of the field
VIEWS |= {"normalized_weights"}  # Keras'
VIEWS |= {"data_received"}  # asyncio's


def room_of(path):
    parts = path.relative_to(ROOT).parts
    return parts[0].removesuffix(".py")


def place(room):
    if room == "__main__":
        return len(ROOMS)
    return -1 if room in SHARED else ROOMS.index(room)


def imported_rooms(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            modules = [node.module or ""]
            if node.module == "kgan":
                modules = [f"kgan.{alias.name}" for alias in node.names]
            if node.level:
                yield "relative", node.lineno
        elif isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        else:
            continue
        for module in modules:
            if module.split(".")[0] in ("tools", "tests"):
                yield module, node.lineno
            if module.startswith("kgan.") and module != "kgan.__version__":
                yield module.split(".")[1], node.lineno


def violations(name, source):
    """Returns what is wrong with a file called `name` (relative to kgan/) that holds `source`."""
    path, tree, wrong = ROOT / name, ast.parse(source), []
    room = room_of(path)
    for target, line in imported_rooms(tree):
        if target not in (*SHARED, *ROOMS):
            wrong.append(f"{name}:{line} imports {target}")
        elif room == "serving" and target not in (*SHARED, "serving"):
            wrong.append(f"{name}:{line}: serving knows artefacts, and imports {target}")
        elif room != "__init__" and place(target) > place(room):
            wrong.append(f"{name}:{line}: {room} imports {target}, which stands to its right")
    for node in ast.walk(tree):
        if isinstance(node, ast.Assert):
            wrong.append(f"{name}:{node.lineno} asserts")
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "hasattr":
            wrong.append(f"{name}:{node.lineno} uses hasattr")
        if getattr(node, "attr", "") == "GradientTape" and name not in DIFFERENTIATING:
            wrong.append(f"{name}:{node.lineno} opens a tape")
        if (
            isinstance(node, ast.FunctionDef)
            and node.name == "train_step"
            and name != "models/core/rounds.py"
        ):
            wrong.append(f"{name}:{node.lineno} defines train_step")
        called = getattr(getattr(node, "value", None), "func", None)
        if node in tree.body and getattr(called, "attr", "") in ("filterwarnings", "simplefilter"):
            wrong.append(f"{name}:{node.lineno} changes warnings for all who import it")
        if isinstance(node, ast.ExceptHandler) and node.type is None:
            wrong.append(f"{name}:{node.lineno} catches everything")
        is_import = isinstance(node, ast.Import | ast.ImportFrom)
        if is_import and name not in DIFFERENTIATING and room in ("layers", "networks", "losses"):
            modules = [alias.name for alias in node.names] + [getattr(node, "module", "") or ""]
            if any(module.split(".")[0] == "tensorflow" for module in modules):
                wrong.append(f"{name}:{node.lineno} uses tensorflow, not keras.ops")
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "print" and room != "cli":
            wrong.append(f"{name}:{node.lineno} prints; kgan.log tells people")
        stores = isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
        if stores and node.id == "found":
            wrong.append(f"{name}:{node.lineno} calls something `found`: say what it is")
        if isinstance(node, ast.FunctionDef) and PARTICIPLE.fullmatch(node.name):
            decorators = {getattr(d, "id", getattr(d, "attr", "")) for d in node.decorator_list}
            if not decorators & PROPERTIES and node.name not in VIEWS:
                wrong.append(f"{name}:{node.lineno}: {node.name} is no verb")
    if len(source.splitlines()) > 400:
        wrong.append(f"{name} has more than 400 lines, and so two subjects")
    return wrong + list(unsaid(name, tree))


def unsaid(name, tree):
    """Yields what public functions and classes do not say: a docstring, or a type."""
    for owner in [tree, *(n for n in tree.body if isinstance(n, ast.ClassDef))]:
        if getattr(owner, "name", "").startswith("_"):
            continue
        for node in owner.body:
            if not isinstance(node, ast.FunctionDef | ast.ClassDef) or node.name.startswith("_"):
                continue
            where = f"{name}:{node.lineno}: {node.name}"
            # A method that overrides another has its docstring.
            if ast.get_docstring(node) is None and owner is tree:
                yield f"{where} has no docstring"
            # The game's hooks say their types once, in the base.
            overrides = name.startswith("models/") and name not in GAME and node.name in HOOKS
            if isinstance(node, ast.FunctionDef) and not overrides:
                given = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
                for argument in given:
                    if argument.annotation is None and argument.arg not in ("self", "cls"):
                        yield f"{where} does not say what {argument.arg} is"
                if node.returns is None:
                    yield f"{where} does not say what it returns"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_house_is_in_order(path):
    assert violations(str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "name, source",
    [
        ("losses/new.py", "from kgan.models import base"),
        ("data/new.py", "def f():\n    import kgan.training.loop"),
        ("errors.py", "from kgan import data"),
        ("serving/new.py", "from kgan.models import base"),
        ("models/new.py", "from tools import demo"),
        ("models/new.py", "from . import base"),
        ("models/new.py", "class A:\n    def train_step(self, data): ..."),
        ("models/new.py", "import tensorflow as tf\nt = tf.GradientTape()"),
        ("cli/__init__.py", "assert True"),
        ("cli/__init__.py", "hasattr(1, 'a')"),
        ("cli/__init__.py", "try:\n    pass\nexcept:\n    pass"),
        ("networks/new.py", "import tensorflow as tf"),
        ("models/new.py", "import warnings\nwarnings.filterwarnings('ignore')"),
        ("models/new.py", "def opened(path: str) -> str:\n    'Opens.'"),
        ("models/new.py", "def run(path) -> None:\n    'Runs.'"),
        ("models/new.py", "def run(path: str) -> None: ..."),
        ("data/new.py", "print('hello')"),
    ],
)
def test_the_test_sees_what_is_wrong(name, source):
    assert violations(name, source)


def test_no_room_has_a_circle_of_files():
    uses = {}
    for path in FILES:
        module = ".".join(("kgan", *path.relative_to(ROOT).with_suffix("").parts))
        uses[module.removesuffix(".__init__")] = imported_modules(
            ast.parse(path.read_text("utf-8"))
        )
    for module in uses:
        uses[module] &= set(uses) - {module}
    sorter = graphlib.TopologicalSorter({
        # A package that gives its files out lazily is not used by them.
        module: {other for other in others if not module.startswith(f"{other}.")}
        for module, others in uses.items()
    })  # fmt: skip
    sorter.prepare()  # raises CycleError, which names the files


def imported_modules(tree):
    """Returns the dotted names that a file's imports, late ones too, may mean."""
    modules = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            modules |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Import):
            modules |= {alias.name for alias in node.names}
    return modules


def test_between_a_variant_and_the_base_is_one_family_at_most():
    from kgan.models.core.base import GAN
    from kgan.registry import MODELS

    for name in MODELS.entries():
        variant = MODELS.get(name)
        between = [base for base in variant.__mro__[1:] if issubclass(base, GAN) and base != GAN]
        assert len(between) <= 1, name
