"""Read the training texts in seconds.

Rasa's own reader checks each file against a schema in pure Python, which takes longer than learning from the texts does. Our
files hold one shape only (intent, examples with text and metadata); `tests/bot/test_data.py` holds them to it, and holds what
is read here equal to what Rasa's reader makes of the same file.
"""

from __future__ import annotations

from pathlib import Path
from typing import List, Optional, Text

import yaml
from rasa.shared.importers.rasa import RasaFileImporter
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData


def read(file: Path) -> List[Message]:
    """The training texts of one file."""
    blocks = yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)["nlu"]
    return [
        Message.build(
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
            self._read = TrainingData([message for file in sorted(self._nlu_files) for message in read(Path(file))])
        return self._read
