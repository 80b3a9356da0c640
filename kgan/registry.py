"""Registries of variants and data sources, listed without importing TensorFlow.

To list the names, a package's files are parsed (`ast`), not run; the module behind a name is
imported when that name is asked for. A file with a `@register("name")` in it is enough.
"""

import ast
import functools
import importlib
import inspect
import pathlib
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

from kgan.errors import InputError, UnknownNameError

_Registered = TypeVar("_Registered", bound=Callable)


class Entry(NamedTuple):
    """Where a registered name is defined.

    Attributes:
        module: dotted name of the module.
        attribute: name of the class or function there.
        summary: first line of its docstring.
    """

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

    def __init__(self, kind: str, package: str) -> None:
        self.kind = kind
        self.package = package
        self._registered: dict[str, Callable] = {}

    def register(self, name: str) -> Callable[[_Registered], _Registered]:
        """Returns a decorator that registers a class or function under `name`.

        Raises:
            InputError: when decorating, if another class or function has that name.
        """

        def add(value: _Registered) -> _Registered:
            where = (value.__module__, value.__qualname__)
            holder = self._registered.setdefault(name, value)
            if (holder.__module__, holder.__qualname__) != where:
                raise InputError(
                    f"Expected one {self.kind} per name. Received: {name!r} from {where[0]}, "
                    f"already registered by {holder.__module__}. Choose another name."
                )
            self._registered[name] = value
            return value

        return add

    @functools.cached_property
    def _entries_in_files(self) -> dict[str, Entry]:
        folder = pathlib.Path(__file__).parent / self.package.split(".")[1]
        entries = {}
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
                            entries[name] = Entry(module, node.name, summary)
        return entries

    def entries(self) -> dict[str, Entry]:
        """Returns `{name: Entry}` of everything registered, sorted by name; imports nothing."""
        registered = {
            name: Entry(value.__module__, value.__name__, (value.__doc__ or "").split("\n")[0])
            for name, value in self._registered.items()
        }
        return dict(sorted({**registered, **self._entries_in_files}.items()))

    def get(self, name: str) -> Any:
        """Returns the class or function registered as `name`.

        Raises:
            InputError: if there is none, with the known names.
        """
        if name not in self._registered and name in self._entries_in_files:
            importlib.import_module(self._entries_in_files[name].module)
        if name not in self._registered:
            raise UnknownNameError(self.kind, name, self.entries())
        return self._registered[name]

    def get_name(self, value: Callable) -> str:
        """Returns the name under which a class or function was registered.

        Raises:
            InputError: if it was not.
        """
        for name, candidate in self._registered.items():
            if candidate is value:
                return name
        raise InputError(
            f"Expected a registered {self.kind}. Received: {value!r}. "
            "Put @register('name') above its definition."
        )

    def get_attribute(self, attribute: str) -> Any:
        """Returns the registered class or function called `attribute` in its module.

        This serves a package's `__getattr__`, hence the `AttributeError` for an unknown one.

        Example:
            >>> MODELS.get_attribute("DCGAN")
            <class 'kgan.models.dcgan.DCGAN'>
        """
        for name, entry in self.entries().items():
            if entry.attribute == attribute:
                return self.get(name)
        raise AttributeError(f"module {self.package!r} has no attribute {attribute!r}")


def arguments_of(function: Callable) -> dict[str, inspect.Parameter]:
    """Returns `{name: parameter}` of a function, or of a class and what its `**options` reach.

    Example:
        >>> list(arguments_of(kgan.models.PacGAN))[:3]
        ['packing', 'image_shape', 'latent_size']
    """
    owners = (function,)
    if inspect.isclass(function):
        owners = [base for base in inspect.getmro(function) if "__init__" in vars(base)]
    arguments = {}
    for owner in owners:
        own = inspect.signature(owner).parameters.values()
        for parameter in own:
            if parameter.kind != parameter.VAR_KEYWORD:
                arguments.setdefault(parameter.name, parameter)
        if all(p.kind != p.VAR_KEYWORD for p in own):
            break
    return arguments


MODELS = Registry("variant", "kgan.models")
SOURCES = Registry("data source", "kgan.data")
