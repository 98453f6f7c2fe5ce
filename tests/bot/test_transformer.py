"""The pipeline with a transformer, on a tiny one that is made here: real files, real libraries, random weights."""

from __future__ import annotations

import json
import re
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import yaml
from onnx import TensorProto, helper, numpy_helper
from rasa.engine import validation
from rasa.engine.graph import GraphModelConfiguration
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.data import TrainingType
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers

from bot.components.acute import ACUTE, AcuteDanger
from bot.components.needs import NEEDS, NeedsClassifier
from bot.components.reading import READING, Features, Reading, sentences
from bot.components.transformer import VARIABLE, Encoder, EncoderError, TransformerReader, encoder_folder

ROOT = Path(__file__).resolve().parents[2]
SIZE, INNER, LAYERS, POSITIONS = 16, 24, 2, 24
SLEEP = [
    "jeg får ikke sove",
    "eg får ikkje sova om natta",
    "han ligger våken hele natten",
    "ho søv ikkje på kveldane",
]
BULLIED = [
    "de mobber meg på skolen",
    "dei ertar henne i friminuttet",
    "han blir plaget i klassen",
    "ingen vil leke med meg",
]
DANGER = [
    "jeg vil ikke leve lenger",
    "eg vil døy i kveld",
    "han har planer om å ta livet sitt",
    "ho orkar ikkje leve",
]
LONG = " ".join(f"Det er bråk hjemme kveld {number}, og jeg får ikke sove." for number in range(12))


