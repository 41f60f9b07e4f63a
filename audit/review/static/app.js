// The page: what is open, what a key or a button does, and what is drawn again after it.

import { get, Outbox, peaks, post } from "./api.js";
import { askLabel, askText, isOpen, showKeys, tell } from "./dialogs.js";
import { byId, refill, told } from "./dom.js";
import { BINDINGS, listen } from "./keys.js";
import { callVerdict, keyOf, marksOf, withReview } from "./marks.js";
import { flagsPanel, formPanel, queueList, verdictPanel } from "./panels.js";
import { Player } from "./player.js";
import { clock, language, RESOLUTIONS, setLanguage, t } from "./texts.js";
import { Transcript } from "./transcript.js";
import { Wave } from "./wave.js";

const SKIP_MS = 5000;
const state = {
  session: null, queue: [], call: null, marks: [], turn: null, mark: null,
  draft: { resolution: null, comment: null }, outline: null,
};
let outbox = null;

const player = new Player(showTime, (playing) => document.body.classList.toggle("playing", playing), soundProblem);
const wave = new Wave(byId("wave"), byId("overview"), (ms) => player.seek(ms));

// What keys and buttons do. Names are those of keys.js and of data-do.
const actions = {
  play: () => player.toggle(),
  back: () => player.seek(player.ms - SKIP_MS),
  forward: () => player.seek(player.ms + SKIP_MS),
  speed: () => (byId("speed").firstChild.textContent = `${player.faster()}×`),
  zoomIn: () => wave.zoom(0.5, player.ms),
  zoomOut: () => wave.zoom(2, player.ms),
  playFrom: (ms) => player.playFrom(ms),
  selectTurn,
  selectMark,
  nextTurn: () => stepTurn(1),
  previousTurn: () => stepTurn(-1),
  nextFlag: () => stepMark(1),
  previousFlag: () => stepMark(-1),
  confirm: () => onMark((mark) => sayOfTurn(mark, mark.machine ? "confirmed" : "added")),
  reject: () => onMark((mark) => sayOfTurn(mark, mark.machine ? "rejected" : "withdrawn")),
  unsure: () => onMark((mark) => sayOfTurn(mark, "unsure")),
  undo: () => onMark((mark) => mark.verdict && sayOfTurn(mark, "withdrawn")),
  relabel: () => onMark((mark) =>
    askLabel(t("chooseLabel"), mark.label, (label) => sayOfTurn(mark, "relabelled", { new_label: label }))),
  comment: () => (currentMark() ? commentOnMark(currentMark()) : commentOnCall()),
  add: addMissed,
  callBrushOff: () => actions.judgeCall("brush_off"),
  callProper: () => actions.judgeCall("proper"),
  callUnsure: () => actions.judgeCall("unsure"),
  ...Object.fromEntries(RESOLUTIONS.map((resolution) => [resolution, () => actions.setResolution(resolution)])),
  judgeCall,
  setResolution: (resolution) => {
    state.draft.resolution = resolution;
    const said = callVerdict(state.call);
    if (said) judgeCall(said.verdict);
    else drawPanels();
  },
  draftComment: (text) => {
    state.draft.comment = text;
    sessionStorage.setItem(`comment ${state.call.call_id}`, text);
  },
  keepComment: (text) => {
    const said = callVerdict(state.call);
    if (said && text !== (said.comment ?? "")) judgeCall(said.verdict);
  },
  answer: (criterion, answer) => outbox.put("/api/answers", { call_id: state.call.call_id, criterion, answer }),
  openCall: (callId) => openCall(callId).catch(showProblem),
  nextCall: () => openNext(state.call.call_id).catch(showProblem),
  previousCall,
  queue: toggleQueue,
  form: () => showTab("form"),
  help: () => showKeys(BINDINGS),
};
const transcript = new Transcript(byId("transcript"), actions);

async function start() {
  setLanguage(sessionStorage.getItem("language") ?? document.documentElement.lang);
  state.session = await get("/api/session");
  wire();
  if (!state.session.reviewer) askName();
  else await enter();
}

