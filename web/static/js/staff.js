// The front desk works without this file; with it new cases are told without reload, a session about to end is told
// before, and what is typed is not left behind by mistake.

const EVERY = 30_000;
const WARN_BEFORE = 4 * 60_000;

// What somebody has chosen for this browser; without storage (private windows) the choice holds for the page.
const choice = (box, name, otherwise) => {
  try {
    box.checked = (localStorage.getItem(name) ?? otherwise) === "yes";
  } catch {
    box.checked = otherwise === "yes";
  }
  box.addEventListener("change", () => {
    try {
      localStorage.setItem(name, box.checked ? "yes" : "no");
    } catch {
      // it holds for this page
    }
  });
};

// New cases. The questions are marked on the server as ones that do not lengthen the session.
const news = document.querySelector(".staff-news");
const list = document.getElementById("koe");
const byItself = document.getElementById("selv");
if (news) {
  const link = news.querySelector("a");
  const title = document.title;
  let since = news.dataset.since;
  let stamp = news.dataset.stamp;
  let seen = "";
  const say = (text, action, href) => {
    link.textContent = action ? `${text}. ${action}` : text;
    if (href) link.href = href;
    link.hidden = false;
  };
  const loggedOut = () => {
    clearInterval(timer);
    say(news.dataset.loginText.replace(/\.$/, ""), news.dataset.loginLink, news.dataset.login);
  };
  // The list as it is now. Focus stays on its case, and nothing else of the page is touched.
  const renew = async () => {
    const asked = new Date().toISOString();
    const answer = await fetch(news.dataset.list, { redirect: "manual" });
    if (answer.type === "opaqueredirect") return loggedOut();
    if (!answer.ok) return undefined;
    const held = list.contains(document.activeElement) ? document.activeElement.closest("[data-case]")?.dataset.case : null;
    stamp = (answer.headers.get("ETag") ?? "").replaceAll('"', "");
    list.innerHTML = await answer.text();
    if (held) (list.querySelector(`[data-case="${CSS.escape(held)}"] a`) ?? list.querySelector("a"))?.focus();
    since = asked;
    seen = "";
    link.hidden = true;
    document.title = title;
    return undefined;
  };
  const ask = async () => {
    if (document.hidden) return;
    let answer;
    try {
      const headers = seen ? { "If-None-Match": seen } : {};
      const address = new URL(news.dataset.url, location.href);
      address.searchParams.set("siden", since);
      answer = await fetch(address, { redirect: "manual", headers });
    } catch {
      return; // no network now; the next round asks again
    }
    if (answer.type === "opaqueredirect") {
      loggedOut();
      return;
    }
    if (!answer.ok) return; // 304: nothing is new
    seen = answer.headers.get("ETag") ?? "";
    const told = await answer.json();
    showLooking(told.looking);
    const changed = told.stamp && told.stamp !== stamp;
    if (changed && byItself?.checked) await renew();
    else if (told.text && !link.textContent.startsWith(told.text)) {
      say(told.text, link.dataset.show);
      document.title = `● ${told.text} – ${title}`;
    }
  };
  const timer = setInterval(ask, EVERY);
  document.addEventListener("visibilitychange", ask);
  if (list && byItself) {
    document.querySelector(".staff-live").hidden = false;
    choice(byItself, "staff-list-by-itself", "no");
    byItself.addEventListener("change", () => byItself.checked && renew());
    link.addEventListener("click", (event) => {
      if (link.getAttribute("href") === news.dataset.login) return;
      event.preventDefault();
      renew();
    });
  }
}

// Who else has this case open; told to them the same way, and taken back when the page is left.
const looking = document.querySelector(".staff-looking");
function showLooking(text) {
  if (!looking || text === undefined) return;
  const line = looking.querySelector("p");
  const words = line.querySelector("span:not([aria-hidden])");
  if (words.textContent !== text) words.textContent = text;
  line.hidden = !text;
}
if (looking) {
  let stays = false; // a form of this case leads back to it
  addEventListener("submit", () => {
    stays = true;
  });
  addEventListener("pagehide", () => {
    if (stays) return;
    const form = new FormData();
    form.set("csrf_token", looking.dataset.token);
    navigator.sendBeacon(looking.dataset.leave, form);
  });
}

