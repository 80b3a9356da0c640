"""What is served: for each artefact the newest version that works, and those asked for by number.

Loading happens in one thread (`Shelf.refresh`, `Shelf.pinned`); answering only reads. What is read
is replaced as a whole, so that a request sees the old version or the new one, never half of each.
"""

import pathlib
from typing import NamedTuple

from kgan.errors import InputError
from kgan.serving import folders
from kgan.serving import servable as artefacts
from kgan.serving.limits import RequestError
from kgan.serving.warmup import warm


class Failure(NamedTuple):
    """Why a version does not serve, and the state of its files when that was found."""

    reason: str
    stamp: tuple


class Artefact:
    """One artefact and its versions.

    Attributes:
        paths: `{version: path}` of those on disk.
        loaded: `{version: servable}`, in the order in which they were loaded.
        failures: `{version: Failure}`.
        loading: the version that is being loaded, or None.
        current: the newest servable, or None.
    """

    def __init__(self):
        self.paths, self.loaded, self.failures = {}, {}, {}
        self.loading = self.current = None


class Shelf:
    """The artefacts of a folder.

    Args:
        folder: `saved_models`.
        limits: the server's `Limits`.
        prepared: makes a servable of a loaded and warm `Version`; it has `.version`.
        report: called with one line for each change: served, refused, gone.
    """

    def __init__(self, folder, limits, prepared, report):
        self._folder, self._limits = pathlib.Path(folder), limits
        self._prepared, self._report = prepared, report
        self.artefacts = {}

    def refresh(self):
        """Looks at the folder: loads new versions, lets go of those that are gone."""
        try:
            listing = folders.listed(self._folder)
        except OSError:
            return  # a folder that cannot be read for a moment; what is loaded goes on
        for name in sorted(listing):
            # In place before it has loaded, so that its state can be asked for.
            artefact = self.artefacts.get(name) or Artefact()
            self.artefacts = {**self.artefacts, name: artefact}
            self._refresh(name, artefact, listing[name])
        for name in self.artefacts.keys() - listing.keys():
            self.artefacts = {key: value for key, value in self.artefacts.items() if key != name}
            self._report(f"{name} is gone.")

    def _refresh(self, name, artefact, paths):
        artefact.paths = paths
        artefact.failures = {n: f for n, f in artefact.failures.items() if n in paths}
        newest = None
        for number in sorted(paths, reverse=True):
            newest = self._opened(name, artefact, number)
            if newest is not None:
                break
        if newest is not artefact.current:
            artefact.current = newest
            served = "No version" if newest is None else f"Version {newest.version.number}"
            self._report(f"{name}: {served} is served.")
        self._let_go(artefact)

    def _opened(self, name, artefact, number):
        """Returns the servable of a version on disk, or None if it does not load."""
        if number in artefact.loaded:
            return artefact.loaded[number]
        path = artefact.paths[number]
        failure = artefact.failures.get(number)
        artefact.loading = number
        try:
            # A copy may be half done: what failed is tried again when its files have changed.
            stamp = artefacts.stamp(path)
            if failure is not None and failure.stamp == stamp:
                return None
            version = artefacts.load(path, number)
            warm(version)
            servable = self._prepared(name, version)
        except (InputError, OSError) as error:
            reason = artefacts.first_line(error)
            if failure is None or failure.reason != reason:
                self._report(f"{name}: version {number} is not served. {reason}")
            stamp = stamp if isinstance(error, InputError) else ()
            artefact.failures = {**artefact.failures, number: Failure(reason, stamp)}
            return None
        finally:
            artefact.loading = None
        artefact.failures = {n: f for n, f in artefact.failures.items() if n != number}
        artefact.loaded = {**artefact.loaded, number: servable}
        return servable

    def _let_go(self, artefact):
        """Forgets versions that are gone, and pinned ones beyond the limit."""
        current = artefact.current and artefact.current.version.number
        others = [n for n in artefact.loaded if n != current and n in artefact.paths]
        kept = {*others[-self._limits.pinned_versions :], current}
        artefact.loaded = {n: s for n, s in artefact.loaded.items() if n in kept}

    def latest(self, name):
        """Returns the servable of an artefact's newest version.

        Raises:
            RequestError: 404, no such artefact, or none of its versions works.
        """
        artefact = self.artefacts.get(name)
        if artefact is None or artefact.current is None:
            raise RequestError(f"Servable not found for request: Latest({name})", 404)
        return artefact.current

    def ready(self, name, number):
        """Returns the servable of a version if it is loaded, or None if it could be.

        Raises:
            RequestError: 404, not on disk, or it failed to load.
        """
        artefact = self.artefacts.get(name)
        if artefact is None or number not in artefact.paths or number in artefact.failures:
            raise RequestError(f"Servable not found for request: Specific({name}, {number})", 404)
        return artefact.loaded.get(number)

    def pinned(self, name, number):
        """Returns the servable of a version, loading it if need be; in the loading thread.

        Raises:
            RequestError: as `ready`.
        """
        servable = self.ready(name, number)
        if servable is None:
            artefact = self.artefacts[name]
            servable = self._opened(name, artefact, number)
            if servable is None:
                return self.ready(name, number)  # says why
            self._let_go(artefact)
        return servable

    def status(self, name, number=None):
        """Returns the states of an artefact's versions, newest first, as TensorFlow Serving does.

        Args:
            name: the artefact.
            number: one version, or None for all.

        Raises:
            RequestError: 404, none.
        """
        artefact = self.artefacts.get(name)
        numbers = sorted(artefact.paths, reverse=True) if artefact else []
        if number is not None:
            if number not in numbers:
                raise RequestError(f"Could not find version {number} of model {name}", 404)
            numbers = [number]
        if not numbers:
            raise RequestError(f"Could not find any versions of model {name}", 404)
        return {"model_version_status": [_status(artefact, number) for number in numbers]}


def _status(artefact, number):
    failure = artefact.failures.get(number)
    if number in artefact.loaded:
        state = "AVAILABLE"
    elif number == artefact.loading:
        state = "LOADING"
    else:
        state = "START" if failure is None else "END"
    return {
        "version": str(number),
        "state": state,
        "status": {
            "error_code": "OK" if failure is None else "FAILED_PRECONDITION",
            "error_message": "" if failure is None else failure.reason,
        },
    }