async function enter() {
  byId("reviewer").replaceChildren(told(state.session.reviewer));
  outbox = new Outbox(
    `tasleek ${state.session.database} ${state.session.reviewer}`, showSaving, stored, refused);
  await loadQueue();
  const wanted = decodeURIComponent(location.hash.slice(1));
  if (state.queue.some((entry) => entry.call_id === wanted)) {
    await openCall(wanted, Number(sessionStorage.getItem("ms")));
  } else {
    await openNext(null);
  }
}

function askName() {
  const known = localStorage.getItem("reviewer") ?? "";
  askText(t("name"), state.session.reviewer ?? known, { rows: 1, most: 64, required: true, action: "enter" }, (name) => {
    post("/api/session", { reviewer: name }).then(({ reviewer }) => {
      localStorage.setItem("reviewer", reviewer);
      state.session.reviewer = reviewer;
      return enter();
    }).catch(showProblem);
  });
}

async function loadQueue() {
  state.queue = await get("/api/queue");
  showProgress();
}

const openCall = async (callId, ms = 0) => show(await get(`/api/call?id=${encodeURIComponent(callId)}`), ms);

/** Open what the server gives as the next call: two reviewers never get the same one. */
async function openNext(after) {
  const { call } = await get(`/api/next${after ? `?after=${encodeURIComponent(after)}` : ""}`);
  if (call) await show(call, 0);
  else if (!state.call && state.queue.length) await openCall(state.queue[0].call_id);
  else byId("save-state").textContent = t("nothingLeft");
}

async function show(call, ms) {
  const callId = call.call_id;
  history.replaceState(null, "", `#${encodeURIComponent(callId)}`);
  Object.assign(state, { turn: null, mark: null, outline: null });
  state.draft = { resolution: null, comment: sessionStorage.getItem(`comment ${callId}`) };
  byId("audio-problem").textContent = "";
  wave.reset();
  player.load(callId, ms);
  take(call);
  transcript.load(call);
  draw();
  await loadQueue();
  try {
    const outline = await peaks(callId);
    if (state.call.call_id !== callId) return;
    state.outline = outline;
    wave.load(state.call, outline);
  } catch (error) {
    byId("audio-problem").textContent = error.message;
  }
}

/** Have `call` as the open one; what still waits in the outbox is part of it already. */
function take(call) {
  for (const { path, body } of outbox.entries) {
    if (body.call_id !== call.call_id || path === "/api/answers") continue;
    call.reviews = withReview(call.reviews, path === "/api/call-verdicts" ? { ...body, turn_index: null, label: null } : body);
  }
  state.call = call;
  state.marks = marksOf(call);
}

// Selecting

const currentMark = () => state.marks.find((mark) => keyOf(mark) === state.mark) ?? null;

function onMark(act) {
  const mark = currentMark() ?? state.marks.find((entry) => entry.turn_index === state.turn) ?? null;
  if (!mark) return;
  state.mark = keyOf(mark);
  act(mark);
}

function selectTurn(index) {
  state.turn = index;
  const own = state.marks.filter((mark) => mark.turn_index === index);
  if (!own.some((mark) => keyOf(mark) === state.mark)) state.mark = own.length ? keyOf(own[0]) : null;
  drawMarks();
}

function selectMark(key, play) {
  state.mark = key;
  const mark = currentMark();
  state.turn = mark.turn_index;
  drawMarks();
  if (!play) return;
  transcript.reveal(mark.turn_index);
  player.playTurn(mark.start_ms);
}

function stepMark(by) {
  if (!state.marks.length) return;
  const at = state.marks.findIndex((mark) => keyOf(mark) === state.mark);
  const next = at < 0 ? (by > 0 ? 0 : state.marks.length - 1) : (at + by + state.marks.length) % state.marks.length;
  selectMark(keyOf(state.marks[next]), true);
  if (document.body.dataset.tab !== "transcript") showTab("flags");
  showSelectedCard();
}

const showSelectedCard = () => byId("flags").querySelector(".card.selected")?.scrollIntoView({ block: "nearest" });