// Keys: j and k or the arrows go through the list, Enter opens (it is a link), / searches, u goes back, ? shows the keys.
const help = document.querySelector(".staff-keys");
if (help) {
  help.hidden = false;
  const use = help.querySelector("input");
  choice(use, "staff-keys", "yes");
  const links = () => [...document.querySelectorAll(".staff-queue .whole-row, .case-list li a")];
  const go = (step) => {
    const all = links();
    const at = all.indexOf(document.activeElement);
    const current = all.findIndex((one) => one.getAttribute("aria-current"));
    const next = at >= 0 ? at + step : current >= 0 ? current + step : step > 0 ? 0 : -1;
    all[Math.max(0, Math.min(all.length - 1, next))]?.focus();
  };
  addEventListener("keydown", (event) => {
    const { target, key } = event;
    const writes = target.closest?.("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");
    if (!use.checked || event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return;
    if (writes) {
      if (key === "Escape") target.blur();
      return;
    }
    const inList = target.matches?.(".whole-row, .case-list li a");
    if (key === "j" || (key === "ArrowDown" && inList)) go(1);
    else if (key === "k" || (key === "ArrowUp" && inList)) go(-1);
    else if (key === "/" && document.getElementById("q")) {
      const search = document.getElementById("q");
      if (search.closest(".staff-find")) search.closest(".staff-find").open = true;
      search.select();
    }
    else if (key === "u" && document.querySelector(".case-list h2 a")) document.querySelector(".case-list h2 a").click();
    else if (key === "?") {
      help.open = !help.open;
      if (help.open) help.querySelector("summary").focus();
    } else return;
    event.preventDefault();
  });
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
      ? `\n\n${chosen.split("\n").map((line) => `- ${line}`).join("\n")}`
      : `${button.dataset.before}${chosen}${button.dataset.after}`;
    field.setRangeText(text, field.selectionStart, field.selectionEnd, "end");
    field.focus();
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });
}

// A template goes into the field at once, after what is typed; without this the button sends the page for it.
for (const button of document.querySelectorAll("[data-insert]")) {
  const field = button.form.elements.text;
  button.addEventListener("click", (event) => {
    event.preventDefault();
    const chosen = button.form.elements[button.dataset.insert].selectedOptions[0]?.dataset.text;
    if (!chosen) return;
    field.value = field.value.trim() ? `${field.value.trimEnd()}\n\n${chosen}` : chosen;
    field.focus();
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });
}

// A file that will be refused is told before it has been sent.
for (const field of document.querySelectorAll("[data-most]")) {
  field.addEventListener("change", () => {
    const large = [...field.files].some((file) => file.size > Number(field.dataset.most));
    field.setCustomValidity(large ? field.dataset.tooLarge : "");
    field.reportValidity();
  });
}

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}

// A press anywhere in a row opens the case, unless something in it is being marked to be copied.
if (list) {
  list.classList.add("is-clickable");
  list.addEventListener("click", ({ target }) => {
    if (!target.closest("a") && getSelection().isCollapsed) target.closest("tr")?.querySelector(".whole-row")?.click();
  });
}

// A message that is begun is not left by a wrong click.
const fields = [...document.querySelectorAll(".case-messages textarea, textarea#note")];
let left = () => fields.some((field) => field.value.trim() !== "");
for (const field of fields) {
  // Sending one of them is no reason to lose the other.
  field.form.addEventListener("submit", () => {
    left = () => fields.some((other) => other.form !== field.form && other.value.trim() !== "");
  });
}
addEventListener("beforeunload", (event) => {
  if (left()) event.preventDefault();
});

// After an error the summary is where to begin.
document.querySelector(".ds-error-summary, #endret")?.focus();
