// A page that waits says so where it is not looked at: in its icon, and with a
// notification if the reader asked for one. The choice is kept for the session.
{
  const root = document.querySelector("[data-icon-wait]");
  const button = document.getElementById("tell");
  const key = root ? `tell:${root.dataset.stream?.split("?")[0]}` : "";
  const can = "Notification" in window && isSecureContext;
  let last = null;

  const asked = () => {
    try {
      return can && Notification.permission === "granted" && sessionStorage.getItem(key) === "1";
    } catch { // storage may be forbidden
      return false;
    }
  };
  const show = () => {
    if (!button) return;
    button.hidden = !can || last === "Ready" || last === "Ended" || last === "Stopping";
    button.disabled = can && Notification.permission === "denied";
    button.setAttribute("aria-pressed", asked());
    const words = button.querySelector("span");
    words.textContent = button.disabled ? "Your browser does not allow notifications" : asked() ? "You will be told when it is ready" : "Tell me when it is ready";
  };
  const look = () => {
    const head = root.querySelector("[data-state]");
    const state = head?.dataset.state;
    if (!state || state === last) return;
    const news = last !== null && (state === "Ready" || state === "Ended");
    last = state;
    const icon = { Ready: root.dataset.iconReady, Ended: root.dataset.iconEnded }[state] || root.dataset.iconWait;
    document.querySelector("link[rel=icon]").href = icon;
    if (news && asked() && !(document.hasFocus() && !document.hidden)) {
      const n = new Notification(`${root.dataset.title}: ${state === "Ready" ? "ready" : "ended"}`, { body: head.dataset.say, icon, tag: key });
      n.addEventListener("click", () => { window.focus(); n.close(); });
    }
    show();
  };

  if (root) {
    button?.addEventListener("click", async () => {
      const on = asked();
      if (!on && await Notification.requestPermission() !== "granted") return show();
      try { sessionStorage.setItem(key, on ? "0" : "1"); } catch { /* only this page then */ }
      show();
    });
    look();
    root.addEventListener("berth:changed", look);
  }
}
