// Passkeys: the forms are hidden until this runs, and stay hidden where the browser has none.

const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, "-")
    .replace(/\//g, "_")
    .replace(/=+$/, "");
const known = (keys) => (keys || []).map((key) => ({ ...key, id: bytes(key.id) }));

const create = async (options) => {
  const made = await navigator.credentials.create({
    publicKey: {
      ...options,
      challenge: bytes(options.challenge),
      user: { ...options.user, id: bytes(options.user.id) },
      excludeCredentials: known(options.excludeCredentials),
    },
  });
  return {
    attestationObject: text(made.response.attestationObject),
    clientDataJSON: text(made.response.clientDataJSON),
    credential: made,
  };
};

const get = async (options) => {
  const found = await navigator.credentials.get({
    publicKey: { ...options, challenge: bytes(options.challenge), allowCredentials: known(options.allowCredentials) },
  });
  const { authenticatorData, clientDataJSON, signature, userHandle } = found.response;
  return {
    authenticatorData: text(authenticatorData),
    clientDataJSON: text(clientDataJSON),
    signature: text(signature),
    userHandle: userHandle ? text(userHandle) : null,
    credential: found,
  };
};

if (window.PublicKeyCredential && navigator.credentials) {
  for (const missing of document.querySelectorAll("[data-passkey-missing]")) missing.hidden = true;
  for (const form of document.querySelectorAll("form[data-passkey]")) {
    form.hidden = false;
    const failed = form.querySelector("[data-failed]");
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      failed.hidden = true;
      try {
        const answer = await fetch(form.dataset.start, {
          method: "POST",
          headers: { "X-CSRFToken": form.elements.csrf_token.value },
        });
        if (answer.redirected) {
          location.assign(answer.url); // the password is asked for first
          return;
        }
        if (!answer.ok) throw new Error("start");
        const options = await answer.json();
        const { credential, ...response } = await (form.dataset.passkey === "create" ? create : get)(options);
        form.elements.credential.value = JSON.stringify({
          id: credential.id,
          rawId: text(credential.rawId),
          type: credential.type,
          clientExtensionResults: {},
          response,
        });
        form.submit();
      } catch {
        failed.hidden = false;
        failed.setAttribute("role", "alert");
      }
    });
  }
}