@dataclass
class Tiny:
    """A transformer of a few thousand numbers, written twice: as a graph for files, and as plain arithmetic."""

    weights: dict[str, np.ndarray]

    @classmethod
    def random(cls, words: int, seed: int) -> Tiny:
        draw = np.random.default_rng(seed)
        shapes = {"word": (words, SIZE), "position": (POSITIONS, SIZE), "type": (2, SIZE)}
        for layer in range(LAYERS):
            shapes |= {f"{name}{layer}": (SIZE, SIZE) for name in "qkv"}
            shapes |= {f"in{layer}": (SIZE, INNER), f"out{layer}": (INNER, SIZE)}
            shapes |= {f"{name}{layer}": (SIZE,) for name in ("gain_a", "gain_b", "shift_a", "shift_b")}
        return cls({name: draw.normal(0, 0.4, shape).astype(np.float32) for name, shape in shapes.items()})

    def last_layer(self, ids: list[int]) -> np.ndarray:
        """Tokens x SIZE, of one text that nothing stands beside."""
        w = {name: value.astype(np.float64) for name, value in self.weights.items()}
        x = w["word"][ids] + w["position"][: len(ids)] + w["type"][0]
        for layer in range(LAYERS):
            scores = (x @ w[f"q{layer}"]) @ (x @ w[f"k{layer}"]).T / np.sqrt(SIZE)
            share = np.exp(scores - scores.max(axis=1, keepdims=True))
            share /= share.sum(axis=1, keepdims=True)
            x = self._even(x + share @ (x @ w[f"v{layer}"]), w[f"gain_a{layer}"], w[f"shift_a{layer}"])
            x = self._even(
                x + np.maximum(x @ w[f"in{layer}"], 0) @ w[f"out{layer}"],
                w[f"gain_b{layer}"],
                w[f"shift_b{layer}"],
            )
        return x

    @staticmethod
    def _even(x: np.ndarray, gain: np.ndarray, shift: np.ndarray) -> np.ndarray:
        middle, spread = x.mean(axis=1, keepdims=True), x.var(axis=1, keepdims=True)
        return (x - middle) / np.sqrt(spread + 1e-5) * gain + shift

    def save(self, file: Path, output: str = "last_hidden_state") -> None:
        constants = {
            **self.weights,
            "root": np.array(1 / np.sqrt(SIZE), dtype=np.float32),
            "one": np.array(1, dtype=np.float32),
            "far": np.array(-1e9, dtype=np.float32),
            "zero_index": np.array(0, dtype=np.int64),
            "one_index": np.array(1, dtype=np.int64),
            "axis": np.array([1], dtype=np.int64),
        }
        nodes = [
            helper.make_node("Gather", ["word", "input_ids"], ["words"]),
            helper.make_node("Gather", ["type", "token_type_ids"], ["types"]),
            helper.make_node("Shape", ["input_ids"], ["shape"]),
            helper.make_node("Gather", ["shape", "one_index"], ["length"]),
            helper.make_node("Range", ["zero_index", "length", "one_index"], ["places"]),
            helper.make_node("Gather", ["position", "places"], ["positions"]),
            helper.make_node("Add", ["words", "types"], ["typed"]),
            helper.make_node("Add", ["typed", "positions"], ["x0"]),
            helper.make_node("Cast", ["attention_mask"], ["kept"], to=TensorProto.FLOAT),
            helper.make_node("Sub", ["one", "kept"], ["left_out"]),
            helper.make_node("Mul", ["left_out", "far"], ["flat_bias"]),
            helper.make_node("Unsqueeze", ["flat_bias", "axis"], ["bias"]),
        ]
        for layer in range(LAYERS):
            n = str(layer)
            after = output if layer == LAYERS - 1 else f"x{layer + 1}"
            nodes += [
                helper.make_node("MatMul", [f"x{n}", f"{name}{n}"], [f"{name}_of{n}"]) for name in "qkv"
            ]
            nodes += [
                helper.make_node("Transpose", [f"k_of{n}"], [f"k_turned{n}"], perm=[0, 2, 1]),
                helper.make_node("MatMul", [f"q_of{n}", f"k_turned{n}"], [f"raw{n}"]),
                helper.make_node("Mul", [f"raw{n}", "root"], [f"scaled{n}"]),
                helper.make_node("Add", [f"scaled{n}", "bias"], [f"scores{n}"]),
                helper.make_node("Softmax", [f"scores{n}"], [f"share{n}"], axis=-1),
                helper.make_node("MatMul", [f"share{n}", f"v_of{n}"], [f"seen{n}"]),
                helper.make_node("Add", [f"x{n}", f"seen{n}"], [f"a_sum{n}"]),
                helper.make_node("LayerNormalization", [f"a_sum{n}", f"gain_a{n}", f"shift_a{n}"], [f"a{n}"]),
                helper.make_node("MatMul", [f"a{n}", f"in{n}"], [f"inner{n}"]),
                helper.make_node("Relu", [f"inner{n}"], [f"relu{n}"]),
                helper.make_node("MatMul", [f"relu{n}", f"out{n}"], [f"outer{n}"]),
                helper.make_node("Add", [f"a{n}", f"outer{n}"], [f"b_sum{n}"]),
                helper.make_node("LayerNormalization", [f"b_sum{n}", f"gain_b{n}", f"shift_b{n}"], [after]),
            ]
        graph = helper.make_graph(
            nodes,
            "tiny",
            [
                helper.make_tensor_value_info(name, TensorProto.INT64, ["texts", "tokens"])
                for name in ("input_ids", "attention_mask", "token_type_ids")
            ],
            [helper.make_tensor_value_info(output, TensorProto.FLOAT, ["texts", "tokens", SIZE])],
            [numpy_helper.from_array(value, name) for name, value in constants.items()],
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
        onnx.checker.check_model(model)
        onnx.save(model, str(file))


@dataclass
class Made:
    """The files of a tiny transformer, and what they were made from."""

    folder: Path
    tiny: Tiny
    tokenizer: Tokenizer

    def of(self, text: str, start: int | None = None, end: int | None = None) -> np.ndarray:
        """The mean over all tokens of a text, or of those that lie between two characters of it; with length one."""
        inner = self.tokenizer.encode(text, add_special_tokens=False)
        first, last = (self.tokenizer.token_to_id(token) for token in ("[CLS]", "[SEP]"))
        room = POSITIONS - 2
        kept = []
        for at in range(0, len(inner.ids), room):
            hidden = self.tiny.last_layer([first, *inner.ids[at : at + room], last])
            if start is None or end is None:
                kept += list(hidden)
            else:
                places = inner.offsets[at : at + room]
                kept += [
                    hidden[1 + i] for i, (left, right) in enumerate(places) if start <= left and right <= end
                ]
        mean = np.mean(kept, axis=0)
        return mean / np.linalg.norm(mean)


def whole(encoder: Encoder, texts: list[str]) -> np.ndarray:
    """The vectors of whole texts."""
    return np.array([found[0] for found in encoder.vectors(texts, [[]] * len(texts))])


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp("transformer")
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=False, strip_accents=False)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    trainer = trainers.WordPieceTrainer(
        vocab_size=160, special_tokens=["[PAD]", "[UNK]", "[CLS]", "[SEP]"], show_progress=False
    )
    tokenizer.train_from_iterator([*SLEEP, *BULLIED, *DANGER, LONG], trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        special_tokens=[(token, tokenizer.token_to_id(token)) for token in ("[CLS]", "[SEP]")],
    )
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "config.json").write_text(
        json.dumps({"model_type": "bert", "max_position_embeddings": POSITIONS, "pad_token_id": 0})
    )
    tiny = Tiny.random(tokenizer.get_vocab_size(), seed=0)
    tiny.save(folder / "model.onnx")
    return Made(folder, tiny, tokenizer)


