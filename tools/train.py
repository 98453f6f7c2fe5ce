"""Train the assistant's model when what it is made from has changed. `python -m tools.train [--force]`"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from tools.setup import BOT, ROOT, SetupError, digest, step

MODEL = ROOT / "var" / "model" / "assistant.tar.gz"


def configuration() -> Path:
    """The pipeline: the one with a transformer when TRANSFORMER_MODEL names the folder of one."""
    return ROOT / "bot" / ("config.transformer.yml" if os.environ.get("TRANSFORMER_MODEL") else "config.yml")


def sources() -> list[Path]:
    """Everything that a model is made from."""
    bot = ROOT / "bot"
    files = [
        file
        for folder in ("data", "domain", "components")
        for file in (bot / folder).rglob("*")
        if file.suffix in (".yml", ".py", ".txt")
    ]
    return [
        *files,
        configuration(),
        ROOT / "services_catalog" / "needs.yml",
        ROOT / "requirements" / "bot.txt",
    ]


def assistant_environment(token: str | None = None) -> dict[str, str]:
    """The environment of the assistant's processes: nothing of the portal's settings or keys, only a token."""
    kept: Mapping[str, str] = {
        name: os.environ[name]
        for name in ("PATH", "HOME", "LANG", "TMPDIR", "TRANSFORMER_MODEL")
        if name in os.environ
    }
    return {
        **kept,
        "PYTHONPATH": str(ROOT),
        "PYTHONUTF8": "1",
        "PYTHONWARNINGS": "ignore",
        "RASA_TELEMETRY_ENABLED": "false",
        # Rasa's cache does not see changes in the components' code, and would keep training texts on disk
        "RASA_MAX_CACHE_SIZE": "0",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        **({"ASSISTANT_TOKEN": token} if token else {}),
    }


def train(force: bool = False) -> bool:
    """Train when needed. Returns whether it did; raises SetupError when training fails."""
    stamp = ("model.sha256", digest(sources()))
    if force or not MODEL.is_file():
        (ROOT / "var" / "stamps" / stamp[0]).unlink(missing_ok=True)
    MODEL.parent.mkdir(parents=True, exist_ok=True)
    command = ["env", "-i", *(f"{name}={value}" for name, value in assistant_environment().items())]
    command += [str(BOT / "bin" / "python"), "-m", "rasa", "train", "--skip-validation", "--force"]
    command += ["--config", str(configuration().relative_to(ROOT))]
    command += ["--domain", "bot/domain", "--data", "bot/data"]
    command += ["--out", str(MODEL.parent), "--fixed-model-name", MODEL.name.removesuffix(".tar.gz")]
    return step("assistant: training (its data has changed; some minutes)", command, stamp)


def main() -> int:
    """0, or 1 with what went wrong."""
    parser = argparse.ArgumentParser(description="Train the assistant's model when its data has changed.")
    parser.add_argument("--force", action="store_true", help="train also when nothing has changed")
    try:
        if not train(parser.parse_args().force):
            print("  the model is up to date")
    except SetupError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
