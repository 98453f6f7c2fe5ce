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

// --- Weak networks ---

const texts = document.querySelector("#texts-for-scripts")?.dataset ?? {};
// So long an answer may take, and so long is waited before each new try; milliseconds.
const PATIENCE = 40_000;
const WAITS = [2_000, 4_000, 8_000, 15_000, 30_000];

function note(form, text, again) {
  let place = form.querySelector("[data-note]");
  if (!place) {
    place = document.createElement("div");
    place.dataset.note = "";
    place.className = "ds-validation-message";
    place.setAttribute("role", "alert");
    form.prepend(place);
  }
  place.textContent = text;
  if (again && texts.again) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "ds-button";
    button.dataset.variant = "secondary";
    button.textContent = texts.again;
    button.addEventListener("click", again);
    place.append(document.createElement("br"), button);
  }
}

// A wait that ends at once when the network is back, or when Send is pressed again.
function pause(form, time) {
  return new Promise((done) => {
    const stops = new AbortController();
    const end = () => {
      stops.abort();
      clearTimeout(timer);
      done();
    };
    const timer = setTimeout(end, time);
    addEventListener("online", end, { signal: stops.signal });
    form.addEventListener("submit", end, { signal: stops.signal });
  });
}

// The case has one key however often it is sent (web/cases/sending.py), so a try whose answer was lost may be repeated.
async function sendUntilAnswered(form, button) {
  const label = button.textContent;
  const place = form.querySelector("[data-sending]") ?? document.createElement("p");
  if (!place.isConnected) {
    place.dataset.sending = "";
    place.setAttribute("role", "status");
    button.closest(".actions")?.before(place);
  }
  button.setAttribute("aria-busy", "true");
  for (let attempt = 0; attempt <= WAITS.length; attempt += 1) {
    place.textContent = "";
    button.textContent = attempt ? texts.tryingAgain : texts.sending;
    try {
      const body = new FormData(form, button);
      const response = await fetch(form.action, { method: "POST", body, signal: AbortSignal.timeout(PATIENCE) });
      if (response.redirected && response.ok) {
        button.textContent = texts.sent;
        window.location.assign(response.url);
        return;
      }
      if (response.status < 500 && response.status !== 429) {
        // Something in the form has to be looked at: the browser shows that page itself.
        const pressed = document.createElement("input");
        Object.assign(pressed, { type: "hidden", name: button.name, value: button.value });
        form.append(pressed);
        HTMLFormElement.prototype.submit.call(form);
        return;
      }
    } catch {
      // No contact, or no answer in time.
    }
    if (attempt === WAITS.length) break;
    button.textContent = texts.waiting;
    place.textContent = texts.noContact;
    await pause(form, WAITS[attempt]);
  }
  place.textContent = texts.notSent;
  button.textContent = label;
  button.removeAttribute("aria-busy");
  delete form.dataset.sent;
}

for (const form of document.querySelectorAll('form[data-enhance="send"]')) {
  const label = form.querySelector("[name=send]")?.textContent;
  form.addEventListener("submit", (event) => {
    if (event.submitter?.name !== "send" || !texts.sending) return;
    event.preventDefault();
    if (form.dataset.sent) return;
    form.dataset.sent = "yes";
    sendUntilAnswered(form, event.submitter);
  });
  // Back from the next page: the button works again.
  addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    delete form.dataset.sent;
    const button = form.querySelector("[name=send]");
    if (button) {
      button.textContent = label;
      button.removeAttribute("aria-busy");
    }
  });
}

// The other forms leave the page. Without a network they would leave it for the browser's own error, and the text with it.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form === leave || form.method !== "post" || navigator.onLine || !texts.offline) return;
  event.preventDefault();
  note(form, texts.offline, () => form.requestSubmit(event.submitter));
});

// The same button pressed twice in haste is one press.
document.addEventListener("submit", (event) => {
  const { target: form, submitter } = event;
  if (event.defaultPrevented || form.method !== "post") return;
  const pressed = `${submitter?.name}=${submitter?.value}`;
  if (form.dataset.pressed === pressed) {
    event.preventDefault();
    return;
  }
  form.dataset.pressed = pressed;
  setTimeout(() => delete form.dataset.pressed, 5_000);
});