function stepTurn(by) {
  const turns = state.call.turns;
  if (!turns.length) return;
  const at = turns.findIndex((turn) => turn.turn_index === state.turn);
  const next = at < 0 ? turnAt(player.ms) : Math.max(0, Math.min(turns.length - 1, at + by));
  selectTurn(turns[next].turn_index);
  transcript.reveal(state.turn);
  player.seek(turns[next].start_ms);
}

function turnAt(ms) {
  const later = state.call.turns.findIndex((turn) => turn.end_ms > ms);
  return later < 0 ? state.call.turns.length - 1 : later;
}

// Judging

function sayOfTurn(mark, verdict, more = {}) {
  const said = {
    call_id: state.call.call_id, turn_index: mark.turn_index, label: mark.label, verdict,
    new_label: null, comment: verdict === "withdrawn" ? null : mark.comment, ...more,
  };
  outbox.put("/api/turn-verdicts", said);
  state.call.reviews = withReview(state.call.reviews, said);
  state.marks = marksOf(state.call);
  drawMarks();
}

function addMissed() {
  const turns = state.call.turns;
  if (!turns.length) return;
  let turn = turns.find((entry) => entry.turn_index === state.turn) ?? turns[turnAt(player.ms)];
  // What is heard now may be the caller's answer already: the agent's turn before it is meant.
  for (let i = turns.indexOf(turn); state.turn === null && turn.role !== "agent" && i > 0; i--) turn = turns[i - 1];
  askLabel(t("addTo", { time: clock(turn.start_ms) }), null, (label) => {
    const known = state.marks.find((mark) => mark.turn_index === turn.turn_index && mark.label === label);
    state.mark = keyOf({ turn_index: turn.turn_index, label });
    state.turn = turn.turn_index;
    sayOfTurn(known ?? { turn_index: turn.turn_index, label, comment: null }, known?.machine ? "confirmed" : "added");
  });
}

function commentOnMark(mark) {
  askText(t("commentOnFlag"), mark.comment, {}, (text) => {
    sayOfTurn(mark, mark.verdict ?? "noted", { new_label: mark.new_label, comment: text || null });
  });
}

function commentOnCall() {
  showTab("verdict");
  byId("call-comment").focus();
}

function judgeCall(verdict) {
  const said = callVerdict(state.call);
  const review = {
    call_id: state.call.call_id, verdict,
    resolution: state.draft.resolution ?? said?.resolution ?? null,
    comment: (state.draft.comment ?? said?.comment) || null,
    listened_ms: player.takeListened(),
  };
  outbox.put("/api/call-verdicts", review);
  state.call.reviews = withReview(state.call.reviews, { ...review, turn_index: null, label: null, new_label: null });
  showTab("verdict");
  drawPanels();
}

function stored(entry, answer) {
  if (entry.body.call_id !== state.call?.call_id) return;
  if (entry.path === "/api/answers") {
    state.call.form = answer;
    drawPanels();
    return;
  }
  const revealed = state.call.hidden && !answer.hidden;
  take(answer);
  if (revealed) transcript.load(answer);
  if (entry.path === "/api/call-verdicts") {
    sessionStorage.removeItem(`comment ${answer.call_id}`);
    state.draft.comment = null;
    loadQueue().catch(showProblem);
  }
  drawMarks();
}

function refused(entry, error) {
  showProblem(error);
  if (entry.body.call_id === state.call?.call_id) openCall(state.call.call_id, player.ms).catch(showProblem);
}

function previousCall() {
  const at = state.queue.findIndex((entry) => entry.call_id === state.call.call_id);
  const previous = state.queue.at(at - 1);
  if (previous) openCall(previous.call_id).catch(showProblem);
}

// Drawing

function draw() {
  const call = state.call;
  const facts = [call.call_id, call.agent_id, call.vendor, call.service_channel].filter(Boolean);
  byId("call-facts").replaceChildren(...facts.flatMap((fact, i) => (i ? [" · ", told(fact)] : [told(fact)])));
  byId("wave").setAttribute("aria-valuemax", Math.round((call.duration_ms ?? 0) / 1000));
  wave.load(call, state.outline);
  drawMarks();
}

