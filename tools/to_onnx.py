"""Make a folder that bot/config.transformer.yml can read from a transformer's folder with PyTorch weights.

`python -m tools.to_onnx FOLDER NEW_FOLDER [--own-code]`, in an environment with what requirements/to-onnx.in lists. Both folders
are local; nothing is fetched. It ends with a comparison: what the new folder gives must be what the old one gives.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from pathlib import Path
from typing import Any

# sentence transformers keep their longest text here
_ALSO = ("sentence_bert_config.json",)
_SAMPLES = (
    ("Jeg får ikke sove.",),
    (
        "Eg får ikkje sova om natta, og på skulen er det ingen som snakkar med meg.",
        "Hjelp!",
        "Vi krangler hver dag.",
    ),
    (" ".join(["Det er bråk hjemme hver kveld, og jeg ligger våken."] * 20), "Kort."),
)
_LONGEST_SAMPLE = 120  # tokens
_TOLERANCE = 1e-3  # of numbers around one, calculated in another order


class ExportError(Exception):
    """The folder could not be made; the message says what to do."""


def export(folder: Path, new: Path, own_code: bool = False) -> float:
    """Write `model.onnx`, `tokenizer.json` and the configuration to a new folder.

    Args:
        folder: a transformer in Hugging Face's format: configuration, weights, tokenizer.
        new: does not exist yet.
        own_code: whether program code that lies in the folder may be run (NorBERT 3 and 4 need it).

    Returns: the greatest difference between old and new, over all numbers of some sentences.
    Raises: ExportError when a library or file is missing, the model cannot be read, or old and new differ.
    """
    if not (folder / "config.json").is_file():
        raise ExportError(f"{folder} holds no config.json: name the folder of a transformer on this machine.")
    if new.exists():
        raise ExportError(f"{new} exists already: name a new folder, or remove it.")
    # before the libraries are imported, which read this once
    os.environ.update(HF_HUB_OFFLINE="1", TRANSFORMERS_OFFLINE="1")
    try:
        import torch
        from transformers import AutoModel, AutoTokenizer
    except ImportError as error:
        raise ExportError(
            f"{error.name} is missing: run this in an environment with requirements/to-onnx.in."
        ) from error
    where = {"local_files_only": True, "trust_remote_code": own_code}
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, **where)
        model = AutoModel.from_pretrained(
            folder, dtype=torch.float32, attn_implementation="eager", **where
        ).eval()
    except (OSError, ValueError, ImportError) as error:
        hint = " Does it need --own-code?" if "trust_remote_code" in str(error) else ""
        raise ExportError(f"{folder} cannot be read: {error}{hint}") from error
    new.mkdir(parents=True)
    try:
        tokenizer.save_pretrained(new)
        if not (new / "tokenizer.json").is_file():
            raise ExportError(f"The tokenizer of {folder} cannot be written as tokenizer.json.")
        model.config.save_pretrained(new)
        for name in _ALSO:
            if (folder / name).is_file():
                shutil.copy(folder / name, new / name)
        wrapped = _last_layer(model)
        options = {"padding": True, "truncation": True, "max_length": _LONGEST_SAMPLE, "return_tensors": "pt"}
        samples = [tokenizer(list(texts), **options) for texts in _SAMPLES]
        _write(wrapped, samples[1], new / "model.onnx")
        return _difference(wrapped, samples, new / "model.onnx")
    except BaseException:
        shutil.rmtree(new, ignore_errors=True)
        raise


def _last_layer(model: Any) -> Any:
    import torch

    class LastLayer(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, input_ids: Any, attention_mask: Any) -> Any:
            return self.model(input_ids=input_ids, attention_mask=attention_mask)[0]

    return LastLayer().eval()


def _write(wrapped: Any, sample: Any, file: Path) -> None:
    import torch

    texts, tokens = torch.export.Dim("texts"), torch.export.Dim("tokens", max=100_000)
    torch.onnx.export(
        wrapped,
        (sample["input_ids"], sample["attention_mask"]),
        str(file),
        input_names=["input_ids", "attention_mask"],
        output_names=["last_hidden_state"],
        dynamic_shapes={name: {0: texts, 1: tokens} for name in ("input_ids", "attention_mask")},
        dynamo=True,
        external_data=False,
        verbose=False,
    )


def _difference(wrapped: Any, samples: list[Any], file: Path) -> float:
    import onnxruntime
    import torch

    session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
    greatest = 0.0
    for sample in samples:
        given = {name: sample[name] for name in ("input_ids", "attention_mask")}
        with torch.inference_mode():
            old = wrapped(**given)
        (new,) = session.run(["last_hidden_state"], {name: value.numpy() for name, value in given.items()})
        # what stands at padded places is never looked at
        apart = (old - torch.from_numpy(new)).abs() * given["attention_mask"].unsqueeze(-1)
        greatest = max(greatest, float(apart.max()))
    if not greatest <= _TOLERANCE:
        raise ExportError(
            f"Old and new model differ by {greatest:.2g}: this kind of model cannot be exported so."
        )
    return greatest


def main() -> int:
    """0, or 1 with what went wrong."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="the transformer: configuration, weights, tokenizer")
    parser.add_argument("new", type=Path, help="the folder to make")
    parser.add_argument("--own-code", action="store_true", help="run program code that lies in the folder")
    given = parser.parse_args()
    try:
        difference = export(given.folder, given.new, given.own_code)
    except ExportError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    print(f"  {given.new} is made; greatest difference from {given.folder}: {difference:.1g}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
