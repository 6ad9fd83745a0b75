// Keys and small comforts; every page works without them.
"use strict";
(() => {
  const goes = { t: "/transactions", c: "/cases", e: "/estate", r: "/reconciliations", h: "/", o: "/ownership" };
  let going = false;
  let at = -1;

  const typing = (target) => target.closest("input, textarea, select, [contenteditable]") !== null;
  const rows = () => [...document.querySelectorAll("table[data-rows] tbody tr")];

  function mark(index) {
    const all = rows();
    if (all.length === 0) return;
    all.forEach((row) => row.removeAttribute("data-at"));
    at = Math.max(0, Math.min(index, all.length - 1));
    const row = all[at];
    row.setAttribute("data-at", "");
    const link = row.querySelector("th a, td a");
    if (link !== null) link.focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  }

  function act(key) {
    if (key === "/") return document.getElementById("find")?.focus();
    if (key === "j") return mark(at + 1);
    if (key === "k") return mark(at - 1);
    const row = rows()[at];
    if (row === undefined) return undefined;
    if (key === "o") return row.querySelector("th a, td a")?.click();
    if (key === "x") return row.querySelector("input[type=checkbox]")?.click();
    return undefined;
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    if (going) {
      going = false;
      if (goes[event.key]) window.location.assign(goes[event.key]);
      return;
    }
    if (event.key === "g") {
      going = true;
      window.setTimeout(() => { going = false; }, 1500);
    } else if ("/jkox".includes(event.key)) {
      event.preventDefault();
      act(event.key);
    }
  });

  // Times are written in UTC; whoever points at one is told the local time, too.
  document.addEventListener("mouseover", (event) => {
    const time = event.target.closest?.("time[datetime]");
    if (time && !time.dataset.local) {
      time.dataset.local = "yes";
      const local = new Date(time.dateTime).toLocaleString(undefined, { timeZoneName: "short" });
      time.title = `${time.title || time.textContent} · ${local}`;
    }
  });
})();
