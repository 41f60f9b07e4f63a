// The panels beside the transcript: flags, the verdict on the call, and the evaluation form.

import { el, told } from "./dom.js";
import { callVerdict, keyOf } from "./marks.js";
import { SIGNS } from "./transcript.js";
import {
  clock, labelMeaning, labelName, language, percent, RESOLUTIONS, t,
} from "./texts.js";

/** Every flag as a card; `selected` is the key of the one that keys act on. */
export function flagsPanel(call, marks, selected, actions) {
  const cards = marks.map((mark) => flagCard(mark, keyOf(mark) === selected, actions));
  const empty = call.hidden ? t("hiddenFlags") : t("noFlags");
  return [
    el("h2", {}, t("flags"), " ", el("span", { class: "count" }, String(marks.length))),
    ...(marks.length ? cards : [el("p", { class: "hint" }, empty)]),
    call.hidden && marks.length ? el("p", { class: "hint" }, t("hiddenFlags")) : null,
    el("button", { class: "wide", onclick: actions.add }, `+ ${t("add")}`, key("A")),
  ].filter(Boolean);
}

function flagCard(mark, selected, actions) {
  const act = (name) => (event) => {
    event.stopPropagation();
    actions.selectMark(keyOf(mark), false);
    actions[name]();
  };
  const button = (name, sign, letter, kind = "") =>
    el("button", { class: kind, onclick: act(name), "aria-pressed": String(PRESSED[name] === mark.verdict) },
      sign, " ", t(name), key(letter));
  return el(
    "article",
    {
      class: `card ${mark.verdict ?? ""}${selected ? " selected" : ""}`,
      dataset: { mark: keyOf(mark) },
      onclick: () => actions.selectMark(keyOf(mark), true),
    },
    el("header", {},
      el("strong", { title: labelMeaning(mark.label) }, labelName(mark.label)),
      mark.machine
        ? el("span", { class: "probability", title: t("threshold", { p: percent(mark.threshold) }) },
          t("probability", { p: percent(mark.score) }))
        : null,
      el("span", { class: "time", dir: "ltr" }, clock(mark.start_ms))),
    el("p", { class: "meaning" }, labelMeaning(mark.label)),
    el("blockquote", { dir: "auto" }, mark.text),
    mark.evidence.length
      ? el("p", { class: "reason" }, t("reason"), " ",
        ...mark.evidence.flatMap((piece, i) => [i ? " · " : "", told(piece, { class: "evidence" })]))
      : null,
    mark.verdict ? el("p", { class: "said" }, SIGNS[mark.verdict], " ", saidOf(mark)) : null,
    mark.comment ? el("p", { class: "comment", dir: "auto" }, mark.comment) : null,
    el("div", { class: "buttons" },
      button("confirm", "✓", "C", "yes"), button("reject", "✗", "R", "no"),
      button("relabel", "✎", "L"), button("unsure", "?", "U"),
      button("comment", "✉", "M"),
      mark.verdict ? button("undo", "↶", "Z") : null),
  );
}

const PRESSED = { confirm: "confirmed", reject: "rejected", relabel: "relabelled", unsure: "unsure" };

const saidOf = (mark) =>
  mark.verdict === "relabelled" ? t("relabelled", { label: labelName(mark.new_label) }) : t(mark.verdict);

const key = (letter) => el("kbd", {}, letter);

/** The reviewer's verdict on the whole call, and the machine's once it may be seen. */
export function verdictPanel(call, draft, actions) {
  const said = callVerdict(call);
  const choice = (verdict, name, letter, kind) =>
    el("button", {
      class: kind, "aria-pressed": String(said?.verdict === verdict), onclick: () => actions.judgeCall(verdict),
    }, t(name), key(letter));
  const ended = said?.resolution ?? draft.resolution;
  return [
    el("h2", {}, t("yourVerdict")),
    el("div", { class: "buttons big" },
      choice("brush_off", "brush_off", "B", "no"), choice("proper", "proper", "G", "yes"),
      choice("unsure", "unsure", "X", "")),
    el("h3", {}, t("resolution")),
    el("div", { class: "buttons" }, ...RESOLUTIONS.map((resolution, index) =>
      el("button", {
        "aria-pressed": String(ended === resolution), onclick: () => actions.setResolution(resolution),
      }, t(resolution), key(`⇧${index + 1}`)))),
    commentBox(said, draft, actions),
    el("h2", {}, t("machine")),
    call.hidden ? el("p", { class: "hint" }, t("machineHidden")) : machineVerdict(call.verdict),
    el("button", { class: "wide next", onclick: actions.nextCall }, t("nextCall"), key("N")),
  ];
}

