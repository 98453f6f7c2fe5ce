"""Lighthouse on the main pages: performance, accessibility, good practice. `make lighthouse` prints a table.

Lighthouse is large and seldom needed, so it has a lock file of its own beside this one and is installed when it is first
asked for. It measures as a middling phone on slow 4G, in a portal and an assistant started for it.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import requests

from tools.setup import ROOT, SetupError, step
from tools.weights import TOLD, house

FOLDER = ROOT / "tools" / "lighthouse"
PROGRAM = FOLDER / "node_modules" / ".bin" / "lighthouse"
CATEGORIES = ("performance", "accessibility", "best-practices")
PAGES = ("/", "/akutt", "/tjenester", "/tilgjengelighet")
IN_A_CONVERSATION = ("/", "/forstatt", "/hjelp", "/send")
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


def install() -> None:
    """Lighthouse as its lock file says, when it is not there.

    Raises: SetupError when there is no npm, or it fails.
    """
    if PROGRAM.exists():
        return
    npm = shutil.which("npm")
    if npm is None:
        raise SetupError("Lighthouse needs Node with npm on PATH.")
    step("Lighthouse", [npm, "ci", "--prefix", str(FOLDER), "--no-audit", "--no-fund", "--ignore-scripts"])


def conversation(url: str) -> str:
    """The cookie of a browser that has told something."""
    session = requests.Session()
    token = _TOKEN.search(session.get(url, timeout=30).text)
    form = {"csrf_token": token.group(1) if token else "", "turn": "0", "text": TOLD, "say": "1"}
    session.post(url + "/", data=form, timeout=60).raise_for_status()
    return "; ".join(f"{cookie.name}={cookie.value}" for cookie in session.cookies)


def measure(address: str, cookie: str = "") -> tuple[dict[str, int], list[str]]:
    """Scores of 100 by category, and what cost points in accessibility and good practice.

    Raises: RuntimeError with Lighthouse's own words when it fails.
    """
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        command = [
            str(PROGRAM),
            address,
            f"--only-categories={','.join(CATEGORIES)}",
            "--output=json",
            f"--output-path={report}",
            "--quiet",
            "--chrome-flags=--headless=new --no-sandbox --disable-gpu",
        ]
        if cookie:
            command.append("--extra-headers=" + json.dumps({"Cookie": cookie}))
        run = subprocess.run(command, capture_output=True, text=True, check=False, env=_environment())
        if run.returncode or not report.is_file():
            raise RuntimeError(run.stderr[-2000:])
        said = json.loads(report.read_text())
    scores = {name: round(100 * (said["categories"][name]["score"] or 0)) for name in CATEGORIES}
    lost = []
    for name in CATEGORIES:
        for part in said["categories"][name]["auditRefs"]:
            score = said["audits"][part["id"]]["score"]
            if part["weight"] and score is not None and score < 0.995:
                lost.append(f"{part['id']} {said['audits'][part['id']].get('displayValue', score)}")
    return scores, lost


def _environment() -> dict[str, str]:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    return {**os.environ, **({"CHROME_PATH": chromium} if chromium else {})}


def main() -> int:
    """0 when accessibility is 100 on every page; performance varies with the machine and is only told."""
    try:
        install()
    except SetupError as error:
        print(error, file=sys.stderr)
        return 1
    worst = 100
    print(
        "| page | performance | accessibility | good practice | what cost points |\n|---|---:|---:|---:|---|"
    )
    with house() as url:
        cookie = conversation(url)
        for path, sent in [(path, "") for path in PAGES] + [(path, cookie) for path in IN_A_CONVERSATION]:
            scores, lost = measure(url + path, sent)
            worst = min(worst, scores["accessibility"])
            name = f"{path} in a conversation" if sent else path
            print(
                f"| {name} | {' | '.join(str(scores[one]) for one in CATEGORIES)} | {'; '.join(lost)} |",
                flush=True,
            )
    return 0 if worst == 100 else 1


if __name__ == "__main__":
    raise SystemExit(main())
