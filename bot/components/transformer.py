"""Read texts with a Norwegian transformer as well: its sentence vectors stand beside the words, letters and phrases.

Optional (docs/decisions/0007-a-transformer-is-optional.md): for a municipality that has such a model in a folder of its own.
Nothing is ever fetched. What is read is the model's graph (ONNX) and its tokenizer, never program code from the folder.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any, Dict, List, Sequence, Text, Tuple

import numpy as np
from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.exceptions import InvalidConfigException
from scipy.sparse import csr_matrix, hstack

from bot.components.reading import Features, Reading, TextReader, sentences

VARIABLE = "TRANSFORMER_MODEL"  # goes before the configuration: where the folder lies differs from machine to machine
GRAPHS = ("model.onnx", "onnx/model.onnx")
TOKENIZER = "tokenizer.json"
_OUTPUTS = ("last_hidden_state", "token_embeddings")  # what exporters call the last layer
_AT_ONCE = 1024  # texts that are cut into tokens together, so that training does not hold the tokens of all
_BATCH_TOKENS = 4096  # tokens in one run of the model: many short texts, or a few long ones
_NO_LIMIT = 100_000  # tokenizers without a limit of their own say something astronomical
# In these, positions are counted from the number of the padding token on.
_OFFSET_POSITIONS = ("roberta", "xlm-roberta", "camembert")

Span = Tuple[int, int]  # first character, after the last


class EncoderError(InvalidConfigException):
    """The transformer's folder is missing, incomplete or cannot be read; the message says what to do."""


