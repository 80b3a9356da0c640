"""What is served: of each model the newest version that works, and those asked for by number.

Loading happens in one thread (`ModelManager.refresh` and `.load_version`); answering only reads.
What is read is replaced as a whole, so that a request sees the old version or the new one, never a
mixture.
"""

import pathlib
from collections.abc import Callable
from typing import Any, NamedTuple

from kgan.errors import InputError
from kgan.saved_model.layout import list_artefacts
from kgan.serving import servable
from kgan.serving.batching import Endpoint
from kgan.serving.limits import Limits, RequestError
from kgan.types import PathLike


class Failure(NamedTuple):
    """Why a version does not serve.

    Attributes:
        reason: one line.
        stamp: state of its files when it failed.
    """

    reason: str
    stamp: tuple


_LOOKS = 3  # at which something must be gone before it is dropped: folders are swapped and mounted


class Model:
    """One artefact and its versions.

    Attributes:
        paths: `{version: path}` of those on disk.
        loaded: `{version: Endpoint}`, in the order in which they were loaded.
        failures: `{version: Failure}`.
        loading: the version that is being loaded, or None.
        current: the newest `Endpoint`, or None.
    """

    def __init__(self) -> None:
        self.paths: dict[int, pathlib.Path] = {}
        self.loaded: dict[int, Endpoint] = {}
        self.failures: dict[int, Failure] = {}
        self.loading: int | None = None
        self.current: Endpoint | None = None

    def version_state(self, version: int) -> dict[str, Any]:
        """Returns the state of a version on disk, as TensorFlow Serving's API has it."""
        failure = self.failures.get(version)
        if version in self.loaded:
            state = "AVAILABLE"
        elif version == self.loading:
            state = "LOADING"
        else:
            state = "START" if failure is None else "END"
        return {
            "version": str(version),
            "state": state,
            "status": {
                "error_code": "OK" if failure is None else "FAILED_PRECONDITION",
                "error_message": "" if failure is None else failure.reason,
            },
        }


