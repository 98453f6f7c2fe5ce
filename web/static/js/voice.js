// Records in the browser. Without this file the page has a file field that does the same.
//
// The sound stays in this page until it is kept; then it goes to the portal in pieces. Each piece says where it begins. A
// piece that is sent again (its answer was lost) counts once; if something is missing, the portal says how much it has,
// and the sending goes on from there.

const box = document.querySelector("#recorder");
const part = (name) => box.querySelector(`[data-${name}]`);
const TYPES = ["audio/webm;codecs=opus", "audio/mp4", "audio/ogg;codecs=opus", "audio/webm"];
const QUIET_MS = 4000;

if (box && navigator.mediaDevices?.getUserMedia && window.MediaRecorder) {
  box.hidden = false;
  document.querySelector("#by-file").open = Boolean(document.querySelector("#sound-error"));
  start();
}

function start() {
  const most = Number(box.dataset.mostSeconds);
  let recorder, stream, watching, timer, sound, upload;

  const say = (name) => { part("say").textContent = name ? box.dataset[`text${name}`] : ""; };
  const show = (...names) => {
    for (const name of ["start", "stop", "keep", "again", "discard", "live", "preview", "progress"]) {
      part(name).hidden = !names.includes(name);
    }
  };
  const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;

  function letGo() {
    clearInterval(timer);
    watching?.close();
    stream?.getTracks().forEach((track) => track.stop());
    watching = stream = undefined;
  }

  // How loud it is just now, as a bar; and a word when nothing comes in at all.
  function watch() {
    const context = new AudioContext();
    const analyser = context.createAnalyser();
    analyser.fftSize = 1024;
    context.createMediaStreamSource(stream).connect(analyser);
    const samples = new Uint8Array(analyser.fftSize);
    let heard = performance.now();
    let off = false;
    const look = () => {
      if (off) return;
      analyser.getByteTimeDomainData(samples);
      const peak = samples.reduce((most, value) => Math.max(most, Math.abs(value - 128)), 0) / 128;
      part("level").style.inlineSize = `${Math.min(100, Math.round(Math.sqrt(peak) * 100))}%`;
      if (peak > 0.01) {
        if (performance.now() - heard > QUIET_MS) say("Recording");
        heard = performance.now();
      } else if (performance.now() - heard > QUIET_MS) say("Quiet");
      requestAnimationFrame(look);
    };
    look();
    return { close: () => { off = true; context.close(); } };
  }

  async function record() {
    throwAway();
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1, echoCancellation: true, noiseSuppression: true } });
    } catch {
      say("Denied");
      show("start");
      document.querySelector("#by-file").open = true;
      return;
    }
    const type = TYPES.find((one) => MediaRecorder.isTypeSupported(one));
    recorder = new MediaRecorder(stream, { audioBitsPerSecond: 48000, ...(type && { mimeType: type }) });
    const pieces = [];
    const recorded = recorder;
    recorder.addEventListener("dataavailable", (event) => { if (event.data.size) pieces.push(event.data); });
    recorder.addEventListener("stop", () => {
      letGo();
      if (recorded !== recorder) return;
      sound = new Blob(pieces, { type: recorded.mimeType });
      upload = crypto.randomUUID();
      part("preview").src = URL.createObjectURL(sound);
      show("preview", "keep", "again", "discard");
      say("Stopped");
      part("keep").focus();
    });
    // The microphone was taken away (a call came): what was said is still there.
    stream.getTracks()[0].addEventListener("ended", () => { if (recorded.state !== "inactive") recorded.stop(); });
    recorder.start(1000);
    const began = performance.now();
    const tick = () => {
      const left = Math.max(0, most - Math.floor((performance.now() - began) / 1000));
      part("left").textContent = clock(left);
      if (!left && recorded.state !== "inactive") recorded.stop();
    };
    tick();
    timer = setInterval(tick, 250);
    watching = watch();
    show("stop", "live");
    say("Recording");
    part("stop").focus();
  }

  function throwAway() {
    if (part("preview").src) URL.revokeObjectURL(part("preview").src);
    part("preview").removeAttribute("src");
    recorder = sound = upload = undefined;
  }

  const pause = (ms) => new Promise((done) => {
    const wake = () => { window.removeEventListener("online", wake); done(); };
    window.addEventListener("online", wake);
    setTimeout(wake, ms);
  });

  // The token of this page may have grown old while somebody spoke: a new page has a new one.
  async function newToken() {
    const page = new DOMParser().parseFromString(await (await fetch(location.pathname)).text(), "text/html");
    const token = page.querySelector("#file-form [name=csrf_token]")?.value;
    if (token) document.querySelector("#file-form [name=csrf_token]").value = token;
    return Boolean(token);
  }

  const post = (address, body) => fetch(address, {
    method: "POST",
    body,
    headers: { "X-CSRFToken": document.querySelector("#file-form [name=csrf_token]").value, "Content-Type": "application/octet-stream" },
  });

  // Asks until there is an answer: a lost connection, or a portal that is busy, is waited for.
  async function persist(address, body) {
    let renewed = false;
    for (let tries = 0; ; tries += 1) {
      let answer;
      try {
        answer = await post(address, body);
      } catch {
        say("Waiting");
        await pause(Math.min(15000, 500 * 2 ** Math.min(tries, 5)));
        continue;
      }
      const isOurs = answer.headers.get("Content-Type")?.startsWith("application/json");
      if (isOurs && ![429, 503].includes(answer.status)) {
        say("Sending");
        return { status: answer.status, ...(await answer.json()) };
      }
      if (answer.status === 400 && !renewed) {
        renewed = true;
        if (await newToken().catch(() => false)) continue;
      }
      if (![429, 502, 503, 504].includes(answer.status) || tries > 20) return { status: answer.status };
      say("Waiting");
      await pause(2000);
    }
  }

  async function keep() {
    show("progress");
    say("Sending");
    const size = Number(box.dataset.piece);
    const to = (name) => box.dataset[name].replace("UPLOAD", upload);
    let sent = 0;
    let answer;
    for (let round = 0; round < 3; round += 1) {
      while (sent < sound.size) {
        const piece = sound.slice(sent, sent + size);
        answer = await persist(`${to("pieceUrl")}?fra=${sent}`, piece);
        if (typeof answer.received !== "number") return failed(answer);
        sent = answer.received;
        document.querySelector("#progress").value = Math.round((sent / sound.size) * 100);
      }
      answer = await persist(`${to("finishUrl")}?av=${sound.size}`);
      if (answer.next) {
        location.assign(answer.next);
        // The list of recordings is the same page: it has to be loaded again.
        if (answer.next.split("#")[0] === location.pathname) location.reload();
        return;
      }
      if (typeof answer.received !== "number") return failed(answer);
      sent = answer.received;
    }
    failed({});
  }

  function failed(answer) {
    show("preview", "keep", "again", "discard");
    if (answer.text) part("say").textContent = answer.text;
    else say("Failed");
    part("say").scrollIntoView({ block: "nearest" });
  }

  part("start").addEventListener("click", record);
  part("again").addEventListener("click", record);
  part("stop").addEventListener("click", () => recorder.stop());
  part("keep").addEventListener("click", keep);
  part("discard").addEventListener("click", () => {
    throwAway();
    show("start");
    say("Discarded");
    part("start").focus();
  });
  // The page is left: nobody goes on listening.
  window.addEventListener("pagehide", letGo);
  show("start");
}
