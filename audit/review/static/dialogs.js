// What is asked in between: a label, a comment, a name; and the overlay of keys.

import { byId, el } from "./dom.js";
import { LABELS, labelMeaning, labelName, t } from "./texts.js";

function open(title, ...children) {
  const dialog = byId("dialog");
  dialog.replaceChildren(el("h2", {}, title), ...children);
  if (!dialog.open) dialog.showModal();
  dialog.onclose = () => {
    // Where nothing had the focus before, it stays in the closed dialog, and so would its keys.
    dialog.onkeydown = null;
    if (dialog.contains(document.activeElement)) document.activeElement.blur();
  };
  return dialog;
}

function close() {
  const dialog = byId("dialog");
  dialog.onkeydown = null;
  dialog.close();
}

export const isOpen = () => byId("dialog").open;

/** Ask for one of the labels; digits choose, too. `without` is left out. */
export function askLabel(title, without, chosen) {
  const labels = LABELS.filter((label) => label !== without);
  const choose = (label) => {
    close();
    chosen(label);
  };
  const dialog = open(
    title,
    el("ol", { class: "choices" }, ...labels.map((label, index) =>
      el("li", {}, el("button", { dataset: { label }, onclick: () => choose(label) },
        el("kbd", {}, String(index + 1)), el("strong", {}, labelName(label)), el("span", {}, labelMeaning(label)))))),
    el("button", { class: "quiet", onclick: close }, t("cancel")),
  );
  dialog.onkeydown = (event) => {
    const digit = !event.shiftKey && /^(?:Digit|Numpad)([1-9])$/.exec(event.code)?.[1];
    if (digit && labels[digit - 1]) {
      event.preventDefault();
      choose(labels[digit - 1]);
    }
  };
}

/** Ask for a text. Enter saves; Shift+Enter makes a line where there are `rows`. */
export function askText(title, value, { rows = 3, most = 2000, required = false, action = "save" }, given) {
  const box = el(rows > 1 ? "textarea" : "input", { rows, maxlength: most, dir: "auto", "aria-label": title });
  box.value = value ?? "";
  const save = () => {
    if (required && !box.value.trim()) return;
    close();
    given(box.value.trim());
  };
  const dialog = open(
    title, box,
    el("div", { class: "buttons" },
      el("button", { class: "main", onclick: save }, t(action)),
      required ? null : el("button", { class: "quiet", onclick: close }, t("cancel"))),
  );
  dialog.onkeydown = (event) => {
    if (event.key === "Enter" && !event.shiftKey && event.target === box) {
      event.preventDefault();
      save();
    }
    if (event.key === "Escape" && required) event.preventDefault();
  };
  box.focus();
}

/** Show a text, such as a link. */
export function tell(title, text) {
  const dialog = open(title, el("p", { class: "link", dir: "ltr" }, text), el("button", { class: "main", onclick: close }, t("close")));
  dialog.onkeydown = null;
}

/** The overlay of keys. */
export function showKeys(bindings) {
  const dialog = open(
    t("help"),
    el("p", { class: "hint" }, t("helpAnyLayout")),
    el("dl", { class: "keys" }, ...bindings.flatMap(({ shown, name }) => [
      el("dt", { dir: "ltr" }, ...shown.split(" ").map((part) => el("kbd", {}, part))), el("dd", {}, t(name))])),
    el("button", { class: "main", onclick: close }, t("close")),
  );
  dialog.onkeydown = (event) => {
    if (["KeyH", "Slash"].includes(event.code)) {
      event.preventDefault();
      close();
    }
  };
}
