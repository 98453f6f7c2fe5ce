"""Keep a component's learned objects in Rasa's model storage."""

from __future__ import annotations

from typing import Any

import joblib
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage

_FILE = "component.joblib"


def save_object(storage: ModelStorage, resource: Resource, value: Any) -> None:
    """Write the learned objects of one component into the model that is being made."""
    with storage.write_to(resource) as directory:
        joblib.dump(value, directory / _FILE, compress=3)


def load_object(storage: ModelStorage, resource: Resource) -> Any:
    """Read what `save_object` wrote. The file comes from our own training; a model is never fetched from elsewhere."""
    with storage.read_from(resource) as directory:
        return joblib.load(directory / _FILE)
