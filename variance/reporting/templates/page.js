"use strict";
// What only makes reading easier: a theme, sorting, and quick tooltips. Everything is there without.
(() => {
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const theme = document.getElementById("theme");
  const isDark = () => (root.dataset.theme || (dark.matches ? "dark" : "light")) === "dark";
  const name = () => { theme.textContent = isDark() ? "Light theme" : "Dark theme"; };
  theme.addEventListener("click", () => { root.dataset.theme = isDark() ? "light" : "dark"; name(); });
  dark.addEventListener("change", name);
  theme.hidden = false;
  name();

  const number = (text) => {
    const found = text.replaceAll(",", "").match(/[-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?/);
    return found ? Number(found[0]) : NaN;
  };
  const compare = (a, b) => {
    const [x, y] = [number(a), number(b)];
    if (Number.isNaN(x) && Number.isNaN(y)) return a.localeCompare(b);
    if (Number.isNaN(x) || Number.isNaN(y)) return Number.isNaN(x) ? 1 : -1;
    return x - y || a.localeCompare(b);
  };
  const sort = (table, column, head) => {
    const rising = head.getAttribute("aria-sort") !== "ascending";
    for (const other of head.parentElement.children) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", rising ? "ascending" : "descending");
    const body = table.tBodies[0];
    const text = (row) => row.cells[column].textContent.trim();
    const rows = [...body.rows].sort((a, b) => (rising ? 1 : -1) * compare(text(a), text(b)));
    body.append(...rows);
  };
  for (const table of document.querySelectorAll("table.sortable")) {
    [...table.tHead.rows[0].cells].forEach((head, column) => {
      if (head.tagName !== "TH") return;
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      button.addEventListener("click", () => sort(table, column, head));
      head.append(button);
    });
  }

  // The browser's own tooltips come late and never to fingers: show what they say at once.
  const tip = document.createElement("div");
  tip.id = "tip";
  tip.hidden = true;
  tip.setAttribute("aria-hidden", "true");
  document.body.append(tip);
  let held = null;
  const release = () => {
    if (held) held.title.textContent = held.text;
    held = null;
    tip.hidden = true;
  };
  const marked = (target, drawing) => {
    for (let at = target; at && at !== drawing; at = at.parentElement) {
      const title = at.querySelector(":scope > title");
      if (title) return title;
    }
    return null;
  };
  document.addEventListener("pointerover", (event) => {
    release();
    const drawing = event.target.closest(".drawing svg");
    const title = drawing && marked(event.target, drawing);
    if (!title || !title.textContent) return;
    held = { title, text: title.textContent };
    tip.textContent = held.text;
    title.textContent = "";
    tip.hidden = false;
    const { width, height } = tip.getBoundingClientRect();
    tip.style.left = `${Math.max(4, Math.min(event.clientX + 12, innerWidth - width - 8))}px`;
    tip.style.top = `${event.clientY > height + 24 ? event.clientY - height - 12 : event.clientY + 16}px`;
  });
  addEventListener("scroll", release, { passive: true });
})();
