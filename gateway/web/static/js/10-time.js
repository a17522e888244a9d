"use strict";
// Times in the reader's own zone and words, kept current. The words are those of
// words.go.
{
  const span = (ms) => {
    const s = Math.floor(Math.abs(ms) / 1000), m = Math.floor(s / 60), h = Math.floor(m / 60);
    if (s < 60) return `${s} s`;
    if (m < 60) return `${m} min`;
    if (h < 24) return m % 60 ? `${h} h ${m % 60} min` : `${h} h`;
    return h % 24 ? `${Math.floor(h / 24)} d ${h % 24} h` : `${h / 24} d`;
  };
  const minutes = (ms) => span(Math.floor(ms / 60000) * 60000);
  const time = { hour: "2-digit", minute: "2-digit" };
  const say = {
    clock(at, now) {
      if (at.toDateString() === now.toDateString()) return at.toLocaleTimeString([], time);
      return at.toLocaleString([], { day: "numeric", month: "short", ...time });
    },
    second: (at) => at.toLocaleTimeString([], { ...time, second: "2-digit" }),
    date: (at) => at.toLocaleDateString([], { day: "numeric", month: "short", year: "numeric" }),
    ago(at, now) {
      const unit = [86400000, 3600000, 60000].find((u) => now - at >= u);
      return unit ? `${span(Math.floor((now - at) / unit) * unit)} ago` : "just now";
    },
    since: (at, now) => (now - at < 60000 ? "less than 1 min" : minutes(now - at)),
    left: (at, now) => (at - now >= 60000 ? minutes(at - now) : at > now ? "less than 1 min" : "0 min"),
  };

  const tick = (within = document) => {
    const now = new Date();
    for (const el of within.querySelectorAll("time[data-t]")) {
      const at = new Date(el.dateTime), words = say[el.dataset.t];
      if (!words || isNaN(at)) continue;
      const text = words(at, now);
      if (el.textContent !== text) el.textContent = text;
      if (!el.title) el.title = at.toLocaleString();
    }
    for (const el of within.querySelectorAll("[data-left]")) {
      const from = el.dataset.from * 1000, until = el.dataset.until * 1000;
      const share = Math.min(1, Math.max(0, (until - now) / (until - from)));
      el.querySelector("rect").setAttribute("width", (share * 100).toFixed(2));
      const tone = until - now < 300000 ? "bad" : until - now < 900000 ? "warn" : "good";
      el.classList.remove("good", "warn", "bad");
      el.classList.add(tone);
    }
  };

  tick();
  setInterval(tick, 5000);
  document.addEventListener("berth:changed", (e) => tick(e.target));
}
