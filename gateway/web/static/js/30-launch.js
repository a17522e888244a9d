// The form that asks for a session follows the chosen partition: which GPUs
// there are, how much of each thing, and what is asked for in a few words. The
// server checks everything again.
{
  const form = document.querySelector("[data-launch]");
  if (form) {
    const field = (name) => form.elements[name];
    const G = 2 ** 30;

    const bytes = (text) => {
      const m = /^\s*(\d+(?:\.\d+)?)\s*([kmgt]?)(?:i?b)?\s*$/i.exec(text);
      return m ? m[1] * 1024 ** " kmgt".indexOf(m[2].toLowerCase() || " ") : null;
    };
    const seconds = (text) => {
      text = text.trim().toLowerCase();
      let m = /^(?:(\d+)-)?(\d+):(\d+)(?::(\d+))?$/.exec(text);
      if (m) return (m[1] || 0) * 86400 + m[2] * 3600 + m[3] * 60 + Number(m[4] || 0);
      m = /^(?:(\d+)d)?(?:(\d+(?:\.\d+)?)h)?(?:(\d+)m)?(?:(\d+)s)?$/.exec(text);
      return m && text ? (m[1] || 0) * 86400 + (m[2] || 0) * 3600 + (m[3] || 0) * 60 + Number(m[4] || 0) : null;
    };
    const amount = (n) => {
      const units = ["B", "KB", "MB", "GB", "TB"];
      let i = 0;
      while (n >= 1024 && i < 4) { n /= 1024; i++; }
      return `${+n.toFixed(1)} ${units[i]}`;
    };
    const lasting = (s) => {
      const d = Math.floor(s / 86400), h = Math.floor((s % 86400) / 3600), m = Math.floor((s % 3600) / 60);
      return [d && `${d} d`, h && `${h} h`, m && `${m} min`].filter(Boolean).join(" ") || "0 min";
    };
    const limits = () => {
      const chosen = form.querySelector("input[name=queue]:checked");
      const data = chosen?.closest("label").querySelector("[data-limits]");
      return data ? JSON.parse(data.dataset.limits) : null;
    };
    const show = (name, text) => { form.querySelector(`[data-sum="${name}"]`).textContent = text; };
    const hint = (name, text, over) => {
      const el = form.querySelector(`[data-hint="${name}"]`);
      el.textContent = text;
      el.classList.toggle("over", Boolean(over));
    };

    // What there is of something, and what the person may have of it: the less of
    // the two, and what to say about it.
    const bound = (most, cap, show) => {
      if (cap && cap.most <= 0) return { most: 0, words: `None now: ${cap.why}`, any: true };
      if (cap && (!most || cap.most < most)) return { most: cap.most, words: `Up to ${show(cap.most)} (${cap.why})`, any: true };
      return { most, words: "", any: Boolean(most) };
    };

    // What the partition has of GPUs of the chosen type: most on one node, free, all.
    const gpusOf = (lim, type) => lim.gpus.filter((g) => !type || g.type === type).reduce(
      (sum, g) => ({ most: Math.max(sum.most, g.most), free: sum.free + g.free, total: sum.total + g.total }),
      { most: 0, free: 0, total: 0 });

    const followGPUs = (lim) => {
      const has = !lim || lim.gpus.length > 0;
      for (const box of form.querySelectorAll("[data-gpu]")) {
        box.hidden = !has;
        for (const input of box.querySelectorAll("input")) input.disabled = !has;
      }
      if (!lim) return;
      const radios = [...form.querySelectorAll("input[name=gpu_type]")];
      const thereIs = (type) => lim.gpus.some((g) => g.type === type);
      const capOf = (type) => lim.caps[type ? `gpus/${type}` : "gpus"];
      const left = (type) => !(capOf(type)?.most <= 0);
      for (const radio of radios) {
        const there = !radio.value || thereIs(radio.value);
        const cap = capOf(radio.value);
        const none = !left(radio.value);
        radio.closest("label").hidden = !there;
        radio.disabled = !has || none;
        radio.closest("label").title = none ? cap.why : "";
        if ((!there || none) && radio.checked) radio.checked = false;
      }
      // Any GPU is asked for unless that cannot be had: then the first that can.
      if (!radios.some((r) => r.checked)) {
        (radios.find((r) => (!r.value || thereIs(r.value)) && left(r.value)) ?? radios[0]).checked = true;
      }
    };

    // Apps that may not be started in the chosen partition.
    const followApps = (lim) => {
      for (const radio of form.querySelectorAll("input[name=app]")) {
        const off = Boolean(lim?.apps) && !lim.apps.includes(radio.value);
        radio.closest("label").classList.toggle("off", off);
        radio.closest("label").title = off ? `Not in ${lim.name}` : "";
      }
    };

    const bounds = { gpus: { least: 0, most: Infinity }, cpus: { least: 1, most: Infinity } };
    const followButtons = () => {
      for (const [name, b] of Object.entries(bounds)) {
        const input = field(name), n = Number(input.value) || 0;
        for (const button of input.parentElement.querySelectorAll("[data-step]")) {
          button.disabled = input.disabled || (button.dataset.step < 0 ? n <= b.least : n >= b.most);
        }
      }
    };

    const presets = (name, options) => {
      const input = field(name);
      let row = input.parentElement.querySelector(".quick-values");
      if (!row) {
        row = document.createElement("div");
        row.className = "quick-values";
        input.after(row);
        row.addEventListener("click", (e) => {
          const button = e.target.closest("button");
          if (!button) return;
          input.value = button.value;
          follow();
        });
      }
      const key = options.map((o) => o.value).join();
      if (row.dataset.key !== key) {
        row.dataset.key = key;
        row.replaceChildren(...options.map((o) => {
          const button = document.createElement("button");
          Object.assign(button, { type: "button", className: "chip-button", value: o.value, textContent: o.text });
          return button;
        }));
      }
      for (const button of row.children) button.setAttribute("aria-pressed", String(button.value === input.value.trim()));
    };

    const follow = () => {
      const lim = limits();
      followGPUs(lim);
      followApps(lim);
      const chosen = form.querySelector("input[name=queue]:checked")?.value;
      for (const part of form.querySelectorAll("[data-allowances]")) part.hidden = Boolean(chosen) && part.dataset.allowances !== chosen;
      const type = form.querySelector("input[name=gpu_type]:checked")?.value || "";
      const gpu = lim ? gpusOf(lim, type) : null;
      const gpus = lim && !lim.gpus.length ? 0 : Number(field("gpus").value) || 0;
      const cpus = Number(field("cpus").value) || 0;
      const memory = bytes(field("memory").value), time = seconds(field("time_limit").value);
      const lasts = time ?? (lim?.defTime && !field("time_limit").value ? lim.defTime : null);
      const may = lim && {
        gpus: bound(gpu.most, lim.caps[`gpus/${type}`] || lim.caps.gpus, String),
        cpus: bound(lim.cpus, lim.caps.cpus, String),
        memory: bound(lim.memory, lim.caps.memory, amount),
        time: bound(lim.maxTime, lim.caps.time_limit, lasting),
      };
      bounds.gpus.most = may ? may.gpus.most : Infinity;
      bounds.cpus.most = may?.cpus.any ? may.cpus.most : Infinity;
      followButtons();

      if (lim) {
        hint("gpus", may.gpus.words || `Up to ${gpu.most} on one node`, gpus > may.gpus.most);
        hint("cpus", may.cpus.words || (lim.cpus ? `Up to ${lim.cpus} on one node` : ""), may.cpus.any && cpus > may.cpus.most);
        hint("memory", may.memory.words || (lim.memory ? `Up to ${amount(lim.memory)} on one node; like 16G` : "Like 16G or 512M"), may.memory.any && memory > may.memory.most);
        hint("time_limit", may.time.words || (lim.maxTime ? `Up to ${lasting(lim.maxTime)}; like 4h, 1h30m or 2d` : "Like 4h, 1h30m or 2d"), may.time.any && lasts > may.time.most);
      }
      presets("memory", [4, 8, 16, 32, 64, 128].filter((n) => !may?.memory.any || n * G <= may.memory.most)
        .map((n) => ({ value: `${n}G`, text: `${n} GB` })));
      presets("time_limit", [["1h", 3600], ["2h", 7200], ["4h", 14400], ["8h", 28800], ["1d", 86400], ["2d", 172800]]
        .filter(([, s]) => !may?.time.any || s <= may.time.most).map(([value, s]) => ({ value, text: lasting(s) })));

      show("app", form.querySelector("input[name=app]:checked")?.dataset.name || "");
      show("queue", lim ? lim.name : "not chosen");
      show("gpus", gpus ? `${gpus} × ${type || "any type"}` : "none");
      show("cpus", String(cpus || ""));
      show("memory", memory ? amount(memory) : field("memory").value || "default");
      show("time_limit", lasts ? lasting(lasts) : field("time_limit").value || "default");
      const words = [];
      if (gpus && gpu) words.push(`${gpu.free} of ${gpu.total} ${type || "GPUs"} free now.`);
      for (const b of lim?.budgets ?? []) {
        if (!gpus || (b.type && type && b.type !== type)) continue;
        const uses = lasts ? gpus * lasts : 0;
        words.push(`${uses > b.left ? "Too much: " : ""}it may use ${+(uses / 3600).toFixed(1)} GPU-hours; ${b.why}.`);
        break;
      }
      if (lasts) {
        const end = new Date(Date.now() + lasts * 1000);
        const same = end.toDateString() === new Date().toDateString();
        words.push(`Started now, it would end ${same ? "at" : ""} ${end.toLocaleString([], {
          ...(same ? {} : { weekday: "short", day: "numeric", month: "short" }), hour: "2-digit", minute: "2-digit" })}.`.replace("  ", " "));
      }
      show("note", words.join(" "));
    };

    form.addEventListener("click", (e) => {
      const button = e.target.closest("[data-step]");
      if (!button) return;
      const input = button.parentElement.querySelector("input"), b = bounds[input.name];
      input.value = Math.min(Math.max((Number(input.value) || 0) + Number(button.dataset.step), b.least), b.most);
      follow();
    });
    form.addEventListener("keydown", (e) => {
      const b = bounds[e.target.name], by = { ArrowUp: 1, ArrowDown: -1 }[e.key];
      if (!b || !by) return;
      e.preventDefault();
      e.target.value = Math.min(Math.max((Number(e.target.value) || 0) + by, b.least), b.most);
      follow();
    });
    form.addEventListener("input", (e) => {
      // What was wrong with a field is not said of its new value.
      e.target.removeAttribute("aria-invalid");
      for (const fault of e.target.closest(".field")?.querySelectorAll(".fault") ?? []) fault.remove();
      follow();
    });
    form.addEventListener("change", (e) => {
      // Somebody who goes where the GPUs are wants one.
      if (e.target.name === "queue" && limits()?.gpus.length && !Number(field("gpus").value)) field("gpus").value = 1;
      follow();
    });
    document.addEventListener("berth:changed", (e) => { if (form.contains(e.target)) follow(); });
    follow();
  }
}
