"""A transformer is chosen by one variable; and the tool that makes its folder readable says what is wrong."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tools import train
from tools.to_onnx import ExportError, export


def test_the_variable_chooses_the_pipeline_and_reaches_the_assistant(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TRANSFORMER_MODEL", raising=False)
    assert train.configuration().name == "config.yml"
    assert "TRANSFORMER_MODEL" not in train.assistant_environment()
    monkeypatch.setenv("TRANSFORMER_MODEL", "/srv/encoder")
    assert train.configuration().name == "config.transformer.yml"
    assert train.configuration() in train.sources()
    assert train.configuration().is_file()
    assert train.assistant_environment()["TRANSFORMER_MODEL"] == "/srv/encoder"


def test_what_is_not_a_transformer_is_not_exported(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match=r"holds no config\.json"):
        export(tmp_path, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_nothing_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(ExportError, match="exists already"):
        export(tmp_path, tmp_path)


def test_the_export_says_which_environment_it_needs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "config.json").write_text("{}")
    for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"):
        monkeypatch.setenv(name, "1")
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(ExportError, match=r"torch is missing.*requirements/to-onnx\.in"):
        export(tmp_path, tmp_path / "new")
    assert not (tmp_path / "new").exists()