@pytest.fixture(autouse=True)
def told_by_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)


def examples() -> TrainingData:
    texts = []
    for kinds, needs, some in (
        ([], ["sleep"], SLEEP),
        ([], ["bullying"], BULLIED),
        (["suicide"], ["suicidal_thoughts"], DANGER),
        ([], [], ["hei", "vi spiser middag", "me skal på tur i morgon", "det er fint vêr"]),
    ):
        for ending in ("", " igjen", " no", " heile tida"):
            texts += [(text + ending, needs, kinds) for text in some]
    return TrainingData(
        [
            Message.build(
                text=text,
                intent="tell",
                entities=[],
                example_metadata={"needs": needs, "acute": kinds, "hand": str(number % 3)},
            )
            for number, (text, needs, kinds) in enumerate(texts)
        ]
    )


class Assistant:
    """Reader, danger and needs as Rasa trains and loads them: each with a folder of its own."""

    kinds = (TransformerReader, AcuteDanger, NeedsClassifier)

    def __init__(self, folder: Path, **settings: Any) -> None:
        self.storages = []
        self.settings = [kind.get_default_config() for kind in self.kinds]
        self.settings[0].update(settings, min_words=1, min_letters=1)
        data = examples()
        self.trained: list[Any] = []
        for kind, setting in zip(self.kinds, self.settings, strict=False):
            place = folder / kind.__name__
            place.mkdir()
            storage = LocalModelStorage(place)
            component = kind.create(setting, storage, Resource(kind.__name__), None)
            component.train(data)
            component.process_training_data(data)
            self.storages.append(storage)
            self.trained.append(component)

    def load(self) -> list[Any]:
        return [
            kind.load(setting, storage, Resource(kind.__name__), None)
            for kind, setting, storage in zip(self.kinds, self.settings, self.storages, strict=False)
        ]

    @staticmethod
    def parse(components: list[Any], text: str) -> Message:
        message = Message({TEXT: text})
        for component in components:
            component.process([message])
        return message


@pytest.fixture(scope="module")
def assistant(made: Made, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv(VARIABLE, raising=False)
        yield Assistant(tmp_path_factory.mktemp("model"), model=str(made.folder), weight=0.5)


def own(reading: Reading, rows: str = "row") -> np.ndarray:
    """The vectors' part of a reading's numbers."""
    return getattr(reading, rows).toarray()[:, -SIZE:]


# --- Vectors --------------------------------------------------------------------------------------------------


def test_vectors_are_the_mean_over_the_tokens_with_length_one(made: Made) -> None:
    texts = [*SLEEP, "hei", *DANGER]
    found = whole(Encoder(made.folder), texts)
    assert found.dtype == np.float32
    assert found.shape == (len(texts), SIZE)
    # read together, padded and in another order, they are what each is by itself
    np.testing.assert_allclose(found, [made.of(text) for text in texts], atol=2e-5)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)


def test_a_long_text_is_read_in_pieces_to_its_end(made: Made) -> None:
    encoder = Encoder(made.folder)
    assert encoder.most_tokens == POSITIONS
    assert len(made.tokenizer.encode(LONG).ids) > 4 * POSITIONS
    np.testing.assert_allclose(whole(encoder, [LONG, "hei"]), [made.of(LONG), made.of("hei")], atol=2e-5)
    assert np.abs(whole(encoder, [LONG + " hjelp"]) - whole(encoder, [LONG])).max() > 1e-4


def test_stretches_have_the_mean_over_their_own_tokens_in_every_piece(made: Made) -> None:
    # from the start of a word to the end of one; the last two go over the borders of pieces
    words = list(re.finditer(r"\w+", LONG))
    spans = [(words[a].start(), words[b].end()) for a, b in ((0, 1), (1, 5), (0, len(words) - 1), (12, 70))]
    (found,) = Encoder(made.folder).vectors([LONG], [spans])
    assert found.dtype == np.float32
    np.testing.assert_allclose(found[0], made.of(LONG), atol=2e-5)
    for vector, (start, end) in zip(found[1:], spans, strict=True):
        np.testing.assert_allclose(vector, made.of(LONG, start, end), atol=2e-5)


