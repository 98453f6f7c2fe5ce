"""Write the texts that were approved under /staff/laering as Rasa training data: `make export-corrections OUT=…`.

Nothing else leads from what people wrote to the training data, and this adds nothing to it by itself: whoever trains the
assistant reads the files, and copies them to bot/data/nlu/ when they are good.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from sqlalchemy.orm import Session

from web.cases.learning import examples, training_yaml
from web.cases.types import LANGUAGES
from web.config import Config
from web.db import make_engine
from web.security.vault import KeyRing, KeyRingError, Vault

FILE = "corrections.yml"


def export(session: Session, vault: Vault, out: Path) -> dict[str, int]:
    """Write out/nb/corrections.yml and out/nn/corrections.yml; returns how many texts each language has."""
    found = examples(session, vault)
    counts: dict[str, int] = {}
    for code in LANGUAGES:
        own = [one for one in found if one.language == code]
        file = out / code / FILE
        if own:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(training_yaml(own), "utf-8")
        elif file.exists():
            file.unlink()
        counts[code] = len(own)
    return counts


def main() -> int:
    """0, or 1 when there are no keys to open the texts with."""
    config = Config.from_environment(os.environ)
    out = Path(sys.argv[1]) if len(sys.argv) > 1 and sys.argv[1] else config.var_dir / "corrections"
    try:
        vault = Vault(KeyRing.load(config.keys_dir))
    except KeyRingError as error:
        print(error, file=sys.stderr)
        return 1
    engine = make_engine(config.database_url)
    try:
        with Session(engine) as session:
            counts = export(session, vault, out)
    finally:
        engine.dispose()
    for code, count in counts.items():
        print(f"  {code}: {count} texts" + (f" in {out / code / FILE}" if count else ""))
    return 0


if __name__ == "__main__":
    sys.exit(main())
