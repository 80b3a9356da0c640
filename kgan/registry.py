"""Names of variants and data sources, listed without importing TensorFlow.

A package's files are read, not run (`ast`), to learn which names they register; the module behind
a name is imported when that name is asked for. So `kgan list` answers at once, and a variant is
enrolled by its file being there.
"""

import ast
import functools
import importlib
import inspect
import pathlib
from typing import NamedTuple

from kgan.errors import InputError, unknown


class Entry(NamedTuple):
    """Where a registered name lives: module, attribute there, first line of its docstring."""

    module: str
    attribute: str
    summary: str


class Registry:
    """Maps names to the classes or functions a package registers under them.

    Args:
        kind: what a name stands for, as error messages say it, e.g. `"variant"`.
        package: the package whose files register, e.g. `"kgan.models"`.

    Example:
        >>> VARIANTS = Registry("variant", "kgan.models")
        >>> VARIANTS.get("dcgan")            # imports kgan/models/dcgan.py
        <class 'kgan.models.dcgan.DCGAN'>
    """

    def __init__(self, kind, package):
        self.kind = kind
        self.package = package
        self._registered = {}

    def register(self, name):
        """Decorator: files a class or function under `name`. Two owners of one name are refused."""

        def enroll(value):
            where = (value.__module__, value.__qualname__)
            holder = self._registered.setdefault(name, value)
            if (holder.__module__, holder.__qualname__) != where:
                raise InputError(
                    f"Expected one {self.kind} per name. Received: {name!r} from {where[0]}, "
                    f"already registered by {holder.__module__}. Choose another name."
                )
            self._registered[name] = value
            return value

        return enroll

    @functools.cached_property
    def _in_files(self):
        folder = pathlib.Path(__file__).parent / self.package.split(".")[1]
        found = {}
        for path in sorted(folder.rglob("*.py")):
            for node in ast.parse(path.read_text(encoding="utf-8")).body:
                for decorator in getattr(node, "decorator_list", ()):
                    match decorator:
                        case ast.Call(
                            func=ast.Name(id="register"), args=[ast.Constant(value=name)]
                        ):
                            summary = (ast.get_docstring(node) or "").split("\n")[0]
                            parts = path.relative_to(folder).with_suffix("").parts
                            module = ".".join((self.package, *parts))
                            found[name] = Entry(module, node.name, summary)
        return found

    def entries(self):
        """Returns `{name: Entry}` of everything registered, sorted by name; imports nothing."""
        registered = {
            name: Entry(value.__module__, value.__name__, (value.__doc__ or "").split("\n")[0])
            for name, value in self._registered.items()
        }
        return dict(sorted({**registered, **self._in_files}.items()))

    def get(self, name):
        """Returns what `name` stands for. Raises `InputError` with the known names otherwise."""
        if name not in self._registered and name in self._in_files:
            importlib.import_module(self._in_files[name].module)
        if name not in self._registered:
            raise unknown(self.kind, name, self.entries())
        return self._registered[name]

    def name_of(self, value):
        """Returns the name under which `value` (a class or function) was registered."""
        for name, candidate in self._registered.items():
            if candidate is value:
                return name
        raise InputError(
            f"Expected a registered {self.kind}. Received: {value!r}. "
            "Put @register('name') above its definition."
        )

    def attribute(self, attribute):
        """Returns the registered object called `attribute` in its module, e.g. `"DCGAN"`.

        This serves a package's `__getattr__`, hence the `AttributeError` for an unknown one.
        """
        for name, entry in self.entries().items():
            if entry.attribute == attribute:
                return self.get(name)
        raise AttributeError(f"module {self.package!r} has no attribute {attribute!r}")


def arguments_of(function):
    """Returns `{name: inspect.Parameter}` of a function, or of a class and what `**options` reach.

    Example:
        >>> list(arguments_of(kgan.models.PacGAN))[:3]
        ['packing', 'image_shape', 'latent_size']
    """
    owners = (function,)
    if inspect.isclass(function):
        owners = [base for base in inspect.getmro(function) if "__init__" in vars(base)]
    found = {}
    for owner in owners:
        own = inspect.signature(owner).parameters.values()
        for parameter in own:
            if parameter.kind != parameter.VAR_KEYWORD:
                found.setdefault(parameter.name, parameter)
        if all(p.kind != p.VAR_KEYWORD for p in own):
            break
    return found


MODELS = Registry("variant", "kgan.models")
SOURCES = Registry("data source", "kgan.data")