def test_a_stretch_without_tokens_has_zeros(made: Made) -> None:
    (found,) = Encoder(made.folder).vectors(["hei   hei"], [[(3, 6)]])
    assert found[0].any()
    assert not found[1].any()


def test_more_texts_than_are_read_at_once(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    encoder = Encoder(made.folder)
    texts = [*SLEEP, LONG, *BULLIED]
    expected = whole(encoder, texts)
    monkeypatch.setattr("bot.components.transformer._AT_ONCE", 2)
    monkeypatch.setattr("bot.components.transformer._BATCH_TOKENS", 10)
    np.testing.assert_allclose(whole(encoder, texts), expected, atol=1e-5)
    assert encoder.vectors([], []) == []


@pytest.mark.parametrize(
    ("files", "longest"),
    [
        ({"config.json": {"max_position_embeddings": 512}}, 512),
        ({"config.json": {"model_type": "roberta", "max_position_embeddings": 514, "pad_token_id": 1}}, 512),
        (
            {
                "config.json": {"max_position_embeddings": 512},
                "sentence_bert_config.json": {"max_seq_length": 75},
            },
            75,
        ),
        ({"tokenizer_config.json": {"model_max_length": 10**30}}, 512),
        ({}, 512),
    ],
)
def test_the_longest_text_follows_from_the_models_own_files(
    made: Made, tmp_path: Path, files: dict[str, Any], longest: int
) -> None:
    for name in ("model.onnx", "tokenizer.json"):
        shutil.copy(made.folder / name, tmp_path / name)
    for name, content in files.items():
        (tmp_path / name).write_text(json.dumps(content))
    assert Encoder(tmp_path).most_tokens == longest
    assert Encoder(tmp_path, most_tokens=20).most_tokens == 20


# --- Trained, loaded, asked -----------------------------------------------------------------------------------


def test_the_loaded_reader_puts_the_vectors_beside_the_other_numbers(
    made: Made, assistant: Assistant
) -> None:
    text = "Eg får ikkje sova om natta. De mobber meg på skolen hver dag! Jeg vil ikke leve lenger."
    plain = Features(1, 1).fit([example.get(TEXT) for example in examples().training_examples]).read(text)
    spans = sentences(plain.text, plain.words)
    assert len(spans) == 3
    for components in (assistant.trained, assistant.load()):
        reading: Reading = assistant.parse(components[:1], text).get(READING)
        assert reading.row.dtype == np.float32
        assert (reading.row[:, :-SIZE] != plain.row).nnz == 0
        assert (reading.parts[:, :-SIZE] != plain.parts).nnz == 0
        np.testing.assert_allclose(own(reading)[0], 0.5 * made.of(text), atol=2e-5)
        said = [(plain.words[first].start, plain.words[after - 1].end) for first, after in spans]
        expected = [0.5 * made.of(text, *places) for places in said]
        np.testing.assert_allclose(own(reading, "parts"), expected, atol=2e-5)


def test_of_one_sentence_the_part_is_the_whole(made: Made, assistant: Assistant) -> None:
    reading = assistant.parse(assistant.load()[:1], "jeg får ikke sove").get(READING)
    assert (reading.parts != reading.row).nnz == 0
    np.testing.assert_allclose(own(reading)[0], 0.5 * made.of("jeg får ikke sove"), atol=2e-5)


@pytest.mark.parametrize("text", ["", "   ", "..."])
def test_a_text_without_words_has_zeros(assistant: Assistant, text: str) -> None:
    components = assistant.load()
    message = assistant.parse(components, text)
    assert message.get(READING).row.shape == assistant.parse(components, "hei").get(READING).row.shape
    assert not own(message.get(READING)).any()
    assert message.get(NEEDS) == []


def test_needs_and_danger_are_found_with_evidence(assistant: Assistant) -> None:
    before, after = assistant.trained, assistant.load()
    for components in (before, after):
        message = assistant.parse(components, "jeg får ikke sove om natta")
        need = message.get(NEEDS)[0]
        assert need["id"] == "sleep"
        assert need["evidence"]
        assert not message.get(ACUTE)["flag"]
        danger = assistant.parse(components, "han vil ikkje leve")
        assert danger.get(ACUTE)["kinds"] == ["suicide"]
        assert danger.get(ACUTE)["evidence"]
    # as many weights as numbers: both learn from the vectors
    width = assistant.parse(after, "hei").get(READING).row.shape[1]
    for weights in (after[1]._learned.labels.weights, after[2]._learned.weights):
        assert weights.shape[1] == width
        assert np.abs(weights[:, -SIZE:]).max() > 0


def test_evidence_rests_on_words_whatever_the_vectors_weigh(assistant: Assistant) -> None:
    reading = assistant.parse(assistant.load()[:1], "pappa sier at jeg ikke får sove").get(READING)
    weights = np.zeros(reading.row.shape[1])
    weights[:-SIZE] = np.random.default_rng(1).normal(size=len(weights) - SIZE)
    share = reading.word_weights(weights)
    weights[-SIZE:] = 100.0
    np.testing.assert_array_equal(reading.word_weights(weights), share)


def test_the_transformer_itself_does_not_go_into_the_model(assistant: Assistant) -> None:
    assert assistant.trained[0]._learned.__getstate__()["_encoder"] is None


# --- What can be wrong with the folder ------------------------------------------------------------------------


def test_nobody_told_where_it_lies() -> None:
    with pytest.raises(EncoderError, match=rf"{VARIABLE}.*config\.transformer\.yml.*bot/config\.yml"):
        encoder_folder(None)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match=r"nowhere is not there.*nothing is fetched"):
        Assistant(tmp_path, model=str(tmp_path / "nowhere"))
    with pytest.raises(EncoderError, match="nowhere is not there"):
        TransformerReader.fingerprint_addon({"model": str(tmp_path / "nowhere")})


