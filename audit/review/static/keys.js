// The keyboard. Keys go by their place (`code`), so that they work whatever the keyboard's language.

/** Every key: the place, whether Shift is held, the action's name, and how it is shown. */
export const BINDINGS = [
  ["Space", false, "play", "Space"],
  ["KeyF", false, "nextFlag", "F"],
  ["KeyF", true, "previousFlag", "⇧ F"],
  ["KeyC", false, "confirm", "C"],
  ["KeyR", false, "reject", "R"],
  ["KeyL", false, "relabel", "L"],
  ["KeyA", false, "add", "A"],
  ["KeyU", false, "unsure", "U"],
  ["KeyM", false, "comment", "M"],
  ["KeyZ", false, "undo", "Z"],
  ["KeyB", false, "callBrushOff", "B"],
  ["KeyG", false, "callProper", "G"],
  ["KeyX", false, "callUnsure", "X"],
  ["Digit1", true, "resolved", "⇧ 1"],
  ["Digit2", true, "committed", "⇧ 2"],
  ["Digit3", true, "deferred", "⇧ 3"],
  ["Digit4", true, "none", "⇧ 4"],
  ["KeyN", false, "nextCall", "N"],
  ["KeyN", true, "previousCall", "⇧ N"],
  ["ArrowDown", false, "nextTurn", "↓"],
  ["ArrowUp", false, "previousTurn", "↑"],
  ["ArrowLeft", false, "back", "←"],
  ["ArrowRight", false, "forward", "→"],
  ["KeyS", false, "speed", "S"],
  ["Equal", false, "zoomIn", "+"],
  ["Minus", false, "zoomOut", "−"],
  ["KeyQ", false, "queue", "Q"],
  ["KeyE", false, "form", "E"],
  ["KeyH", false, "help", "H"],
].map(([code, shift, name, shown]) => ({ code, shift, name, shown }));

/** Call `run(name)` for every key that is bound, unless something is being typed. */
export function listen(run, blocked) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || blocked()) return;
    if (event.target.matches("input, textarea, select")) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    // Space presses a button that was reached by the keyboard; one that was clicked is done with.
    if (event.code === "Space" && event.target.matches("button:focus-visible")) return;
    const code = event.key === "?" || event.key === "؟" ? "KeyH" : event.code;
    const shift = code === "KeyH" ? false : event.shiftKey;
    const binding = BINDINGS.find((entry) => entry.code === code && entry.shift === shift);
    if (!binding) return;
    event.preventDefault();
    run(binding.name);
  });
}
