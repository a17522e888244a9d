// Small things of every page.
{
  // Light and dark: the choice is a cookie, so that the server renders it.
  document.addEventListener("click", (e) => {
    if (!e.target.closest("[data-theme-toggle]")) return;
    const root = document.documentElement;
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
    const secure = location.protocol === "https:" ? "; Secure" : "";
    document.cookie = `theme=${root.dataset.theme}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
  });

  // Menus close by a click elsewhere, by Escape, and when another one opens.
  const menus = () => document.querySelectorAll("details.menu[open], details.confirm[open]");
  document.addEventListener("click", (e) => {
    for (const menu of menus()) if (!menu.contains(e.target)) menu.removeAttribute("open");
  });
  document.addEventListener("keydown", (e) => {
    if (e.key !== "Escape") return;
    for (const menu of menus()) {
      menu.removeAttribute("open");
      menu.querySelector("summary").focus();
    }
  });

  // A form is sent once, however often its button is pressed.
  document.addEventListener("submit", (e) => {
    if (e.target.method !== "post") return;
    if (e.target.dataset.sent) {
      e.preventDefault();
      return;
    }
    e.target.dataset.sent = "1";
    for (const button of e.target.querySelectorAll("button:not([type=button])")) button.disabled = true;
  });
  addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) {
      delete form.dataset.sent;
      for (const button of form.querySelectorAll("button:not([type=button])")) button.disabled = false;
    }
  });

  document.addEventListener("click", async (e) => {
    const button = e.target.closest("[data-copy]");
    if (!button) return;
    const source = document.getElementById(button.dataset.copy);
    const words = button.querySelector("span");
    try {
      await navigator.clipboard.writeText(source.textContent);
      words.textContent = "Copied";
    } catch { // without https there is no clipboard: select it instead
      getSelection().selectAllChildren(source);
      words.textContent = "Press Ctrl+C";
    }
  });
  // Where the server says what is wrong, the reader goes there first.
  document.querySelector("[role=alert][tabindex]")?.focus();

  // A page that stands in for an app asks until the app is there.
  if (document.querySelector("[data-retry]")) {
    const again = async () => {
      try {
        const answer = await fetch(location.href, { headers: { Accept: "text/html" }, redirect: "manual" });
        if (![502, 503, 504].includes(answer.status)) return location.reload();
      } catch { /* the gateway is away, too */ }
      setTimeout(again, 3000);
    };
    setTimeout(again, 3000);
  }
}