function drawMarks() {
  transcript.mark(state.marks, state.turn);
  wave.mark(state.marks, state.turn);
  drawPanels();
}

function drawPanels() {
  const { call, marks, draft, session } = state;
  refill(byId("flags"), flagsPanel(call, marks, state.mark, actions));
  if (document.activeElement?.id !== "call-comment") refill(byId("verdict"), verdictPanel(call, draft, actions));
  refill(byId("form"), formPanel(session.scorecard, call.form, actions));
}

function showProgress() {
  const done = state.queue.filter((entry) => entry.state === "done").length;
  byId("progress").textContent = state.queue.length ? t("progress", { done, all: state.queue.length }) : t("nothingLeft");
  refill(byId("queue").firstElementChild, queueList(state.queue, state.call?.call_id, actions));
}

function showTime(ms, playing) {
  if (!state.call) return;
  wave.at(ms, playing);
  transcript.at(ms, playing);
  byId("clock").textContent = `${clock(ms)} / ${clock(state.call.duration_ms)}`;
  byId("wave").setAttribute("aria-valuenow", Math.round(ms / 1000));
  byId("wave").setAttribute("aria-valuetext", clock(ms));
}

function showSaving(waiting, problem) {
  const why = problem?.kind === "busy" ? t("busy") : problem?.status === 401 ? t("signedOut") : t("unreachable");
  byId("save-state").textContent = problem ? t("unsaved", { n: waiting, why }) : waiting ? t("saving") : t("saved");
  byId("save-state").classList.toggle("problem", Boolean(problem));
}

function showProblem(error) {
  byId("save-state").textContent = error.status === 401 ? t("signedOut") : t("refused", { why: error.message });
  byId("save-state").classList.add("problem");
}

async function soundProblem() {
  // The audio element does not say why; the outline's request does.
  await peaks(state.call.call_id).catch((error) => (byId("audio-problem").textContent = error.message));
}

function showTab(name) {
  document.body.dataset.tab = name;
  for (const tab of document.querySelectorAll("#tabs button")) {
    const shown = tab.dataset.tab === name || (name === "transcript" && tab.dataset.tab === "flags" && wide());
    tab.setAttribute("aria-selected", String(shown));
  }
  byId("side").scrollTop = 0;
  if (name === "flags") showSelectedCard();
}

/** Wide enough for the transcript to stand beside the panels; the same width as in style.css. */
const wide = () => matchMedia("(min-width: 900px)").matches;

function toggleQueue() {
  const queue = byId("queue");
  queue.hidden = !queue.hidden;
  byId("queue-button").setAttribute("aria-expanded", String(!queue.hidden));
}

function wire() {
  const buttons = {
    "queue-button": toggleQueue, "help-button": actions.help, "reviewer": askName, "play": actions.play,
    "previous-flag": actions.previousFlag, "next-flag": actions.nextFlag, "speed": actions.speed,
    "zoom-in": actions.zoomIn, "zoom-out": actions.zoomOut, "invite-button": invite,
    "language-button": changeLanguage,
  };
  for (const [id, act] of Object.entries(buttons)) byId(id).addEventListener("click", act);
  for (const button of document.querySelectorAll("[data-do]")) {
    button.addEventListener("click", () => state.call && actions[button.dataset.do]());
  }
  for (const tab of document.querySelectorAll("#tabs button")) {
    tab.addEventListener("click", () => showTab(tab.dataset.tab));
  }
  showTab("transcript");
  matchMedia("(min-width: 900px)").addEventListener("change", () => showTab(document.body.dataset.tab));
  listen((name) => (state.call || name === "help") && actions[name](), isOpen);
  addEventListener("pagehide", () => sessionStorage.setItem("ms", String(Math.round(player.ms))));
}

async function invite() {
  const { link } = await post("/api/links", {});
  tell(t("invite"), `${t("inviteText")}\n${link}`);
}

function changeLanguage() {
  const chosen = language() === "ar" ? "en" : "ar";
  sessionStorage.setItem("language", chosen);
  setLanguage(chosen);
  showProgress();
  if (state.call) {
    transcript.load(state.call);
    draw();
  }
}

start().catch(showProblem);
