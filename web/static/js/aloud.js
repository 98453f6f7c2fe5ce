// Reads the page aloud with the device's own voices. Without this file, without a fitting voice: no button, nothing else.
//
// Only voices that live on the device are used (localService): others would send what stands on the page to their maker.

const texts = document.querySelector("#texts-for-scripts")?.dataset;
const speech = window.speechSynthesis;
// A Norwegian voice reads both languages; better one's own.
const WANTED = { nb: ["nb", "no", "nn"], nn: ["nn", "nb", "no"], no: ["nb", "no", "nn"] };
const BLOCKS = "h1, h2, h3, h4, p, li, legend, label, summary, dt, dd, blockquote, q, .as-typed, option:checked, .replies button";
const SILENT = ".aloud, .ds-sr-only, .no-aloud, [aria-hidden=true], [hidden], script";
const LONGEST = 220;

let reading = null;

function voiceFor(language) {
  const primary = language.toLowerCase().split("-")[0];
  const local = speech.getVoices().filter((voice) => voice.localService);
  for (const wanted of WANTED[primary] ?? [primary]) {
    const found = local.find((voice) => voice.lang.toLowerCase().split(/[-_]/)[0] === wanted);
    if (found) return found;
  }
  return null;
}

const languageOf = (element) => element.closest("[lang]")?.lang || document.documentElement.lang;

function visible(element) {
  if (element.closest(SILENT)) return false;
  return element.checkVisibility?.({ visibilityProperty: true }) ?? true;
}

// What is heard of an element, by language: its text without what only a screen reader gets, and without our own buttons.
function runs(element) {
  const out = [];
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (node.parentElement.closest(SILENT)) continue;
    const language = languageOf(node.parentElement);
    if (out.length && (out.at(-1).language === language || !node.data.trim())) out.at(-1).text += node.data;
    else if (node.data.trim()) out.push({ language, text: node.data });
  }
  return out.map(({ language, text }) => ({ language, text: text.replace(/\s+/g, " ").trim() }));
}

const heard = (element) => runs(element).map((run) => run.text).join(" ");

// The innermost blocks in the order of the page: each is heard once.
function blocksOf(root) {
  const all = [...root.querySelectorAll(BLOCKS)].filter(visible);
  const blocks = all.filter((one) => !all.some((other) => other !== one && one.contains(other) && heard(other)));
  return (blocks.length ? blocks : [root]).filter(heard);
}

// Some voices stop after a quarter of a minute: nothing longer than a sentence or two at a time.
function pieces(text) {
  const out = [];
  for (const sentence of text.match(/[^.!?:]+[.!?:]*\s*|[.!?:]+\s*/g) ?? [text]) {
    if (out.length && out.at(-1).length + sentence.length <= LONGEST) out[out.length - 1] += sentence;
    else out.push(sentence);
  }
  return out.map((one) => one.trim()).filter(Boolean);
}

function stop() {
  if (!reading) return;
  const { button, marked } = reading;
  reading = null;
  marked?.classList.remove("being-read");
  show(button, false);
  speech.cancel();
}

function show(button, on) {
  button.setAttribute("aria-label", (on ? texts.stop : texts.aloud) + (button.dataset.about ? `: ${button.dataset.about}` : ""));
  button.querySelector("span").textContent = on ? texts.stop : texts.aloud;
  button.classList.toggle("aloud-on", on);
}

function read(button, blocks) {
  stop();
  speech.cancel();
  const mine = (reading = { button, marked: null });
  show(button, true);
  const queue = blocks.flatMap((block) =>
    runs(block).flatMap(({ language, text }) => pieces(text).map((piece) => ({ block, language, text: piece }))),
  );
  const next = () => {
    if (reading !== mine) return;
    const part = queue.shift();
    if (!part) return stop();
    if (mine.marked !== part.block) {
      mine.marked?.classList.remove("being-read");
      part.block.classList.add("being-read");
      part.block.scrollIntoView({ block: "nearest" });
      mine.marked = part.block;
    }
    const utterance = new SpeechSynthesisUtterance(part.text);
    utterance.voice = voiceFor(part.language) ?? voiceFor(document.documentElement.lang);
    utterance.lang = utterance.voice.lang;
    utterance.rate = 0.95;
    utterance.onend = next;
    utterance.onerror = () => reading === mine && stop();
    speech.speak(utterance);
  };
  next();
}

function icon() {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  for (const [name, value] of Object.entries({ viewBox: "0 0 24 24", width: 22, height: 22, "aria-hidden": "true", focusable: "false" }))
    svg.setAttribute(name, value);
  const path = document.createElementNS(space, "path");
  path.setAttribute("d", "M4 9v6h4l5 4V5L8 9H4Zm12-1.5a5 5 0 0 1 0 9M18.5 5a8.5 8.5 0 0 1 0 14");
  svg.append(path);
  return svg;
}

function newButton(blocks, about = "") {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "ds-button aloud";
  button.dataset.variant = "tertiary";
  if (about) button.dataset.about = about;
  // In the conversation's log it must not be read out as news.
  button.setAttribute("aria-live", "off");
  const label = document.createElement("span");
  button.append(icon(), label);
  show(button, false);
  button.addEventListener("click", () => (reading?.button === button ? stop() : read(button, blocks())));
  return button;
}

function place() {
  if (!texts || !voiceFor(document.documentElement.lang)) return;
  const main = document.querySelector("main");
  for (const bubble of main.querySelectorAll(".conversation > .bubble:not(.mine)")) {
    if (bubble.querySelector(".aloud")) continue;
    const last = () => bubble.matches(":last-child");
    const replies = () => (last() ? [...main.querySelectorAll(".replies button")] : []);
    const button = newButton(() => [...blocksOf(bubble), ...replies()], heard(bubble).split(" ").slice(0, 5).join(" "));
    bubble.append(button);
    bubble.classList.add("has-aloud");
  }
  const title = main.querySelector("h1");
  if (!title || main.querySelector(".aloud-page, [role=log]")) return;
  const button = newButton(() => blocksOf(main));
  button.classList.add("aloud-page", "no-print");
  // After what introduces the page, so that the heading is heard first by a screen reader too.
  (title.parentElement.matches(".first") ? title.parentElement.lastElementChild : title).after(button);
}

if (speech && texts) {
  place();
  // Voices may come later than the page.
  speech.addEventListener?.("voiceschanged", place);
  new MutationObserver((changes) => {
    if (reading && !reading.button.isConnected) stop();
    // Later: a screen reader takes up the new words first, without a button in them.
    if (changes.some((one) => [...one.addedNodes].some((node) => node.nodeType === 1 && !node.matches(".aloud")))) setTimeout(place, 800);
  }).observe(document.querySelector("main"), { childList: true, subtree: true });
  // Nothing is heard of a page that is left or put away, whichever way.
  addEventListener("pagehide", stop);
  addEventListener("beforeprint", stop);
  document.addEventListener("visibilitychange", () => document.hidden && stop());
  document.addEventListener("submit", stop, { capture: true });
  document.addEventListener("keydown", (event) => event.key === "Escape" && stop());
}
