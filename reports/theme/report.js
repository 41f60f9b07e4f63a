"use strict";
// Sorting, filtering and playing. Without it the page shows everything, in the order of the report.
(() => {
  const collator = new Intl.Collator(document.documentElement.lang, { numeric: true, sensitivity: "base" });
  const words = document.body.dataset;

  // What readers write for the same letter: forms of alef, yaa and taa marbuta, marks, tatweel, digits.
  const folded = (text) => text.toLowerCase()
    .replace(/[\u064B-\u065F\u0670\u0640]/g, "").replace(/[أإآٱ]/g, "ا").replace(/ى/g, "ي").replace(/ة/g, "ه")
    .replace(/[٠-٩]/g, (digit) => String(digit.charCodeAt(0) - 0x660));

  const number = (text) => {
    const found = text.replace(/,/g, "").match(/[-+]?\d+(\.\d+)?/);
    return found ? Number(found[0]) : null;
  };
  const time = (text) => {
    const parts = text.match(/\d+/g);
    return parts ? parts.reduce((sum, part) => sum * 60 + Number(part), 0) : null;
  };
  const valueOf = (text, sort) => (sort === "number" ? number(text) : sort === "time" ? time(text) : text);
  const compare = (a, b) => (typeof a === "string" ? collator.compare(a, b) : a - b);
  const isUnknown = (text, value) => value === null || text === "–" || text === "";

  function sortBy(table, heading, update) {
    const descends = heading.getAttribute("aria-sort") === "ascending"
      || (!heading.hasAttribute("aria-sort") && heading.dataset.sort !== "text");
    const ascends = heading.getAttribute("aria-sort") === "descending" || !descends;
    for (const other of heading.parentElement.children) other.removeAttribute("aria-sort");
    heading.setAttribute("aria-sort", ascends ? "ascending" : "descending");
    const at = heading.cellIndex;
    const body = table.tBodies[0];
    const rows = [...body.rows].map((row) => {
      const text = row.cells[at].textContent.trim();
      const value = valueOf(text, heading.dataset.sort);
      return { row, value, unknown: isUnknown(text, value) };
    });
    // What is not known stays at the end, whichever way.
    rows.sort((a, b) => a.unknown - b.unknown || (a.unknown ? 0 : (ascends ? 1 : -1) * compare(a.value, b.value)));
    body.append(...rows.map((entry) => entry.row));
    update();
  }

  function makeSortable(table, update) {
    for (const heading of table.tHead.rows[0].cells) {
      if (!heading.dataset.sort) continue;
      // Not a button: Chromium leaves buttons out of the headings that it repeats on printed pages.
      const button = document.createElement("span");
      button.setAttribute("role", "button");
      button.tabIndex = 0;
      button.append(...heading.childNodes);
      heading.append(button);
      button.addEventListener("click", () => sortBy(table, heading, update));
      button.addEventListener("keydown", (event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        sortBy(table, heading, update);
      });
    }
  }

  // A row, or a card with turns in it: whether it has the value `wanted` of `key`.
  function has(item, key, wanted) {
    if (item.tagName === "TR") return item.cells[Number(key)].textContent.trim() === wanted;
    if (key !== "label") return item.getAttribute(`data-${key.replace(/_/g, "-")}`) === wanted;
    let any = false;
    for (const turn of item.querySelectorAll("[data-label]")) {
      turn.hidden = !turn.dataset.label.split("|").includes(wanted);
      any = any || !turn.hidden;
    }
    return any;
  }

  function makeList(listing) {
    const table = listing.querySelector("table");
    const parent = table ? table.tBodies[0] : listing.querySelector(".cards");
    if (!parent) return;
    const search = listing.querySelector("input");
    const selects = [...listing.querySelectorAll("select")];
    const more = listing.querySelector(".more");
    const output = listing.querySelector("output");
    const nothing = listing.querySelector(".nothing");
    const texts = new Map([...parent.children].map((item) => [item, folded(item.textContent)]));
    const total = parent.children.length;
    // Nobody should have to ask for one more row.
    const step = total <= Number(listing.dataset.step) + 3 ? total : Number(listing.dataset.step);
    let limit = step;

    function update() {
      const wanted = search ? folded(search.value).split(/\s+/).filter(Boolean) : [];
      const chosen = selects.filter((select) => select.value);
      let found = 0;
      for (const item of parent.children) {
        for (const turn of item.querySelectorAll("[data-label]")) turn.hidden = false;
        const fits = wanted.every((word) => texts.get(item).includes(word))
          && chosen.every((select) => has(item, select.dataset.key, select.value));
        if (fits) found += 1;
        item.hidden = !fits || found > limit;
      }
      more.hidden = found <= limit;
      more.textContent = words.more.replace("{n}", found.toLocaleString("en"));
      if (output) {
        output.textContent = words.shown
          .replace("{shown}", Math.min(found, limit).toLocaleString("en")).replace("{total}", total.toLocaleString("en"));
      }
      nothing.hidden = found > 0;
    }

    const restart = () => { limit = step; update(); };
    search?.addEventListener("input", restart);
    for (const select of selects) select.addEventListener("change", restart);
    more.addEventListener("click", () => { limit = Infinity; update(); });
    if (table) makeSortable(table, update);
    update();
  }

  function makePlayer(player) {
    const audio = player.querySelector("audio");
    const title = player.querySelector("bdi");
    let current = null;
    const stop = () => {
      current?.removeAttribute("aria-current");
      current = null;
    };
    document.addEventListener("click", (event) => {
      const link = event.target.closest("a.listen");
      if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      stop();
      current = link;
      link.setAttribute("aria-current", "true");
      title.textContent = link.dataset.of;
      player.hidden = false;
      audio.src = link.href;
      // The browser says in its own controls where a file cannot be played.
      audio.play().catch(() => {});
    });
    audio.addEventListener("ended", stop);
    player.querySelector("button").addEventListener("click", () => {
      audio.pause();
      player.hidden = true;
      current?.focus();
      stop();
    });
  }

  document.querySelectorAll(".listing").forEach(makeList);
  const player = document.getElementById("player");
  if (player) makePlayer(player);
})();
