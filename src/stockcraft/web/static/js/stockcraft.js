/* What pages gain from script: current times, live progress, dialogs, toasts, keys. Every action works without it. */
(() => {
  "use strict";
  const body = document.body;
  const words = JSON.parse(body.dataset.words || "{}");
  const language = document.documentElement.lang === "fr" ? "fr" : "en-GB";
  // The server's clock counts, not this machine's.
  const behind = Date.parse(body.dataset.now) - Date.now();
  const now = () => Date.now() + behind;
  const all = (selector, root = document) => root.querySelectorAll(selector);
  const fill = (sentence, values) => sentence.replace(/%\((\w+)\)s/g, (_, name) => values[name]);

  /* --- Times ------------------------------------------------------------------------------------------------- */
  function ago(then) {
    const minutes = Math.floor((now() - then) / 60000);
    if (minutes < 1) return words.now;
    if (minutes < 60) return fill(words.minutes, { n: minutes });
    if (minutes < 1440) return fill(words.hours, { n: Math.floor(minutes / 60) });
    if (minutes < 2880) return words.yesterday;
    return minutes < 10080 ? fill(words.days, { n: Math.floor(minutes / 1440) }) : null;
  }
  function until(then) {
    const minutes = Math.ceil((then - now()) / 60000);
    if (minutes < 1) return words.starting;
    if (minutes < 60) return fill(words.inMinutes, { m: minutes });
    return minutes < 2880 ? fill(words.inHours, { h: Math.floor(minutes / 60), m: minutes % 60 }) : null;
  }
  function here(then) {
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
    if (zone === "UTC" || zone === "Etc/UTC") return "";
    const write = (timeZone, options) => new Intl.DateTimeFormat(language, { timeZone, ...options }).format(then);
    const day = { weekday: "short", day: "numeric", month: "short" };
    const time = write(zone, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
    const city = zone.split("/").pop().replaceAll("_", " ");
    const same = write(zone, day) === write("UTC", day);
    return "· " + fill(same ? words.there : words.dayThere, { day: write(zone, day), time, city });
  }
  function setText(element, text) {
    if (text !== null && element.textContent !== text) element.textContent = text;
  }
  function refreshTimes() {
    all("time[data-ago]").forEach((element) => setText(element, ago(Date.parse(element.dateTime))));
    all("time[data-until]").forEach((element) => setText(element, until(Date.parse(element.dateTime))));
    all("[data-local]").forEach((element) => setText(element, here(Date.parse(element.dataset.local))));
  }
  refreshTimes();
  setInterval(refreshTimes, 20000);

  if (body.dataset.zoneTo) {
    const form = new FormData();
    form.set("timezone", Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC");
    fetch(body.dataset.zoneTo, { method: "POST", body: form, headers: { "X-CSRFToken": body.dataset.token } }).catch(() => {});
  }

  /* --- Live parts -------------------------------------------------------------------------------------------- */
  const announcer = document.getElementById("announce");
  let announced = "";
  function announce(text) {
    if (!text || text === announced) return;
    announced = text;
    announcer.textContent = text;
  }
  let missed = 0;
  function lost(yes) {
    let banner = document.getElementById("lost");
    if (!yes) return banner && banner.remove();
    if (banner) return undefined;
    banner = document.createElement("div");
    banner.id = "lost";
    banner.className = "banner warn";
    banner.setAttribute("role", "alert");
    banner.innerHTML = "<div class=text><p></p></div>";
    banner.querySelector("p").textContent = yes;
    return document.querySelector(".page").prepend(banner);
  }
  const isPoll = (event) => event.detail.elt.matches("[data-live]");
  body.addEventListener("htmx:beforeRequest", (event) => {
    if (isPoll(event) && document.hidden) event.preventDefault();
  });
  body.addEventListener("htmx:afterSwap", () => {
    missed = 0;
    lost(false);
    refreshTimes();
    all("[data-announce]").forEach((element) => announce(element.dataset.announce));
    all(".toast").forEach(expire);
  });
  function failed(event) {
    if (isPoll(event)) {
      missed += 1;
      if (missed >= 3) lost(words.lost);
      return;
    }
    const box = event.detail.elt.querySelector("input[role=switch]");
    if (box) box.checked = !box.checked;
    lost(words.notSaved);
  }
  body.addEventListener("htmx:sendError", failed);
  body.addEventListener("htmx:responseError", failed);
  all("[data-announce]").forEach((element) => announce(element.dataset.announce));

  /* --- Toasts ------------------------------------------------------------------------------------------------ */
  function expire(toast) {
    if (toast.dataset.timed) return;
    toast.dataset.timed = "yes";
    let timer;
    // One that offers an undo stays until it is used or dismissed.
    const start = () => toast.querySelector("form") || (timer = setTimeout(() => toast.remove(), 6000));
    const stop = () => clearTimeout(timer);
    toast.addEventListener("pointerenter", stop);
    toast.addEventListener("pointerleave", start);
    toast.addEventListener("focusin", stop);
    toast.addEventListener("focusout", start);
    announce(toast.querySelector("span").textContent);
    start();
  }
  all(".toast").forEach(expire);

  /* --- Dialogs, menus, fields -------------------------------------------------------------------------------- */
  all("dialog[open]").forEach((dialog) => {
    dialog.close();
    dialog.showModal();
  });
  document.addEventListener("click", (event) => {
    const target = event.target.closest("[data-dialog],[data-close],[data-dismiss],[data-show]");
    all("details.menu[open]").forEach((menu) => menu.contains(event.target) || menu.removeAttribute("open"));
    if (!target) return;
    const { dialog, close, dismiss, show } = target.dataset;
    if (dialog !== undefined && document.getElementById(dialog)) {
      event.preventDefault();
      document.getElementById(dialog).showModal();
    } else if (close !== undefined) {
      event.preventDefault();
      target.closest("dialog").close();
    } else if (dismiss !== undefined) {
      target.closest(".toast").remove();
    } else if (show !== undefined) {
      const field = document.getElementById(show);
      const shown = field.type === "text";
      field.type = shown ? "password" : "text";
      target.setAttribute("aria-pressed", String(!shown));
    }
  });
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, textarea, select, [contenteditable]");
    const search = document.querySelector("input[type=search]");
    if (event.key === "/" && !typing && search && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      search.focus();
      search.select();
    }
    if (event.key === "Escape") {
      all("details.menu[open]").forEach((menu) => {
        menu.removeAttribute("open");
        menu.querySelector("summary").focus();
      });
    }
  });
  // A picture that does not load uncovers the drawn one behind it.
  document.addEventListener("error", (event) => event.target.matches?.(".picture img") && event.target.remove(), true);
  // Those that failed before this script ran will not say so again.
  document.querySelectorAll(".picture img").forEach((img) => img.complete && !img.naturalWidth && img.remove());
  document.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (button?.matches("[aria-disabled=true]")) event.preventDefault();
  });

  const problem = document.querySelector("[data-focus]");
  if (problem) problem.focus();
})();
