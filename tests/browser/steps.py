"""What a person and an employee do on the pages, one method for each page or act. Each checks what it was shown."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from babel.dates import format_date
from playwright.sync_api import Locator, expect

from tests.browser.house import Portal
from tests.browser.visitors import Visitor
from web.cases.deadlines import hear_by
from web.catalog import Catalog


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]


@dataclass
class Person:
    """A child, a young person or a parent with a phone."""

    at: Visitor
    catalog: Catalog
    told: list[str] = field(default_factory=list)
    code: str = ""

    @property
    def language(self) -> str:
        return self.at.texts.language

    def promised(self) -> set[str]:
        """The day an answer is promised; two around midnight."""
        days: set[date] = {
            hear_by(datetime.now(UTC), self.catalog.contact_point.promise_working_days) for _ in range(2)
        }
        return {format_date(day, "EEEE d. MMMM", locale=self.language) for day in days}

    def plain(self, need: str) -> str:
        return self.catalog.needs[need].plain[self.language]

    # --- Tell

    def tell(self, text: str) -> None:
        """The first words, on the first page."""
        self.at.go("/")
        self.at.title("What is happening? Write it in your own words.")
        self.at.page.get_by_label(self.at.texts("What is happening? Write it in your own words.")).fill(text)
        self.at.button("Tell").click()
        self.told.append(text)

    @property
    def log(self) -> Locator:
        return self.at.page.get_by_role("log")

    def is_asked(self, question: str) -> None:
        """The newest words of the machine are this question."""
        expect(self.log.locator(".bubble").last).to_contain_text(self.at.texts.assistant(question))

    def presses(self, button: str) -> None:
        """A quick reply; the free field stays beside it."""
        replies = self.at.page.get_by_role("group", name=self.at.texts("Short answers"))
        expect(self.field).to_be_visible()
        replies.get_by_role("button", name=self.at.texts.assistant(button), exact=True).click()

    @property
    def field(self) -> Locator:
        return self.at.page.get_by_label(self.at.texts("Write your answer, or tell more"))

    def types(self, text: str) -> None:
        self.field.fill(text)
        self.at.button("Answer").click()

    def goes_on(self) -> None:
        self.at.button("Go on").first.click()
        self.at.title("This is how I have understood you. Is it right?")

    # --- Mirror

    def chip(self, need: str) -> Locator:
        name = f"{self.at.texts('Take away:')} {capital(self.plain(need))}"
        return self.at.page.get_by_role("button", name=name)

    def takes_away(self, need: str) -> None:
        self.chip(need).click()
        expect(self.chip(need)).to_have_count(0)
        self.at.title("This is how I have understood you. Is it right?")

    def adds(self, need: str) -> None:
        choices = self.at.page.get_by_label(self.at.texts("Is something missing? Choose it here."))
        choices.select_option(label=capital(self.plain(need)))
        self.at.button("Add").first.click()
        expect(self.chip(need)).to_be_visible()

    def sees_own_words(self, text: str) -> None:
        """The words stand there as they were typed."""
        assert text in self.at.page.locator("blockquote.own-words").all_text_contents()

    def asks_who_can_help(self) -> None:
        self.at.button("See who can help").click()
        self.at.title("These can help you")

    # --- Who can help

    def services(self) -> list[str]:
        """Names of the services shown; each has its reason and a way to reach it."""
        page, texts = self.at.page, self.at.texts
        contact = self.catalog.contact_point
        card = page.get_by_role("region", name=contact.name[self.language])
        expect(card.locator(f'a[href="tel:{contact.tel}"]')).to_be_visible()
        assert any(day in card.inner_text() for day in self.promised())
        shown = page.get_by_role("region", name=texts("You can also get in touch yourself"))
        cards = shown.locator("ol.services > li")
        assert 1 <= cards.count() <= 5
        names = []
        for one in cards.all():
            names.append(one.get_by_role("heading", level=3).inner_text())
            because = one.locator(".because").inner_text()
            about = texts("Because it is about %(need)s.", need="").strip(" .")
            assert because.startswith((texts("Because you wrote:"), about)), because
            expect(one.locator("dl.facts")).to_have_count(1)
        return names

    def reasons(self) -> str:
        return " ".join(self.at.page.locator(".because").all_inner_texts())

    def goes_to_send(self) -> None:
        self.at.link("Go on to sending").first.click()
        self.at.title("What you send, and to whom")
        self.unfolds()

    # --- Send

    def unfolds(self) -> None:
        """Every step of the page, as somebody does who wants to see all of it."""
        folded = self.at.page.locator("details.step:not([open]) > summary")
        while folded.count():
            folded.first.click()

    def choice(self, group: str, answer: str) -> Locator:
        """A radio button or a box of the group with this question."""
        self.unfolds()
        named = self.at.page.get_by_role("group", name=self.at.texts(group))
        return named.get_by_label(self.at.texts(answer), exact=True)

    def sends(self) -> None:
        self.at.button("Send").click()
        self.at.title("Sent. A person will read it.")

    # --- Receipt

    def keeps_the_code(self) -> str:
        """The five words and the promise, then the confirmation that the words are written down."""
        page, texts = self.at.page, self.at.texts
        source = "Write down these five words. With them you can see the answer, on any phone."
        words = page.get_by_role("region", name=texts(source)).get_by_role("listitem").all_inner_texts()
        assert len(words) == 5
        lead = page.locator("main .lead").inner_text()
        assert self.catalog.contact_point.name[self.language] in lead
        assert any(day in lead for day in self.promised()), lead
        self.at.button("Done").click()
        expect(page.get_by_role("alert")).to_contain_text(texts("One thing first"))
        page.get_by_label(texts("I have written down the five words")).check()
        self.at.button("Done").click()
        self.at.title("You are done here")
        self.code = " ".join(word.strip() for word in words)
        return self.code

    # --- Return

    def opens_the_answer(self, code: str) -> None:
        self.at.go("/svar")
        self.at.title("See the answer")
        self.at.page.get_by_label(self.at.texts("The five words"), exact=True).fill(code)
        self.at.button("Open the answer").click()


@dataclass
class Desk:
    """An employee at the front desk."""

    at: Visitor
    catalog: Catalog
    name: str
    unit: str

    @property
    def language(self) -> str:
        return self.at.texts.language

    def fills(self, label: str, text: str) -> None:
        self.at.page.get_by_label(self.at.texts(label), exact=True).fill(text)

    def logs_in_the_first_time(
        self, username: str, one_time: str, password: str, first: str = "The queue"
    ) -> None:
        """With the one-time password, which opens nothing but the page to choose one's own; then one's first page."""
        self.at.go("/staff/")
        self.at.title("Log in at the front desk")
        self.logs_in(username, one_time)
        self.at.title("Choose a new password")
        self.at.go("/staff/")
        self.at.title("Choose a new password")
        self.fills("New password", password)
        self.fills("The new password once more", password)
        self.at.button("Save the password").click()
        self.at.title(first)
        if first == "The queue":
            expect(self.at.page.get_by_role("status").first).to_contain_text(
                self.at.texts("The new password holds from now on.")
            )

    def logs_in(self, username: str, password: str) -> None:
        self.fills("Username", username)
        self.fills("Password", password)
        self.at.button("Log in").click()

    def row_of(self, marks: str) -> Locator:
        """The row of the queue that holds these words."""
        return self.at.page.get_by_role("row").filter(has_text=marks)

    def newest(self, portal: Portal) -> str:
        """The reference in the queue of the case that was sent last."""
        self.at.go("/staff/")
        table = self.at.page.get_by_role("table")
        return table.locator(f'a[href*="{portal.newest_case()}"]').inner_text()

    def opens(self, reference: str) -> None:
        self.at.page.get_by_role("table").get_by_role("link", name=reference).click()
        self.at.title("Case %(reference)s", reference=reference)

    def own_words(self) -> list[str]:
        return self.at.page.locator(".case-words blockquote.own-words").all_text_contents()

    def section(self, heading: str) -> Locator:
        return self.at.page.get_by_role("region", name=self.at.texts(heading), exact=True)

    def need(self, need: str) -> Locator:
        name = re.compile(rf"^\s*{re.escape(self.catalog.needs[need].name[self.language])}(\s|$)")
        return self.section("What it seems to be about").get_by_role("checkbox", name=name)

    def corrects(self, *, away: str, instead: str) -> None:
        self.at.unfold("Confirm or correct")
        self.need(away).uncheck()
        self.need(instead).check()
        self.at.button("Save what it is about").click()
        self.done("What the case is about, is saved.")

    def done(self, source: str) -> None:
        expect(self.at.page.get_by_role("status").filter(has_text=self.at.texts(source))).to_be_visible()

    def takes_the_case(self) -> None:
        """Names oneself as the contact person."""
        part = self.section("Contact person and status")
        part.get_by_role(
            "link", name=self.at.texts("Take or hand over the responsibility"), exact=True
        ).click()
        self.at.button("Take the case yourself").click()
        self.done("The case is yours now. The person sees your name.")
        self.tab("The words and the answer")

    def tab(self, source: str) -> None:
        """Another page of the open case."""
        tabs = self.at.page.get_by_role("navigation", name=self.at.texts("Pages of the case"))
        tabs.get_by_role("link", name=self.at.texts(source), exact=True).click()

    def writes(self, text: str) -> None:
        self.at.page.get_by_label(self.at.texts("Message to the person"), exact=True).fill(text)
        self.at.button("Send the message").click()
        self.done("The message is sent. The person sees it with the five words.")

    def sets_status(self, status: str) -> None:
        self.at.page.locator("summary").filter(has_text=self.at.texts("Status:")).click()
        part = self.section("Contact person and status")
        group = part.get_by_role("group", name=self.at.texts("Status"), exact=True)
        group.get_by_label(self.at.texts(status), exact=True).check()
        self.at.button("Save the status").click()
        self.done("The status is saved. The person sees it.")