class Encoder:
    """A transformer in a local folder, as vectors of texts.

    Args:
        folder: holds `model.onnx` (or `onnx/model.onnx`) and `tokenizer.json`; `config.json`, `tokenizer_config.json` and
            `sentence_bert_config.json` are looked into for the longest text when they are there.
        most_tokens: the longest piece of text that is read at once; the model's own limit when None.

    Attributes:
        size: how many numbers a vector has.
        most_tokens: the longest piece of text that is read at once, special tokens included.
        digest: a hash of the model and its tokenizer.

    Raises:
        EncoderError: when the libraries or files are missing, or cannot be read.
    """

    def __init__(self, folder: Path, most_tokens: int | None = None) -> None:
        try:
            import onnxruntime
            from tokenizers import Tokenizer
        except ImportError as error:
            raise EncoderError(
                f"The transformer pipeline needs a library that is not installed ({error.name}). Install what "
                "requirements/transformer.txt lists into the assistant's environment (README, «A transformer»)."
            ) from error
        graph = _graph(folder)
        self.most_tokens = most_tokens or _longest(folder)
        self.digest = _digest(folder, graph)
        self._pad = int(_read_json(folder / "config.json").get("pad_token_id") or 0)
        options = onnxruntime.SessionOptions()
        # threads that wait in a loop would take the portal's time between two turns
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            self._tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
            self._tokenizer.no_padding()
            self._tokenizer.enable_truncation(max_length=self.most_tokens)
            self._session = onnxruntime.InferenceSession(
                str(graph), options, providers=["CPUExecutionProvider"]
            )
            self._inputs = [entry.name for entry in self._session.get_inputs()]
            self._output = self._last_layer()
            self.size = int(
                self._hidden(np.full((1, 1), self._pad), np.ones((1, 1), dtype=np.int64)).shape[2]
            )
        except EncoderError:
            raise
        except Exception as error:  # both libraries raise errors of many kinds, their own and plain ones
            raise EncoderError(
                f"The transformer in {folder} cannot be read: {error}. Make the folder anew with "
                "`python -m tools.to_onnx` (README, «A transformer»)."
            ) from error

    def vectors(self, texts: Sequence[str], stretches: Sequence[Sequence[Span]]) -> List[np.ndarray]:
        """The vectors of texts and of stretches of them: the mean of the last layer over the tokens, with length one.

        A text is read once for all its vectors: a long text would take three times as long if its sentences were read one
        by one besides, and they are understood better where they stand. A text longer than `most_tokens` is read in
        pieces; the means go over the tokens of all of them.

        Args:
            texts: the texts.
            stretches: of each text, the stretches (first character, after the last) that have vectors of their own.

        Returns:
            Of each text float32, (1 + stretches) x `size`, the whole text first; zeros where there are no tokens.
        """
        found: List[np.ndarray] = []
        for start in range(0, len(texts), _AT_ONCE):
            found += self._encode(texts[start : start + _AT_ONCE], stretches[start : start + _AT_ONCE])
        return found

    def _encode(self, texts: Sequence[str], stretches: Sequence[Sequence[Span]]) -> List[np.ndarray]:
        found = [np.zeros((1 + len(spans), self.size), dtype=np.float32) for spans in stretches]
        pieces: List[Tuple[int, Any]] = [
            (index, piece)
            for index, encoding in enumerate(self._tokenizer.encode_batch(list(texts)))
            for piece in (encoding, *encoding.overflowing)
            if piece.ids
        ]
        # pieces of like length together, so that little is padded; the longest first says how many fit
        pieces.sort(key=lambda piece: -len(piece[1].ids))
        start = 0
        while start < len(pieces):
            longest = len(pieces[start][1].ids)
            batch = pieces[start : start + max(_BATCH_TOKENS // longest, 1)]
            start += len(batch)
            ids = np.full((len(batch), longest), self._pad, dtype=np.int64)
            mask = np.zeros_like(ids)
            for row, (_, piece) in enumerate(batch):
                ids[row, : len(piece.ids)] = piece.ids
                mask[row, : len(piece.ids)] = 1
            for (index, piece), hidden in zip(batch, self._hidden(ids, mask)):
                found[index] += _belongs(piece.offsets, stretches[index]) @ hidden[: len(piece.ids)]
        for sums in found:
            # the sum over the tokens points where their mean does; with length one they are the same
            length = np.linalg.norm(sums, axis=1, keepdims=True)
            np.divide(sums, length, out=sums, where=length > 0)
        return found

    def _hidden(self, ids: np.ndarray, mask: np.ndarray) -> np.ndarray:
        """The last layer, float32, pieces x tokens x size."""
        known = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        unknown = [name for name in self._inputs if name not in known]
        if unknown:
            raise EncoderError(
                f"The transformer asks for {', '.join(unknown)}, which only models that write text need. Take an "
                "encoder, exported for feature extraction."
            )
        (hidden,) = self._session.run([self._output], {name: known[name] for name in self._inputs})
        return np.asarray(hidden, dtype=np.float32)

    def _last_layer(self) -> str:
        names = {entry.name: entry.shape for entry in self._session.get_outputs()}
        for name in _OUTPUTS:
            if name in names:
                return name
        for name, shape in names.items():
            # a graph with a head gives a number per word of the vocabulary instead
            if shape is not None and len(shape) == 3 and name != "logits":
                return str(name)
        raise EncoderError(
            f"The transformer gives {', '.join(names)} and not its last layer. Export it for feature extraction, "
            "without a head, for instance with `python -m tools.to_onnx` (README, «A transformer»)."
        )


def _belongs(offsets: Sequence[Span], spans: Sequence[Span]) -> np.ndarray:
    """Which tokens belong to the whole text (all) and to each stretch: (1 + stretches) x tokens, ones and zeros."""
    belongs = np.ones((1 + len(spans), len(offsets)), dtype=np.float32)
    if spans:
        tokens, wanted = np.array(offsets), np.array(spans)
        # tokens that stand for no characters, such as those at both ends, belong to no stretch
        inside = (
            (tokens[:, 0] < wanted[:, 1:]) & (tokens[:, 1] > wanted[:, :1]) & (tokens[:, 0] < tokens[:, 1])
        )
        belongs[1:] = inside
    return belongs


def encoder_folder(configured: Text | None) -> Path:
    """The transformer's folder: what TRANSFORMER_MODEL names, else the configuration.

    Raises:
        EncoderError: when neither names one, or it is not a folder.
    """
    named = os.environ.get(VARIABLE) or configured
    if not named:
        raise EncoderError(
            "The transformer pipeline was not told where its model lies. Set the environment variable "
            f"{VARIABLE} to the folder, or `model:` of TransformerReader in bot/config.transformer.yml; without a "
            "transformer, train with bot/config.yml."
        )
    folder = Path(named).expanduser().resolve()
    if not folder.is_dir():
        raise EncoderError(
            f"The transformer's folder {folder} is not there. Correct {VARIABLE} (or `model:` in "
            "bot/config.transformer.yml): nothing is fetched, the folder must be on this machine."
        )
    return folder


def _graph(folder: Path) -> Path:
    graphs = [folder / name for name in GRAPHS if (folder / name).is_file()]
    missing = [] if graphs else [" or ".join(GRAPHS)]
    if not (folder / TOKENIZER).is_file():
        missing.append(TOKENIZER)
    if missing:
        raise EncoderError(
            f"The transformer's folder {folder} has no {' and no '.join(missing)}. A folder with the model's weights "
            "(model.safetensors) becomes one that can be read here with "
            f"`python -m tools.to_onnx {folder} NEW_FOLDER` (README, «A transformer»)."
        )
    return graphs[0]


def _read_json(file: Path) -> Dict[Text, Any]:
    if not file.is_file():
        return {}
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise EncoderError(f"{file} is not JSON: {error}. Copy the model's folder anew.") from error
    return found if isinstance(found, dict) else {}


def _longest(folder: Path) -> int:
    """The least of the limits that the model's files name; 512 when none does."""
    config = _read_json(folder / "config.json")
    positions = config.get("max_position_embeddings")
    if positions and config.get("model_type") in _OFFSET_POSITIONS:
        positions -= int(config.get("pad_token_id") or 0) + 1
    named = [
        positions,
        _read_json(folder / "tokenizer_config.json").get("model_max_length"),
        _read_json(folder / "sentence_bert_config.json").get("max_seq_length"),
    ]
    return min([int(limit) for limit in named if limit and limit < _NO_LIMIT], default=512)


def _digest(folder: Path, graph: Path) -> Text:
    total = hashlib.sha256()
    # large graphs keep their weights in a file beside them, named after the graph
    for file in (*sorted(graph.parent.glob(f"{graph.name}*")), folder / TOKENIZER):
        with file.open("rb") as opened:
            for block in iter(lambda: opened.read(1 << 20), b""):
                total.update(block)
    return total.hexdigest()


class TransformerFeatures(Features):
    """The numbers of `Features`, and after them those of a transformer's vector.

    Args:
        encoder: what makes the vectors.
        weight: how much a vector counts beside the words and the letters, which count one each.
    """

    def __init__(self, encoder: Encoder, weight: float, min_words: int = 2, min_letters: int = 4) -> None:
        super().__init__(min_words, min_letters)
        self._encoder: Encoder | None = encoder
        self._digest = encoder.digest
        self._weight = weight

    def attach(self, encoder: Encoder) -> None:
        """Take up the encoder again after loading.

        Raises:
            EncoderError: when it is not the one that was trained with.
        """
        if encoder.digest != self._digest:
            raise EncoderError(
                "The transformer in the folder is not the one that this model was trained with. Point "
                f"{VARIABLE} to that one, or train again: `.venv-portal/bin/python -m tools.train --force`."
            )
        self._encoder = encoder

    def read_many(self, texts: Sequence[str]) -> List[Reading]:
        """Read several texts at once; the rows of `row` and `parts` end with the vectors."""
        if self._encoder is None:
            raise RuntimeError("TransformerFeatures is asked to read before its encoder was attached")
        readings = super().read_many(texts)
        told = [reading for reading in readings if reading.words]
        own = iter(
            self._encoder.vectors(
                [reading.text for reading in told], [_stretches(reading) for reading in told]
            )
        )
        nothing = np.zeros((1, self._encoder.size), dtype=np.float32)
        for reading in readings:
            its = self._weight * next(own) if reading.words else nothing
            parts = (
                reading.parts
            )  # asked for while `row` is as they are: of one sentence, they are the row itself
            reading.row = _beside(reading.row, its[:1])
            reading.parts = _beside(parts, its[1:]) if len(its) > 1 else reading.row
        return readings

    def __getstate__(self) -> Dict[str, Any]:
        # the transformer stays in its folder, only its hash goes into the model
        return {**super().__getstate__(), "_encoder": None}


def _stretches(reading: Reading) -> List[Span]:
    """What the rows of `Reading.parts` stand for; [] when that is the whole text."""
    spans = sentences(reading.text, reading.words)
    if len(spans) <= 1:
        return []
    return [(reading.words[first].start, reading.words[after - 1].end) for first, after in spans]


def _beside(rows: csr_matrix, vectors: np.ndarray) -> csr_matrix:
    return hstack([rows, csr_matrix(vectors)], format="csr", dtype=np.float32)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class TransformerReader(TextReader):
    """A TextReader whose readings carry the vectors of a transformer too. It stands in TextReader's place in the pipeline.

    Settings beside those of TextReader: `model` (the folder, unless TRANSFORMER_MODEL names one), `weight` (how much the
    vector counts) and `most_tokens` (null: the model's own limit).
    """

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        return {**TextReader.get_default_config(), "model": None, "weight": 1.0, "most_tokens": None}

    @classmethod
    def fingerprint_addon(cls, config: Dict[Text, Any]) -> Text:
        """Another transformer is another reader, whatever its folder is called."""
        folder = encoder_folder(config.get("model"))
        return TextReader.fingerprint_addon(config) + _digest(folder, _graph(folder))

    @classmethod
    def load(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> TransformerReader:
        component = super().load(config, model_storage, resource, execution_context, **kwargs)
        component._learned.attach(component._encoder())
        return component

    def _features(self) -> TransformerFeatures:
        return TransformerFeatures(
            self._encoder(), self._config["weight"], self._config["min_words"], self._config["min_letters"]
        )

    def _encoder(self) -> Encoder:
        return Encoder(encoder_folder(self._config["model"]), self._config["most_tokens"])