class ModelManager:
    """The models of a folder.

    Args:
        folder: `saved_models`.
        limits: the server's `Limits`.
        load: loads a version, given its path and number, and calls it once.
        prepare: makes an `Endpoint` of a model's name and its loaded, warm `Servable`.
        report: called with one line for each change: served, refused, gone.

    Attributes:
        models: `{name: Model}`.
    """

    def __init__(
        self,
        folder: PathLike,
        limits: Limits,
        load: Callable[[pathlib.Path, int], servable.Servable],
        prepare: Callable[[str, servable.Servable], Endpoint],
        report: Callable[[str], None],
    ) -> None:
        self._folder, self._limits = pathlib.Path(folder), limits
        self._load_servable, self._prepare, self._report = load, prepare, report
        self._missed: dict[tuple[str, int], int] = {}  # looks since a version was there
        self.models: dict[str, Model] = {}

    def refresh(self) -> bool:
        """Looks at the folder: loads new versions and drops those that are gone.

        Returns:
            Whether what is loaded has changed.
        """
        before = self._find_loaded()
        try:
            artefacts = self._list_artefacts()
        except OSError:
            return False  # a folder that cannot be read for a moment; what is loaded goes on
        for name in sorted(artefacts):
            # Listed before it is loaded, so that clients can ask for its state.
            model = self.models.get(name) or Model()
            self.models = {**self.models, name: model}
            self._refresh_model(name, model, artefacts[name])
        for name in self.models.keys() - artefacts.keys():
            self.models = {key: value for key, value in self.models.items() if key != name}
            self._report(f"{name} is gone.")
        return self._find_loaded() != before

    def _list_artefacts(self):
        """Returns `{name: {version: path}}`, with what is loaded and was there a moment ago.

        Raises:
            OSError: if the folder cannot be read, or is empty all of a sudden.
        """
        artefacts = list_artefacts(self._folder)
        if self.models and not artefacts and not any(self._folder.iterdir()):
            raise OSError(f"{self._folder} is empty")  # as where a disk is not mounted
        missed = {}
        for name, model in self.models.items():
            for version in model.loaded.keys() - artefacts.get(name, {}).keys():
                count = self._missed.get((name, version), 0) + 1
                if version in model.paths and count < _LOOKS:
                    missed[name, version] = count
                    artefacts.setdefault(name, {})[version] = model.paths[version]
        self._missed = missed
        return artefacts

    def _find_loaded(self):
        return {(name, version) for name, model in self.models.items() for version in model.loaded}

    def _refresh_model(self, name, model, paths):
        model.paths = paths
        model.failures = {n: f for n, f in model.failures.items() if n in paths}
        newest = None
        for version in sorted(paths, reverse=True):
            newest = self._load(name, model, version)
            if newest is not None:
                break
        if newest is not model.current:
            model.current = newest
            what = "No version" if newest is None else f"Version {newest.servable.version}"
            self._report(f"{name}: {what} is served.")
        self._unload(model)

    def _load(self, name, model, version):
        """Returns the endpoint of a version on disk, or None if it does not load."""
        if version in model.loaded:
            return model.loaded[version]
        path = model.paths[version]
        failure = model.failures.get(version)
        model.loading = version
        try:
            # A copy may be half done: what failed is tried again when its files have changed.
            stamp = servable.read_stamp(path)
            if failure is not None and failure.stamp == stamp:
                return None
            endpoint = self._prepare(name, self._load_servable(path, version))
        except (InputError, OSError) as error:
            reason = servable.first_line(error)
            if failure is None or failure.reason != reason:
                self._report(f"{name}: version {version} is not served. {reason}")
            stamp = stamp if isinstance(error, InputError) else ()
            model.failures = {**model.failures, version: Failure(reason, stamp)}
            return None
        finally:
            model.loading = None
        model.failures = {n: f for n, f in model.failures.items() if n != version}
        model.loaded = {**model.loaded, version: endpoint}
        return endpoint

    def _unload(self, model):
        """Drops versions that are gone, and pinned ones beyond the limit."""
        current = model.current and model.current.servable.version
        others = [n for n in model.loaded if n != current and n in model.paths]
        kept = {*others[-self._limits.pinned_versions :], current}
        model.loaded = {n: endpoint for n, endpoint in model.loaded.items() if n in kept}

    def get_latest(self, name: str) -> Endpoint:
        """Returns the endpoint of a model's newest version.

        Raises:
            RequestError: 404, no such model, or none of its versions works.
        """
        model = self.models.get(name)
        if model is None or model.current is None:
            raise _missing_error(name)
        return model.current

    def get_version(self, name: str, version: int) -> Endpoint | None:
        """Returns the endpoint of a version if it is loaded, or None if it could be.

        Raises:
            RequestError: 404, not on disk, or it failed to load.
        """
        model = self.models.get(name)
        if model is None or version not in model.paths or version in model.failures:
            raise _missing_error(name, version)
        return model.loaded.get(version)

    def load_version(self, name: str, version: int) -> Endpoint:
        """Returns the endpoint of a version, loading it if need be; in the loading thread.

        Raises:
            RequestError: as `get_version`.
        """
        endpoint = self.get_version(name, version)
        if endpoint is None:
            model = self.models[name]
            endpoint = self._load(name, model, version)
            if endpoint is None:
                return self.get_version(name, version)  # raises
            self._unload(model)
        return endpoint

    def get_status(self, name: str, version: int | None = None) -> dict[str, Any]:
        """Returns the states of a model's versions, newest first, as TensorFlow Serving does.

        Args:
            name: the model.
            version: one version, or None for all.

        Raises:
            RequestError: 404, none.
        """
        model = self.models.get(name)
        versions = sorted(model.paths, reverse=True) if model else []
        if version is not None:
            versions = [version] if version in versions else []
        if not versions:
            raise _missing_error(name, version)
        return {"model_version_status": [model.version_state(number) for number in versions]}


def _missing_error(name, version=None):
    number = "" if version is None else f", version {version}"
    return RequestError(f"Expected a model that is served. Received: {name}{number}.", 404)
