// A page with data-stream is live: the server sends parts of it anew, rendered by
// the templates that rendered the page, and new lines of the log.
{
  const root = document.querySelector("[data-stream]");
  const announce = document.getElementById("announce");
  const note = document.getElementById("link-state");
  const title = document.title;
  const said = new Map();
  const held = new Map(); // parts that wait until a selection in them is gone
  let source = null;
  let over = false;
  let after = null; // last line of the log that is here

  const status = (text) => {
    note.hidden = !text;
    note.textContent = text;
  };

  // Says aloud what has changed, and leads to the app when it is ready.
  const notice = (first) => {
    for (const el of root.querySelectorAll("[data-say]")) {
      const key = el.dataset.session || "page";
      if (!first && said.get(key) !== el.dataset.say) announce.textContent = el.dataset.say;
      said.set(key, el.dataset.say);
    }
    const head = root.querySelector("[data-state]");
    if (!head) return;
    document.title = `${head.dataset.state}: ${title}`;
    const auto = document.getElementById("auto-open");
    if (!auto) return;
    if (head.dataset.state === "Stopping" || head.dataset.state === "Ended") {
      auto.closest("label").hidden = true;
    } else if (head.dataset.open && auto.checked) {
      auto.checked = false; // once
      history.replaceState(null, "", location.pathname);
      location.assign(head.dataset.open);
    }
  };

  const place = (el) => {
    if (el.id) return `#${CSS.escape(el.id)}`;
    if (el.matches("summary") && el.parentElement.id) return `#${CSS.escape(el.parentElement.id)} > summary`;
    if (el.matches("a[href]")) return `a[href="${CSS.escape(el.getAttribute("href"))}"]`;
    return null;
  };

  const replace = (part) => {
    const el = root.querySelector(`[data-live="${CSS.escape(part.id)}"]`);
    if (!el || el.dataset.rev === part.rev) return;
    const selection = getSelection();
    if (!selection.isCollapsed && el.contains(selection.anchorNode)) {
      held.set(part.id, part);
      return;
    }
    held.delete(part.id);
    const focus = el.contains(document.activeElement) ? place(document.activeElement) : null;
    const open = [...el.querySelectorAll("details[open][id]")].map((d) => d.id);
    el.innerHTML = part.html; // rendered and escaped by our own templates
    el.dataset.rev = part.rev;
    for (const id of open) document.getElementById(id)?.setAttribute("open", "");
    if (focus) el.querySelector(focus)?.focus({ preventScroll: true });
    el.dispatchEvent(new CustomEvent("berth:changed", { bubbles: true }));
    notice(false);
  };

  const log = document.getElementById("log");
  const follow = document.getElementById("follow");
  const toEnd = () => { log.scrollTop = log.scrollHeight; };
  const append = (lines) => {
    if (after !== null && lines.after <= after) return;
    after = lines.after;
    document.getElementById("log-none")?.remove();
    log.insertAdjacentHTML("beforeend", lines.html);
    while (log.childElementCount > 3000) log.firstElementChild.remove();
    log.dispatchEvent(new CustomEvent("berth:changed", { bubbles: true }));
    if (follow.checked) toEnd();
  };
  if (log) {
    toEnd();
    follow.addEventListener("change", () => { if (follow.checked) toEnd(); });
    let size = log.clientHeight + ":" + log.clientWidth;
    log.addEventListener("scroll", () => {
      const now = log.clientHeight + ":" + log.clientWidth;
      if (now !== size) { // the window moved the text, not the reader
        size = now;
        if (follow.checked) toEnd();
        return;
      }
      follow.checked = log.scrollHeight - log.scrollTop - log.clientHeight < 24;
    }, { passive: true });
  }

  const connect = () => {
    if (source || over) return;
    const url = new URL(root.dataset.stream, location.href);
    if (after === null && url.searchParams.has("after")) after = Number(url.searchParams.get("after"));
    if (after !== null) url.searchParams.set("after", after);
    source = new EventSource(url);
    source.addEventListener("open", () => status(""));
    source.addEventListener("part", (e) => replace(JSON.parse(e.data)));
    source.addEventListener("log", (e) => append(JSON.parse(e.data)));
    source.addEventListener("end", () => { over = true; disconnect(); });
    source.addEventListener("error", () => {
      const closed = source.readyState === EventSource.CLOSED;
      status(closed ? "Live updates have stopped. Reload the page." : "Reconnecting …");
      if (closed) disconnect();
    });
  };
  const disconnect = () => { source?.close(); source = null; };

  if (root) {
    notice(true);
    over = "over" in root.dataset;
    connect();
    document.addEventListener("selectionchange", () => {
      if (getSelection().isCollapsed) for (const part of [...held.values()]) replace(part);
    });
    // A browser has few connections for one site. A page that nobody looks at
    // gives its own back, unless somebody waits on it.
    document.addEventListener("visibilitychange", () => {
      const waits = root.querySelector("[data-state=Requested], [data-state=Queued], [data-state=Starting]");
      if (!document.hidden) connect();
      else if (!waits) disconnect();
    });
    addEventListener("pagehide", disconnect);
    addEventListener("pageshow", (e) => { if (e.persisted) connect(); });
  }
}