function commentBox(said, draft, actions) {
  const box = el("textarea", {
    id: "call-comment", rows: 2, maxlength: 2000, dir: "auto", "aria-label": t("commentOnCall"),
    placeholder: t("commentOnCall"), oninput: () => actions.draftComment(box.value),
    onchange: () => actions.keepComment(box.value),
  });
  box.value = draft.comment ?? said?.comment ?? "";
  return box;
}

function machineVerdict(verdict) {
  const word = verdict.brush_off === null ? "–" : t(verdict.brush_off ? "brush_off" : "proper");
  return el("div", { class: "machine" },
    el("p", {},
      el("strong", {}, word), " · ", t("score", { score: Math.round(verdict.score ?? 0) }),
      verdict.unsure ? ` · ${t("unsureMark")}` : "",
      verdict.resolution ? ` · ${t(verdict.resolution)}` : ""),
    el("ul", {}, ...verdict.evidence.map((line) => el("li", {}, because(line)))));
}

// The verdict gives its reasons in a few fixed English sentences (audit/language/verdict.py).
function because(line) {
  const [, turn, what] = /^turn (\d+): (.*)$/.exec(line) ?? [];
  const labels = /^([a-z_]+(?:, [a-z_]+)*) (\([\d.]+\))$/.exec(what ?? "");
  const after = /^([a-z]+(?:, [a-z]+)*) after the worst turn$/.exec(what ?? "");
  if (labels) {
    const names = labels[1].split(", ").map(labelName).join(t("comma"));
    return told(`${t("because_turn", { turn, what: names })} ${labels[2]}`);
  }
  if (after) {
    const kinds = after[1].split(", ").map((kind) => t(`positive_${kind}`)).join(t("comma"));
    return t("because_turn", { turn, what: t("because_after", { what: kinds }) });
  }
  if (what === "a commitment of the agent") return t("because_turn", { turn, what: t("because_commitment") });
  if (line === "no agent turn to judge") return t("because_nobody");
  if (line.startsWith("the call ends with no outcome")) return t("because_end");
  return told(line, { lang: "en" });
}

/** The evaluation form. An automatic answer stands until a person gives another. */
export function formPanel(card, form, actions) {
  const result = form.result;
  const state = result.failed_critical.length ? "criticalFailed" : result.passed ? "passed" : "failed";
  const score = result.score === null ? "–" : Math.round(result.score);
  return [
    el("h2", {}, card.name, " ", el("small", {}, t("version", { version: card.version }))),
    el("p", { class: `form-score ${result.passed ? "yes" : "no"}` },
      el("strong", {}, t("formScore", { score })),
      result.score === null ? "" : ` · ${t(state)}`, result.complete ? "" : ` · ${t("incomplete")}`),
    ...card.sections.flatMap((section) => [
      el("h3", {}, section[language()]),
      ...section.criteria.map((criterion) => criterionRow(criterion, form, actions)),
    ]),
  ];
}

function criterionRow(criterion, form, actions) {
  const own = form.answers[criterion.id] ?? null;
  const automatic = form.automatic[criterion.id] ?? null;
  const choice = (answer) =>
    el("button", {
      class: own === null && automatic === answer ? "automatic" : "",
      "aria-pressed": String(own === answer),
      onclick: () => actions.answer(criterion.id, own === answer ? null : answer),
    }, t(answer), own === null && automatic === answer ? el("small", {}, ` ${t("auto")}`) : null);
  return el("div", { class: "criterion", role: "group", dataset: { criterion: criterion.id } },
    el("p", {}, criterion.critical ? el("b", { class: "critical" }, `${t("critical")} · `) : null, criterion[language()]),
    el("div", { class: "buttons" }, choice("yes"), choice("no"), choice("na")));
}

/** The calls of the queue. */
export function queueList(entries, current, actions) {
  return entries.map((entry) =>
    el("li", { class: entry.state },
      el("button", {
        "aria-current": String(entry.call_id === current), onclick: () => actions.openCall(entry.call_id),
      },
      told(entry.call_id, { class: "name" }),
      el("span", {}, t(`state_${entry.state}`), entry.hidden ? ` · ${t("hiddenMark")}` : "",
        entry.readers > 1 ? ` · ${t("readers")}` : "", entry.stratum ? ` · ${t(`stratum_${entry.stratum}`)}` : ""),
      el("span", {}, told(clock(entry.duration_ms)),
        entry.score === null ? "" : ` · ${t("score", { score: Math.round(entry.score) })}`))));
}
