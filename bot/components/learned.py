"""What our trainable components share: how Rasa makes them, and where they keep what they have learned."""

from __future__ import annotations

from typing import Any, Dict, List, Text, Type

import joblib
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.training_data.training_data import TrainingData

_FILE = "component.joblib"


class Learned(GraphComponent):
    """A component that learns from the training texts and keeps what it learned in the model.

    A subclass learns in `train`, ends it with `return self._keep(…)`, and finds that again in `self._learned`, which is None
    before training.
    """

    def __init__(self, config: Dict[Text, Any], model_storage: ModelStorage, resource: Resource) -> None:
        self._config = config
        self._storage = model_storage
        self._resource = resource
        self._learned: Any = None

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> Learned:
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> Learned:
        component = cls(config, model_storage, resource)
        # the file comes from our own training; a model is never fetched from elsewhere
        with model_storage.read_from(resource) as directory:
            component._learned = joblib.load(directory / _FILE)
        return component

    @classmethod
    def required_components(cls) -> List[Type]:
        return []

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        return training_data

    def _keep(self, learned: Any) -> Resource:
        """Keep what was learned, here and in the model that is being made."""
        self._learned = learned
        with self._storage.write_to(self._resource) as directory:
            joblib.dump(learned, directory / _FILE, compress=3)
        return self._resource
