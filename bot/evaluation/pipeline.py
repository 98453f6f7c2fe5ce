"""The components of bot/config.yml, trained and asked outside a server: the same classes, the same calls."""

from __future__ import annotations

import tempfile
from importlib import import_module
from pathlib import Path
from typing import Any, Dict, Iterable, List, Sequence, Text

import yaml
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.components.acute import ACUTE
from bot.components.language import LANGUAGE
from bot.components.needs import NEEDS
from bot.evaluation.texts import ROOT, Labelled

CONFIG = ROOT / "bot" / "config.yml"


def as_training_data(texts: Iterable[Labelled]) -> TrainingData:
    """What Rasa hands to components when it trains."""
    return TrainingData(
        [
            Message.build(
                text=text.text.strip(),
                intent=text.intent or "tell",
                entities=[],
                example_metadata={
                    "lang": text.lang,
                    "hand": text.hand,
                    "who": text.who,
                    "needs": sorted(text.needs),
                    "acute": sorted(text.acute),
                    "dialect": text.dialect,
                    "hint": text.hint,
                    "evidence": list(text.evidence),
                },
            )
            for text in texts
        ]
    )


class Pipeline:
    """The trained components, in their order.

    Args:
        texts: what to learn from.
        config: a pipeline file.
        only: class names of the components that are wanted; all when empty.
    """

    def __init__(self, texts: Sequence[Labelled], config: Path = CONFIG, only: Sequence[Text] = ()) -> None:
        steps = yaml.safe_load(config.read_text(encoding="utf-8"))["pipeline"]
        data = as_training_data(texts)
        self._folder = tempfile.TemporaryDirectory()
        self.components: List[Any] = []
        for number, step in enumerate(steps):
            module, _, name = step["name"].rpartition(".")
            if only and name not in only:
                continue
            kind = getattr(import_module(module), name)
            settings = {**kind.get_default_config(), **{k: v for k, v in step.items() if k != "name"}}
            folder = Path(self._folder.name) / str(number)
            folder.mkdir()
            storage = LocalModelStorage(folder)
            component = kind.create(settings, storage, Resource(name), None)
            if hasattr(component, "train"):
                component.train(data)
            data = component.process_training_data(data)
            self.components.append(component)

    def read(self, texts: Sequence[str]) -> List[Dict[Text, Any]]:
        """{"needs", "acute", "language", "intent"} of each text, as the channel would get them."""
        found = []
        for text in texts:
            message = Message({TEXT: text})
            for component in self.components:
                component.process([message])
            found.append(
                {
                    "needs": message.get(NEEDS) or [],
                    "acute": message.get(ACUTE),
                    "language": message.get(LANGUAGE),
                    "intent": (message.get(INTENT) or {}).get("name"),
                }
            )
        return found
