"""How heavy the words of each page are: LIX = words / sentences + 100 · words of more than six letters / words.

(Björnsson, Läsbarhet, 1968: below 30 very easy, 30–40 easy, 40–50 medium.)

Counted are the portal's own sentences as they stand on a page, folded-out parts too: the text inside <main>; header, footer
and «Er det akutt?», the same on every page, are one line of their own. Headings, buttons, links that stand alone, labels and
list items end a sentence, as . ! ? and : do. Not counted: what the catalog says (names and texts of services, needs and
helplines), what a person or the assistant has written, codes, figures, and text for screen readers alone. The texts of the
assistant and of the catalog are measured by themselves. Headings and buttons are short and make a page look light, so a
second figure counts only what ends with a full stop or a question mark.

`python -m tools.lix` prints the table that docs/language.md shows.
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from markupsafe import Markup

ROOT = Path(__file__).resolve().parent.parent
LANGUAGES = ("nb", "nn")
LONG = 6
"""A word of more letters than this is long."""

_WORD = re.compile(r"[^\W\d_]+(?:[-’'][^\W\d_]+)*")
_ENDS = re.compile(r"[.!?:…]+(?=\s|$)")
_INLINE = {"a", "abbr", "b", "em", "i", "mark", "q", "small", "span", "strong", "time"}
_SILENT = {"head", "option", "script", "style", "svg", "template", "textarea"}
_NOT_OURS = re.compile(
    r"ds-sr-only|as-typed|own-words|because-quote|bubble|\bcode\b|number|statement|not-ours"
)
_VOID = {"br", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


@dataclass(frozen=True)
class Figures:
    """What was counted in some text."""

    words: int
    sentences: int
    long: int

    @property
    def lix(self) -> float:
        """0 for no words."""
        return self.words / self.sentences + 100 * self.long / self.words if self.words else 0.0

    def __add__(self, other: Figures) -> Figures:
        return Figures(self.words + other.words, self.sentences + other.sentences, self.long + other.long)


NOTHING = Figures(0, 0, 0)


def sentences(text: str) -> list[list[str]]:
    """The words of each sentence; what holds no word is no sentence."""
    found = (_WORD.findall(piece) for piece in _ENDS.split(text))
    return [words for words in found if words]


def measure(texts: Iterable[str]) -> Figures:
    """Figures of texts; the end of each text ends a sentence."""
    total = NOTHING
    for text in texts:
        for words in sentences(text):
            total += Figures(len(words), 1, sum(len(word) > LONG for word in words))
    return total


def whole(texts: Iterable[str]) -> list[str]:
    """Those that are sentences, by how they end."""
    return [text for text in texts if text.endswith((".", "?", "!"))]


class _Reader(HTMLParser):
    """Splits a page into its pieces of running text, those of <main> and the others."""

    def __init__(self) -> None:
        super().__init__()
        self.main: list[str] = []
        self.frame: list[str] = []
        self._open: list[tuple[str, bool]] = []
        self._in_main = False
        self._piece = ""

    @property
    def _silent(self) -> bool:
        return any(silent for _, silent in self._open)

    def _end_piece(self) -> None:
        text = " ".join(self._piece.split())
        self._piece = ""
        if text:
            (self.main if self._in_main else self.frame).append(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        classes = given.get("class") or ""
        # A link that looks like a button stands alone; one in a sentence belongs to it.
        if tag not in _INLINE or "ds-button" in classes:
            self._end_piece()
        if tag == "main":
            self._in_main = True
        if tag not in _VOID:
            silent = tag in _SILENT or bool(_NOT_OURS.search(classes)) or "aria-hidden" in given
            self._open.append((tag, silent))

    def handle_endtag(self, tag: str) -> None:
        if tag in _VOID or tag not in [name for name, _ in self._open]:
            return
        while self._open:
            name, _ = self._open.pop()
            if name == tag:
                break
        if tag not in _INLINE:
            self._end_piece()
        if tag == "main":
            self._in_main = False

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self._piece += data


def pieces(html: str) -> tuple[list[str], list[str]]:
    """The texts of a page: those in <main>, and those around it."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.main, reader.frame


# --- The pages, in their main states ------------------------------------------------------------------------------


