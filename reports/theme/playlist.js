"use strict";
// Plays the excerpts one after the other. Without it the page shows all of them, with links to the files.
(() => {
  const PAUSE_BETWEEN_MS = 1200, STEP_S = 3;
  const get = (id) => document.getElementById(id);
  const sound = get("sound"), seek = get("seek"), list = get("list"), body = document.body;
  const articles = [...document.querySelectorAll("article")];
  if (!articles.length) return;

  const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
  const make = (tag, name, text) => {
    const element = document.createElement(tag);
    element.className = name;
    element.textContent = text;
    element.dir = "auto";
    return element;
  };

  const items = articles.map((article) => {
    const words = [...article.querySelectorAll(".w")].map((element) => (
      { element, start: Number(element.dataset.s) / 1000, end: Number(element.dataset.e) / 1000, line: element.closest(".said") }
    ));
    const button = document.createElement("button");
    button.type = "button";
    const title = make("span", "kind-text", [...article.querySelectorAll(".chip")].map((chip) => chip.textContent).join(" · "));
    const long = make("bdi", "long", article.querySelector(".length").textContent);
    const moment = article.querySelector(".moment .text");
    title.removeAttribute("dir");
    button.append(make("span", "nr", article.querySelector(".number").textContent), title, long,
      make("span", "first", moment ? moment.textContent.trim() : ""));
    const entry = document.createElement("li");
    entry.append(button);
    list.append(entry);
    const item = { article, words, button, entry, moment: Number(article.dataset.moment) / 1000 };
    button.addEventListener("click", () => { show(item); play(); });
    return item;
  });
  get("count").textContent = String(items.length);

  let current = null, waiting = 0, frame = 0;
  const chosen = () => items.filter((item) => !item.entry.hidden);

  const show = (item) => {
    clearTimeout(waiting);
    for (const other of items) {
      other.article.hidden = other !== item;
      if (other === item) other.button.setAttribute("aria-current", "true");
      else other.button.removeAttribute("aria-current");
    }
    if (current) light(current, -1);
    current = item;
    get("trouble").hidden = true;
    sound.src = item.article.dataset.src;
    sound.playbackRate = Number(get("speed").value);
    item.button.scrollIntoView({ block: "nearest" });
    scrollTo({ top: 0 });
    progress();
  };
  const play = () => { clearTimeout(waiting); sound.play().catch(() => {}); };
  const toggle = () => (sound.paused ? play() : sound.pause());
  const neighbour = (step) => {
    const there = chosen();
    return there[there.indexOf(current) + step];
  };
  const go = (step) => {
    const item = neighbour(step), playing = !sound.paused || waiting;
    if (!item) return;
    show(item);
    if (playing) play();
  };
  const goTo = (seconds) => {
    sound.currentTime = Math.max(0, Math.min(seconds, (sound.duration || seconds) - 0.01));
    progress();
  };
  const replay = () => { goTo(Math.max(0, current.moment - 0.2)); play(); };

  const light = (item, now) => {
    let line = null;
    for (const word of item.words) {
      const lit = word.start <= now && now < word.end;
      if (lit) line = word.line;
      if (lit !== word.lit) word.element.classList.toggle("lit", word.lit = lit);
    }
    if (line && line !== item.line && !sound.paused) line.scrollIntoView({ block: "nearest" });
    if (line) item.line = line;
  };
  const progress = () => {
    const length = sound.duration || 0;
    get("now").textContent = clock(sound.currentTime);
    get("length").textContent = clock(length);
    seek.value = length ? String(Math.round((sound.currentTime / length) * 1000)) : "0";
    light(current, sound.currentTime || -1);
  };
  const follow = () => { progress(); frame = sound.paused ? 0 : requestAnimationFrame(follow); };

  const shown = () => {
    const playing = !sound.paused, name = playing ? body.dataset.pause : body.dataset.play;
    body.classList.toggle("playing", playing);
    get("play").setAttribute("aria-label", name);
    get("play").title = name;
    if (playing && !frame) follow();
  };
  sound.addEventListener("play", shown);
  sound.addEventListener("pause", shown);
  for (const event of ["timeupdate", "loadedmetadata", "seeked"]) sound.addEventListener(event, progress);
  sound.addEventListener("ended", () => {
    const item = neighbour(1);
    if (!item || !get("auto").checked) return;
    waiting = setTimeout(() => { waiting = 0; show(item); play(); }, PAUSE_BETWEEN_MS);
  });
  sound.addEventListener("error", () => {
    get("trouble").textContent = body.dataset.failed + decodeURIComponent(current.article.dataset.src);
    get("trouble").hidden = false;
  });

  get("play").addEventListener("click", toggle);
  get("next").addEventListener("click", () => go(1));
  get("previous").addEventListener("click", () => go(-1));
  get("replay").addEventListener("click", replay);
  seek.addEventListener("input", () => goTo((Number(seek.value) / 1000) * (sound.duration || 0)));
  get("speed").addEventListener("change", () => { sound.playbackRate = Number(get("speed").value); });
  const quiz = get("quiz");
  quiz.addEventListener("change", () => body.classList.toggle("quiz", quiz.checked));
  get("stage").addEventListener("click", (event) => {
    const word = event.target.closest(".w");
    if (word) { goTo(Number(word.dataset.s) / 1000); play(); }
  });
  get("kinds").addEventListener("change", () => {
    const kind = get("kinds").value;
    for (const item of items) item.entry.hidden = kind !== "" && !item.article.dataset.kinds.split(" ").includes(kind);
    if (current.entry.hidden) { sound.pause(); show(chosen()[0]); }
  });

  // By the place of the key, so that an Arabic keyboard works as well.
  const keys = {
    Space: toggle, KeyN: () => go(1), KeyP: () => go(-1), KeyR: replay,
    ArrowLeft: () => goTo(sound.currentTime - STEP_S), ArrowRight: () => goTo(sound.currentTime + STEP_S),
    KeyK: () => quiz.click(), KeyA: () => get("auto").click(),
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !(event.code in keys)) return;
    const on = event.target;
    if (on instanceof HTMLSelectElement) return;
    if (event.code === "Space" && (on instanceof HTMLButtonElement || on instanceof HTMLInputElement || on.closest("summary"))) {
      if (on.type !== "range") return;
    }
    event.preventDefault();
    keys[event.code]();
  });

  get("player").hidden = false;
  quiz.checked = false;
  show(items[0]);
})();
