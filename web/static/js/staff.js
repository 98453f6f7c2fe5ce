// The front desk works without this file; with it new cases are told without reload, a session about to end is told
// before, and what is typed is not left behind by mistake.

const EVERY = 30_000;
const WARN_BEFORE = 4 * 60_000;

// New cases. The request is marked on the server as one that does not lengthen the session.
const news = document.querySelector(".staff-news");
if (news) {
  const link = news.querySelector("a");
  const title = document.title;
  const say = (text, action, href) => {
    link.textContent = action ? `${text}. ${action}` : text;
    if (href) link.href = href;
    link.hidden = false;
  };
  const ask = async () => {
    if (document.hidden) return;
    let answer;
    try {
      answer = await fetch(`${news.dataset.url}?siden=${encodeURIComponent(news.dataset.since)}`, { redirect: "manual" });
    } catch {
      return; // no network now; the next round asks again
    }
    if (answer.type === "opaqueredirect") {
      clearInterval(timer);
      say(news.dataset.loginText.replace(/\.$/, ""), news.dataset.loginLink, news.dataset.login);
      return;
    }
    if (!answer.ok) return;
    const { text } = await answer.json();
    if (text && !link.textContent.startsWith(text)) {
      say(text, link.dataset.show);
      document.title = `● ${text} – ${title}`;
    }
  };
  const timer = setInterval(ask, EVERY);
  document.addEventListener("visibilitychange", ask);
}

// The session ends when nothing has been sent for long: told in time, and lengthened by one press.
const idle = document.querySelector(".staff-idle");
if (idle) {
  const limit = Number(idle.dataset.idle) * 1000;
  let timer;
  const start = () => {
    idle.hidden = true;
    clearTimeout(timer);
    timer = setTimeout(() => {
      idle.hidden = false;
    }, limit - WARN_BEFORE);
  };
  const form = idle.querySelector("form");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      const answer = await fetch(form.action, { method: "POST", body: new FormData(form), redirect: "manual" });
      if (answer.ok) start();
      else form.submit();
    } catch {
      // no network: the notice stays, and can be pressed again
    }
  });
  start();
}

// Formatting buttons put the few allowed marks around what is selected.
for (const bar of document.querySelectorAll("[data-format-for]")) {
  const field = document.getElementById(bar.dataset.formatFor);
  bar.hidden = false;
  bar.addEventListener("click", ({ target }) => {
    const button = target.closest("button");
    if (!button) return;
    const chosen = field.value.slice(field.selectionStart, field.selectionEnd);
    const text = "list" in button.dataset
      ? `<ul>\n${(chosen || " ").split("\n").map((line) => `<li>${line}</li>`).join("\n")}\n</ul>`
      : `${button.dataset.before}${chosen}${button.dataset.after}`;
    field.setRangeText(text, field.selectionStart, field.selectionEnd, "end");
    field.focus();
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });
}

// A press anywhere in a row opens the case, unless something in it is being marked to be copied.
const table = document.querySelector(".staff-queue");
if (table) {
  table.classList.add("is-clickable");
  table.addEventListener("click", ({ target }) => {
    if (!target.closest("a") && getSelection().isCollapsed) target.closest("tr")?.querySelector(".whole-row")?.click();
  });
}

// A message that is begun is not left by a wrong click.
let unsent = false;
for (const field of document.querySelectorAll(".case-messages textarea")) {
  unsent = field.value.trim() !== "";
  field.addEventListener("input", () => {
    unsent = field.value.trim() !== "";
  });
  field.form.addEventListener("submit", () => {
    unsent = false;
  });
}
addEventListener("beforeunload", (event) => {
  if (unsent) event.preventDefault();
});

// After an error the summary is where to begin.
document.querySelector(".ds-error-summary, #endret")?.focus();