class _Helper:
    """In the assistant's place: understands two needs, and danger in «redd hjemme»."""

    def turn(self, conversation: str, **asked: Any) -> Any:
        from web.assistant import Acute, Facts, Message, Need, Turn, Understanding

        text = asked.get("text") or ""
        danger = "redd hjemme" in text
        needs = (Need("bullying", 0.9, ()), Need("sleep", 0.8, ()))
        return Turn(
            messages=(Message("Slik forstår jeg det.", ()),),
            understanding=Understanding(
                "nb", "tell", needs=needs, acute=Acute(danger, ("violence",) if danger else (), 0.9, ())
            ),
            facts=Facts(),
            language=asked.get("language") or "nb",
            asked=None,
            needs=needs,
        )

    def understand(self, texts: list[str], **_: Any) -> Iterator[Any]:
        """Nothing: the portal goes on without it."""
        return iter(())

    def forget(self, conversation: str) -> None:
        return None

    def healthy(self) -> bool:
        return True


def _not_ours(text: str | Mapping[str, str], **_: Any) -> str:
    """In place of i18n.in_language: what the catalog says, marked so that it is not counted."""
    from web import i18n

    return Markup('<span class="not-ours">{}</span>').format(i18n.catalog_words(text))


def _app(folder: Path) -> Any:
    from web import create_app
    from web.config import Config
    from web.db import make_engine
    from web.i18n import compile_catalogs
    from web.migrations.runner import upgrade
    from web.security.vault import KeyRing

    compile_catalogs(ROOT / "locales")
    config = Config.from_environment(
        {"PORTAL_VAR_DIR": str(folder), "PORTAL_TESTING": "1", "PORTAL_ASSISTANT_TOKEN": "not used here"}
    )
    KeyRing.create(config.keys_dir)
    engine = make_engine(config.database_url)
    upgrade(engine)
    engine.dispose()
    helper: Any = _Helper()
    app = create_app(config, assistant=helper)
    app.jinja_env.filters["in_language"] = _not_ours
    return app


class _Person:
    """Goes through the pages as a browser without JavaScript does."""

    def __init__(self, app: Any, language: str) -> None:
        self.client = app.test_client()
        self.html = ""
        self.get(f"/?lang={language}")

    def get(self, path: str) -> str:
        self.html = self.client.get(path, follow_redirects=True).get_data(as_text=True)
        return self.html

    def send(self, path: str, **fields: Any) -> str:
        token = re.search(r'name="csrf_token" value="([^"]+)"', self.html)
        if token is None:
            raise RuntimeError(f"no form on the page before {path}")
        answer = self.client.post(path, data={"csrf_token": token[1], **fields}, follow_redirects=True)
        self.html = answer.get_data(as_text=True)
        return self.html


def _childs_pages(app: Any, language: str) -> Iterator[tuple[str, str]]:
    """What a parent meets who lets the child tell, and what the child meets: eight years old, and not safe."""
    parent = _Person(app, language)
    parent.send("/", text="Jeg sover ikke", say="1")
    parent.send("/send", about="my_child", age="8", writer="parent", go="tell")
    yield "child, the grown-up", parent.get("/barn/voksen?fra=send")
    yield "child, how old", parent.send("/barn/voksen", fra="send", do="hand_over")
    yield "child, before you tell", parent.send("/barn", age="8")
    for step in ("face", "where", "who", "hurt", "words"):
        yield f"child, {step}", parent.get(f"/barn/steg/{step}")
    yield "child, voice", parent.get("/stemme")
    parent.get("/barn/steg/words")
    yield "child, what you have told", parent.send("/barn/steg/words", text="Ja")
    yield "child, done", parent.send("/barn/se", share="y", done="1")
    yield "child, given back", parent.send("/barn/slutt")
    parent.get("/barn/voksen?fra=send")
    parent.send("/barn/voksen", fra="send", do="hand_over")
    yield "child, take back", parent.get("/barn/angre")
    parent.get("/barn")
    parent.send("/barn", age="8")
    parent.get("/barn/steg/hurt")
    parent.send("/barn/steg/hurt", choice="yes")
    yield "child, danger", parent.get("/barn/se")
    yield "child, sent at once", parent.send("/barn/se", code="y", done="1")
    yield "child, code", _Person(app, language).get("/barn/kode")


