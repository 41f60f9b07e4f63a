// The conversation in words: click one to hear it, the one being heard is lit.

import { el, told } from "./dom.js";
import { clock, labelName, t } from "./texts.js";

const DOUBTFUL = 0.4;

export class Transcript {
  constructor(root, actions) {
    this.root = root;
    this.actions = actions;
    this.handsOff = 0;
    root.addEventListener("click", (event) => this.clicked(event));
    for (const kind of ["wheel", "touchmove"]) {
      root.addEventListener(kind, () => (this.handsOff = Date.now()), { passive: true });
    }
  }

  load(call) {
    this.call = call;
    this.words = [];
    this.lit = null;
    this.turns = new Map();
    const rows = call.turns.map((turn) => [turn.start_ms, this.turn(turn)]);
    for (const hold of call.holds) rows.push([hold.start_ms, this.hold(hold)]);
    rows.sort((a, b) => a[0] - b[0]);
    this.root.replaceChildren(...rows.map((row) => row[1]));
    this.words.sort((a, b) => a.start - b.start);
    this.root.scrollTop = 0;
  }

  hold(hold) {
    const length = clock(hold.end_ms - hold.start_ms);
    return el("div", { class: "hold" }, `${t(`hold_${hold.kind}`)} · `, told(length));
  }

  turn(turn) {
    const evidence = evidenceIn(turn);
    const text = el("p", { dir: "auto" });
    for (const [index, [start, end, word, probability]] of turn.words.entries()) {
      const node = el("span", { class: "word" }, word);
      if (probability < DOUBTFUL) node.classList.add("doubtful");
      if (evidence.has(index)) node.classList.add("evidence");
      this.words.push({ start, end, node });
      text.append(node, " ");
    }
    if (!turn.words.length) text.append(turn.text);
    const article = el(
      "article", { class: `turn ${turn.role}`, dataset: { turn: turn.turn_index } },
      el("header", {},
        el("button", { class: "time", dir: "ltr", dataset: { seek: turn.start_ms } }, clock(turn.start_ms)),
        el("span", { class: "role" }, t(turn.role)),
        el("span", { class: "marks" }),
        el("button", { class: "add quiet", dataset: { add: turn.turn_index }, title: t("add") }, "+")),
      text,
    );
    this.turns.set(turn.turn_index, article);
    return article;
  }

  /** Show which turns carry flags, what was said of them, and which turn is selected. */
  mark(flags, selected) {
    for (const [index, article] of this.turns) {
      const own = flags.filter((flag) => flag.turn_index === index);
      article.classList.toggle("flagged", own.length > 0);
      article.classList.toggle("selected", index === selected);
      article.querySelector(".marks").replaceChildren(
        ...own.map((flag) =>
          el("span", { class: `mark ${flag.verdict ?? ""}` }, `${SIGNS[flag.verdict] ?? "⚑"} ${labelName(flag.new_label ?? flag.label)}`)),
      );
    }
  }

  reveal(index) {
    this.turns.get(index)?.scrollIntoView({ block: "center", behavior: "auto" });
  }

  /** Light the word at `ms`; while playing, keep it in sight unless the reader scrolled just now. */
  at(ms, playing) {
    const word = this.find(ms);
    if (word === this.lit) return;
    this.lit?.node.classList.remove("lit");
    this.lit = word;
    if (!word) return;
    word.node.classList.add("lit");
    if (!playing || Date.now() - this.handsOff < 5000) return;
    const box = word.node.getBoundingClientRect();
    const room = this.root.getBoundingClientRect();
    if (box.top < room.top + 40 || box.bottom > room.bottom - 40) {
      this.root.scrollTop += box.top - room.top - room.height / 3;
    }
  }

  find(ms) {
    let low = 0;
    let high = this.words.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.words[middle].start <= ms) low = middle + 1;
      else high = middle;
    }
    // Parties may speak at once: the newest word that is still being said.
    for (let i = low - 1; i >= Math.max(0, low - 4); i--) {
      if (this.words[i].end + 80 > ms) return this.words[i];
    }
    return null;
  }

  clicked(event) {
    const turn = event.target.closest(".turn");
    if (!turn) return;
    const index = Number(turn.dataset.turn);
    this.actions.selectTurn(index);
    const add = event.target.closest("[data-add]");
    const seek = event.target.closest("[data-seek]");
    if (add) this.actions.add();
    else if (seek) this.actions.playFrom(Number(seek.dataset.seek));
    else if (event.target.matches(".word")) {
      this.actions.playFrom(this.words.find((word) => word.node === event.target).start);
    }
  }
}

export const SIGNS = {
  confirmed: "✓", rejected: "✗", relabelled: "✎", added: "+", unsure: "?", noted: "✉",
};

/** The places of the words that are evidence: each piece of evidence is some words in a row. */
function evidenceIn(turn) {
  const words = turn.words.map((word) => bare(word[2]));
  const found = new Set();
  for (const piece of turn.flags.flatMap((flag) => flag.evidence)) {
    const wanted = piece.split(/\s+/).map(bare).filter(Boolean);
    for (let i = 0; i + wanted.length <= words.length; i++) {
      if (wanted.every((word, k) => words[i + k] === word)) wanted.forEach((_, k) => found.add(i + k));
    }
  }
  return found;
}

// Evidence and words may differ in punctuation and in the letters that normalization unifies.
const bare = (word) =>
  word.replace(/[^\p{L}\p{N}]/gu, "").replace(/[أإآ]/g, "ا").replace(/ة/g, "ه").replace(/ى/g, "ي");