// --- When what is open here ends ---

// The server decides; the page asks it before it warns, and again before it closes: another tab may have been used.
const session = { ends: 0, of: null, written: 0, asking: false };

async function askServer(form, wish) {
  const body = new FormData(form);
  body.set("what", form.dataset.session);
  body.set("wish", wish);
  const answer = await fetch(form.action, { method: "POST", body });
  const { left } = await answer.json();
  if (left !== null) session.ends = Date.now() + left * 1000;
  return left;
}

function warn(form, shown) {
  const box = form.querySelector("[data-warning]");
  if (box.hidden !== shown) return;
  box.hidden = !shown;
  // Said when it appears: a live region is read when its text changes.
  box.querySelector("[role=alert]").textContent = shown ? form.querySelector("[data-text-warning]").textContent : "";
}

function closed(form) {
  session.ends = 0;
  const field = document.querySelector("main textarea");
  if (form.dataset.session === "case" && field?.value.trim()) {
    // Only what was being written stays; it goes along when the five words are asked for.
    const note = document.createElement("p");
    note.setAttribute("role", "alert");
    note.textContent = form.dataset.textEnded;
    document.querySelector("main").replaceChildren(note, field.form);
  } else if (form.dataset.session === "case") window.location.reload();
  else leaveNow();
}

async function tick() {
  const form = document.querySelector("form[data-session]");
  if (!form) return;
  if (session.of !== form) {
    session.of = form;
    session.ends = Date.now() + Number(form.dataset.left) * 1000;
    form.querySelector("[data-stay]").addEventListener("click", async () => {
      warn(form, false);
      if ((await askServer(form, "stay").catch(() => null)) === 0) closed(form);
    });
  }
  if (!session.ends || session.asking) return;
  const left = (session.ends - Date.now()) / 1000;
  const early = left > Number(form.dataset.warn);
  session.asking = true;
  try {
    if (session.written) {
      // Who writes is there: asked once a minute at most.
      if (Date.now() - session.written > 60000 || !early) {
        session.written = 0;
        await askServer(form, "stay");
        warn(form, false);
      }
    } else if (left <= 0) {
      if ((await askServer(form, "look").catch(() => 0)) <= 0) closed(form);
    } else if (!early && form.querySelector("[data-warning]").hidden) {
      if ((await askServer(form, "look")) <= Number(form.dataset.warn)) warn(form, true);
    }
  } catch {
    // No contact: the next tick asks again.
  } finally {
    session.asking = false;
  }
}

setInterval(tick, 1000);
tick();
document.addEventListener("input", () => {
  session.written ||= Date.now();
});

// On a shared device nothing waits for who has gone: unless another page of ours follows, it is deleted at once.
let within = false;
document.addEventListener("submit", () => {
  within = true;
});
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href]");
  if (link && link.origin === window.location.origin) within = true;
});
window.addEventListener("pagehide", () => {
  const form = document.querySelector("form[data-session][data-shared]");
  if (!form || within) return;
  const body = new FormData(form);
  body.set("what", form.dataset.session);
  body.set("wish", "leaving");
  navigator.sendBeacon(form.action, body);
});
window.addEventListener("pageshow", (event) => {
  within = false;
  // A page kept for «back» may show what is deleted by now.
  if (event.persisted && document.querySelector("[data-shared]")) window.location.reload();
});

// --- The conversation ---

let busy = false;

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
    const response = await fetch(form.action, { method: "POST", body, signal: AbortSignal.timeout(PATIENCE) });
    if (response.status >= 500) throw new Error();
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const typing = button.name === "say";
    if (!show(page, typing ? "" : form.elements.text.value, typing)) window.location.assign(form.action);
  } catch {
    // The same words from the same page are one turn (web/citizen/telling.py), so trying again never doubles.
    note(form, form.dataset.textOffline, () => form.requestSubmit(button));
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
