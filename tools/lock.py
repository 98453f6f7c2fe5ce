"""Renew the lock files in requirements/: exact versions with hashes, for Linux and macOS, without index addresses."""

from __future__ import annotations

import subprocess
import sys

from tools.setup import PORTAL, ROOT

_LOCKS = {"portal": "3.11", "dev": "3.11", "bot": "3.10", "transformer": "3.10", "bot-dev": "3.10"}
_OPTIONS = [
    "--universal",
    "--upgrade",
    "--generate-hashes",
    "--no-emit-index-url",
    "--no-emit-find-links",
    "--no-header",
    "--no-annotate",
    "--quiet",
]


def main() -> int:
    """0, or the exit code of what failed."""
    for name, version in _LOCKS.items():
        print(f"  requirements/{name}.txt", flush=True)
        command = [
            str(PORTAL / "bin" / "uv"),
            "pip",
            "compile",
            *_OPTIONS,
            "--python-version",
            version,
            "-o",
            f"{name}.txt",
            f"{name}.in",
        ]
        result = subprocess.run(command, cwd=ROOT / "requirements", check=False)
        if result.returncode:
            return result.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main())
