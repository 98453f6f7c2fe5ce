"""Read the training texts in seconds.

Rasa's own reader checks each file against a schema in pure Python, which takes longer than learning from the texts does. Our
files hold one shape only (intent, examples with text and metadata); `tests/bot/test_data.py` holds them to it, and holds what
is read here equal to what Rasa's reader makes of the same file.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, Dict, List, Optional, Text

import yaml
from rasa.shared.importers.rasa import RasaFileImporter
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData


class TrainingText(Message):
    """A training text that is known by its words and intent alone.

    Rasa compares and copies all training texts a dozen times on its way through training, each time through everything that
    components have put on them; with tens of thousands of texts that took longer than learning from them.
    """

    def __hash__(self) -> int:
        return hash((self.data.get(TEXT), self.data.get(INTENT)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TrainingText) and (self.data.get(TEXT), self.data.get(INTENT)) == (
            other.data.get(TEXT),
            other.data.get(INTENT),
        )

    def __deepcopy__(self, memo: Dict[int, Any]) -> TrainingText:
        # what stands in `data` is set anew by components, never changed in place
        return TrainingText(self.data, set(self.output_properties), self.time, list(self.features))

    def fingerprint(self) -> Text:
        """What Rasa's training cache goes by; metadata is part of the file's own fingerprint."""
        known = f"{self.data.get(TEXT)}\n{self.data.get(INTENT)}\n{sorted(self.data)}"
        return hashlib.md5(known.encode("utf-8"), usedforsecurity=False).hexdigest()


def read(file: Path) -> List[Message]:
    """The training texts of one file."""
    blocks = yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)["nlu"]
    return [
        TrainingText.build(
            text=example["text"].strip(),
            intent=block["intent"],
            entities=[],
            example_metadata=example["metadata"],
        )
        for block in blocks
        for example in block["examples"]
    ]


class TextImporter(RasaFileImporter):
    """Rasa's file importer with our reader for the training texts."""

    _read: Optional[TrainingData] = None

    def get_nlu_data(self, language: Optional[Text] = "en") -> TrainingData:
        """All training texts; read once, since Rasa asks several times and joining file by file takes longer than reading."""
        if self._read is None:
            self._read = TrainingData(
                [message for file in sorted(self._nlu_files) for message in read(Path(file))]
            )
        return self._read
