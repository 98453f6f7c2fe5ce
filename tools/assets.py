"""Puts the parts of Designsystemet that the pages use into one file that the portal serves itself.

One request and some 12 kB over the wire instead of thirty requests or the whole library (149 kB). Beside it the fonts that
hand-over packages need for letters and signs that the PDF writer's own font has not. Standard library only, because set-up
runs it before anything else is there.

    python tools/assets.py
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "node_modules" / "@digdir" / "designsystemet-css"
TARGET = ROOT / "web" / "static" / "vendor" / "designsystemet.css"
FONTS = ROOT / "node_modules" / "@expo-google-fonts"
FONTS_TARGET = ROOT / "web" / "static" / "vendor" / "fonts"
FONT_NAMES = ("noto-emoji", "noto-sans-arabic", "noto-sans-ethiopic", "noto-sans-thai")
"""Emoji as children write them, and the scripts of languages that people here write in. SIL Open Font License."""

COMPONENTS = (
    "alert",
    "badge",
    "button",
    "card",
    "chip",
    "details",
    "divider",
    "error-summary",
    "field",
    "fieldset",
    "heading",
    "input",
    "label",
    "link",
    "list",
    "paragraph",
    "skip-link",
    "table",
    "tabs",
    "tag",
    "validation-message",
    "data-size-workaround",
)
"""What the templates use. A component that is missing here shows at once: it has no look."""


def bundle(package: Path = PACKAGE) -> str:
    """The theme, the base and the components as one style sheet, in the layers that the whole library has."""
    version = json.loads((package / "package.json").read_text(encoding="utf-8"))["version"]
    source = package / "dist" / "src"
    parts = [
        f"/* @digdir/designsystemet-css {version}, MIT licence. Made by tools/assets.py. */",
        "@layer ds.theme, ds.base, ds.components;",
        (package / "dist" / "theme" / "designsystemet.css").read_text(encoding="utf-8"),
        _layer("ds.base", (source / "base.css").read_text(encoding="utf-8")),
    ]
    parts += [
        _layer("ds.components", (source / f"{name}.css").read_text(encoding="utf-8")) for name in COMPONENTS
    ]
    return "\n".join(parts) + "\n"


def _layer(name: str, css: str) -> str:
    return f"@layer {name}{{{css.strip()}}}"


def fonts(source: Path = FONTS) -> dict[str, bytes]:
    """File name and content of each font, in its regular weight."""
    found = {}
    for name in FONT_NAMES:
        (file,) = (source / name / "400Regular").glob("*.ttf")
        found[f"{name}.ttf"] = file.read_bytes()
    return found


def main() -> int:
    """Write the file if it is not there or is another one."""
    if not PACKAGE.is_dir():
        print(f"{PACKAGE} is missing: run «npm ci» first", file=sys.stderr)
        return 1
    css = bundle()
    if not TARGET.is_file() or TARGET.read_text(encoding="utf-8") != css:
        TARGET.parent.mkdir(parents=True, exist_ok=True)
        TARGET.write_text(css, encoding="utf-8")
        print(f"wrote {TARGET.relative_to(ROOT)} ({len(css.encode()) // 1024} kB)")
    FONTS_TARGET.mkdir(parents=True, exist_ok=True)
    for name, content in fonts().items():
        file = FONTS_TARGET / name
        if not file.is_file() or file.read_bytes() != content:
            file.write_bytes(content)
            print(f"wrote {file.relative_to(ROOT)} ({len(content) // 1024} kB)")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
