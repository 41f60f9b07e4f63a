// What is to be judged in a call: the machine's flags and the reviewer's own, as one list.

/** The flags of a call in order of time, each with the reviewer's `verdict` on it, if there is one. */
export function marksOf(call) {
  const said = new Map(
    call.reviews.filter((review) => review.turn_index !== null).map((review) => [keyOf(review), review]));
  const marks = [];
  for (const turn of call.turns) {
    for (const flag of turn.flags) {
      const review = said.get(keyOf({ turn_index: turn.turn_index, label: flag.label }));
      marks.push({ ...base(turn), ...flag, machine: true, ...judged(review) });
      said.delete(keyOf(review ?? {}));
    }
  }
  for (const review of said.values()) {
    const turn = call.turns.find((entry) => entry.turn_index === review.turn_index);
    if (turn) marks.push({ ...base(turn), label: review.label, evidence: [], machine: false, ...judged(review) });
  }
  return marks.sort((a, b) => a.start_ms - b.start_ms || b.machine - a.machine);
}

export const keyOf = (mark) => `${mark.turn_index}/${mark.label}`;

const base = (turn) => ({
  turn_index: turn.turn_index, start_ms: turn.start_ms, end_ms: turn.end_ms, text: turn.text,
});

const judged = (review) => ({
  verdict: review?.verdict ?? null,
  new_label: review?.new_label ?? null,
  comment: review?.comment ?? null,
});

/** The reviewer's word on the whole call, or null. */
export const callVerdict = (call) => call.reviews.find((review) => review.turn_index === null) ?? null;

/** The reviews of a call with one said anew, as the server will have them. */
export function withReview(reviews, said) {
  const rest = reviews.filter((review) => keyOf(review) !== keyOf(said));
  return said.verdict === "withdrawn" ? rest : [...rest, said];
}
