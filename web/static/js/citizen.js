// The pages work without this file. With it: the conversation does not reload the page, a lost connection does not lose
// a text, the way out leaves nothing to go back to, and what went wrong gets the focus.

const leave = document.querySelector("form[data-exit]");

function leaveNow() {
  const away = leave.dataset.exit;
  // The text disappears before anything else happens; the answer of the server is not waited for.
  document.documentElement.hidden = true;
  document.title = "";
  try {
    fetch(leave.action, { method: "POST", body: new FormData(leave), keepalive: true, redirect: "manual" });
  } finally {
    window.location.replace(away);
  }
}

if (leave) {
  leave.addEventListener("submit", (event) => {
    event.preventDefault();
    leaveNow();
  });
  let presses = [];
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") {
      presses = [];
      return;
    }
    presses = [...presses.filter((at) => event.timeStamp - at < 2000), event.timeStamp];
    if (presses.length >= 3) leaveNow();
  });
}

// What is wrong with a form is read first.
document.querySelector("[data-focus]")?.focus();

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

// A press on Send counts once.
for (const form of document.querySelectorAll('form[data-enhance="send"]')) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    else form.dataset.sent = "yes";
  });
  // Back from the next page: the button works again.
  window.addEventListener("pageshow", () => delete form.dataset.sent);
}

// --- The conversation ---

let busy = false;

function note(form, text) {
  let place = form.querySelector("[data-note]");
  if (!place) {
    place = document.createElement("p");
    place.dataset.note = "";
    place.className = "ds-validation-message";
    place.setAttribute("role", "alert");
    form.prepend(place);
  }
  place.textContent = text;
}

function count(form) {
  const field = form.elements.text;
  const over = field.value.length - Number(form.dataset.most);
  if (over > 0) note(form, `${over} ${form.dataset.textOver}`);
  else form.querySelector("[data-note]")?.remove();
}

// The new page's conversation and answer field replace the old ones; only new bubbles are added, so that a screen reader
// reads those and nothing twice.
function show(page, typed, typing) {
  const before = document.querySelector("#conversation");
  const after = page.querySelector("#conversation");
  const answer = page.querySelector("#answer");
  if (!before || !after || !answer) return false;
  if (before.getAttribute("role") === "log" && after.children.length >= before.children.length) {
    before.querySelector("#latest")?.removeAttribute("id");
    for (const bubble of [...after.children].slice(before.children.length)) before.append(document.adoptNode(bubble));
  } else {
    // The first words, or a new start: the whole page becomes a conversation.
    const main = document.querySelector("main");
    main.replaceChildren(...[...page.querySelector("main").childNodes].map((node) => document.adoptNode(node)));
  }
  if (before.isConnected) document.querySelector("#answer").replaceWith(document.adoptNode(answer));
  if (page.documentElement.lang !== document.documentElement.lang) return false;
  const form = document.querySelector('form[data-enhance="conversation"]');
  if (typed && !form.elements.text.value) form.elements.text.value = typed;
  watch(form);
  document.querySelector("#latest")?.scrollIntoView({ block: "start" });
  // Who was typing goes on typing. Who pressed an answer gets the next one: the field would bring up a phone's keyboard.
  const next = typing ? form.elements.text : document.querySelector(".replies button") ?? form.querySelector("[name=go_on]");
  next?.focus({ preventScroll: true });
  return true;
}

async function say(event) {
  const form = event.currentTarget;
  const button = event.submitter;
  // The way on and the other language are pages of their own.
  if (!button || !["say", "payload"].includes(button.name)) return;
  event.preventDefault();
  if (busy) return;
  busy = true;
  const body = new FormData(form, button);
  const label = button.textContent;
  button.setAttribute("aria-busy", "true");
  if (button.name === "say") button.textContent = form.dataset.textReading;
  try {
    const response = await fetch(form.action, { method: "POST", body });
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const typing = button.name === "say";
    if (!show(page, typing ? "" : form.elements.text.value, typing)) window.location.assign(form.action);
  } catch {
    note(form, form.dataset.textOffline);
    button.textContent = label;
    button.removeAttribute("aria-busy");
  } finally {
    busy = false;
  }
}

function watch(form) {
  form.addEventListener("submit", say);
  form.elements.text.addEventListener("input", () => count(form));
}

for (const form of document.querySelectorAll('form[data-enhance="conversation"]')) {
  watch(form);
}