def test_the_environment_goes_before_the_configuration(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    assert encoder_folder(str(made.folder)) == made.folder
    monkeypatch.setenv(VARIABLE, str(made.folder))
    assert encoder_folder("/elsewhere") == made.folder


def test_a_folder_with_weights_only_is_told_how_it_is_made_readable(made: Made, tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"")
    with pytest.raises(
        EncoderError, match=r"no model\.onnx or onnx/model\.onnx and no tokenizer\.json.*to_onnx"
    ):
        Encoder(tmp_path)


@pytest.mark.parametrize("broken", ["model.onnx", "tokenizer.json", "config.json"])
def test_broken_files_are_told(made: Made, tmp_path: Path, broken: str) -> None:
    folder = tmp_path / "broken"
    shutil.copytree(made.folder, folder)
    (folder / broken).write_bytes(b"{ nothing")
    with pytest.raises(EncoderError, match=r"cannot be read|is not JSON"):
        Encoder(folder)


def test_a_graph_with_a_head_is_refused(made: Made, tmp_path: Path) -> None:
    shutil.copytree(made.folder, tmp_path / "head")
    made.tiny.save(tmp_path / "head" / "model.onnx", output="logits")
    with pytest.raises(EncoderError, match="gives logits and not its last layer"):
        Encoder(tmp_path / "head")


def test_a_graph_may_lie_in_a_folder_of_its_own(made: Made, tmp_path: Path) -> None:
    folder = tmp_path / "other"
    shutil.copytree(made.folder, folder)
    (folder / "onnx").mkdir()
    (folder / "model.onnx").rename(folder / "onnx" / "model.onnx")
    np.testing.assert_array_equal(whole(Encoder(folder), SLEEP), whole(Encoder(made.folder), SLEEP))


def test_another_transformer_than_the_trained_one_is_refused(
    made: Made, assistant: Assistant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(made.folder, tmp_path / "another")
    Tiny.random(made.tokenizer.get_vocab_size(), seed=1).save(tmp_path / "another" / "model.onnx")
    monkeypatch.setenv(VARIABLE, str(tmp_path / "another"))
    with pytest.raises(EncoderError, match="not the one that this model was trained with"):
        assistant.load()


def test_a_missing_library_is_told(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(EncoderError, match=r"onnxruntime.*requirements/transformer\.txt"):
        Encoder(made.folder)


# --- The pipeline's file --------------------------------------------------------------------------------------


def configuration(name: str) -> dict[str, Any]:
    return yaml.safe_load((ROOT / "bot" / name).read_text(encoding="utf-8"))


def test_both_pipelines_differ_in_the_reader_only() -> None:
    with_transformer, without = configuration("config.transformer.yml"), configuration("config.yml")
    reader, plain = with_transformer["pipeline"].pop(0), without["pipeline"].pop(0)
    assert with_transformer == without
    assert plain["name"] == "bot.components.reading.TextReader"
    assert reader.pop("name") == "bot.components.transformer.TransformerReader"
    assert set(reader) <= set(TransformerReader.get_default_config())


def test_rasa_accepts_the_pipeline() -> None:
    built = DefaultV1Recipe().graph_config_for_recipe(
        configuration("config.transformer.yml"), {}, training_type=TrainingType.NLU
    )
    assert isinstance(built, GraphModelConfiguration)
    validation.validate(built)