def pages(language: str) -> Iterator[tuple[str, str]]:
    """The citizen's pages in their main states, in one language: a name, and the HTML."""
    with tempfile.TemporaryDirectory() as folder:
        app = _app(Path(folder))
        person = _Person(app, language)
        yield "first page", person.html
        yield "conversation", person.send("/", text="Jeg blir mobbet og sover ikke", say="1")
        yield "mirror", person.get("/forstatt")
        yield "who can help", person.get("/hjelp")
        yield "send", person.get("/send")
        yield "send, something missing", person.send("/send", way="phone", send="1")
        receipt = person.send("/send", way="code", writer="youth", send="1", consents="skolehelse")
        yield "receipt", receipt
        words = re.search(r'<ol class="code">(.*?)</ol>', receipt, re.DOTALL)
        if words is None:
            raise RuntimeError("no receipt: the way through the pages has changed")
        code = " ".join(re.findall(r"<li>(.*?)</li>", words[1]))
        yield "done", person.send("/kvittering", saved="y")
        yield "five words", person.get("/svar")
        yield "five words, wrong", person.send("/svar", code="en to tre fire fem")
        yield "case", person.send("/svar", code=code)
        yield "delete everything", person.get("/sak/slett")
        yield from _childs_pages(app, language)
        other = _Person(app, language)
        yield "conversation, danger", other.send("/", text="Jeg er redd hjemme", say="1")
        for name, path in (
            ("numbers", "/akutt"),
            ("about", "/om"),
            ("privacy", "/personvern"),
            ("hide your traces", "/trygt-nettvett"),
            ("call me today", "/ring-meg"),
            ("voice", "/stemme"),
            ("accessibility", "/tilgjengelighet"),
            ("find help", "/tjenester"),
            ("one service", "/tjenester/skolehelse"),
            ("no such page", "/finnes-ikke"),
        ):
            yield name, other.get(path)
        app.extensions["portal-engine"].dispose()


def page_figures(language: str) -> dict[str, tuple[Figures, Figures]]:
    """Of each page and of what stands around every page: everything that is ours, and its whole sentences alone."""
    found: dict[str, tuple[Figures, Figures]] = {}
    for name, html in pages(language):
        main, frame = pieces(html)
        if name == "first page":
            found["around every page"] = measure(frame), measure(whole(frame))
        found[name] = measure(main), measure(whole(main))
    return found


# --- Texts that come from elsewhere -----------------------------------------------------------------------------


def assistant_figures(language: str) -> Figures:
    """What the assistant may say."""
    from babel.messages.pofile import read_po

    with (ROOT / "locales" / language / "LC_MESSAGES" / "assistant.po").open("rb") as file:
        texts = [str(message.string) for message in read_po(file, locale=language) if message.id]
    return measure(re.sub(r"%\(\w+\)[sd]", "116", text) for text in texts)


FIELDS = ("description", "for_parents", "how", "fees", "secrecy", "meanwhile")
"""What a service says to citizens."""
MUNICIPALITIES = ("fjordvik", "lauvdal", "granlia")


def catalog_texts(language: str) -> dict[str, dict[str, str]]:
    """Field -> service -> text, of every municipality; a text that several share is there once."""
    from web.catalog import load

    found: dict[str, dict[str, str]] = {field: {} for field in FIELDS}
    seen: set[str] = set()
    for name in MUNICIPALITIES:
        for service in load(ROOT / "services_catalog", name).citizen_services():
            for field in FIELDS:
                text = (getattr(service, field) or {}).get(language, "")
                if text and text not in seen:
                    seen.add(text)
                    found[field][f"{name}/{service.id}"] = text
    return found


def main() -> int:
    """Print the tables."""
    figures = {language: page_figures(language) for language in LANGUAGES}
    print("| page | words | LIX nb | LIX nn | sentences alone nb | sentences alone nn |")
    print("|---|---:|---:|---:|---:|---:|")
    for name, (every, only) in figures["nb"].items():
        other, other_only = figures["nn"][name]
        print(
            f"| {name} | {every.words} | {every.lix:.0f} | {other.lix:.0f} | {only.lix:.0f} | {other_only.lix:.0f} |"
        )
    nb, nn = (assistant_figures(language) for language in LANGUAGES)
    print(f"| *what the assistant says* | {nb.words} | {nb.lix:.0f} | {nn.lix:.0f} | | |")
    print(
        "\n| catalog, citizens' texts | texts | mean LIX nb | mean LIX nn | highest |\n|---|---:|---:|---:|---|"
    )
    texts = {language: catalog_texts(language) for language in LANGUAGES}
    for field in FIELDS:
        each = {
            language: {name: measure([text]).lix for name, text in texts[language][field].items()}
            for language in LANGUAGES
        }
        worst = sorted(each["nb"].items(), key=lambda one: -one[1])[:3]
        means = [sum(each[language].values()) / len(each[language]) for language in LANGUAGES]
        named = ", ".join(f"{name.split('/')[1]} {value:.0f}" for name, value in worst)
        print(f"| {field} | {len(each['nb'])} | {means[0]:.0f} | {means[1]:.0f} | {named} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
