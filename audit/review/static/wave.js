// The waveform: a lane for each party, flags and holds as regions, drawn from the server's outline so
// that an hour costs as little as a minute. Time runs from left to right in both languages.

const STYLE = ["agent", "caller", "quiet", "flag", "flag-edge", "selected", "hold", "line"];

export class Wave {
  constructor(root, overview, seek) {
    this.root = root;
    this.overview = overview;
    this.head = root.querySelector(".playhead");
    this.overviewHead = overview.querySelector(".playhead");
    this.frame = overview.querySelector(".window");
    this.duration = 1;
    this.start = 0;
    this.length = 1;
    this.flags = [];
    this.selected = null;
    root.addEventListener("pointerdown", (event) => seek(this.timeAt(event, root, this.start, this.length)));
    overview.addEventListener("pointerdown", (event) => {
      const ms = this.timeAt(event, overview, 0, this.duration);
      this.show(ms - this.length / 2);
      seek(ms);
    });
    new ResizeObserver(() => this.redraw()).observe(root);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.redraw());
  }

  timeAt(event, node, start, length) {
    const box = node.getBoundingClientRect();
    return Math.max(0, Math.min(this.duration, start + ((event.clientX - box.left) / box.width) * length));
  }

  /** A call's turns and holds; `outline` is null until the sound has been decoded. */
  load(call, outline) {
    this.duration = Math.max(1, call.duration_ms ?? call.turns.at(-1)?.end_ms ?? 1);
    this.call = call;
    this.outline = outline;
    this.lanes = ["agent", "caller"].map((role) => this.lane(role));
    this.length = Math.min(this.length > 1 ? this.length : Infinity, this.fitting());
    this.show(this.start);
  }

  fitting() {
    return this.duration <= 180_000 ? this.duration : 60_000;
  }

  reset() {
    this.start = 0;
    this.length = 1;
    this.outline = null;
  }

  lane(role) {
    const turns = this.call.turns.filter((turn) => (turn.role === "agent") === (role === "agent"));
    if (!this.outline) return { role, turns, peaks: null, spoken: null };
    const { channels, stepMs } = this.outline;
    const channel = channels.length > 1 ? turns.find((turn) => turn.channel !== null)?.channel ?? 0 : 0;
    const peaks = channels[channel];
    const spoken = new Uint8Array(peaks.length);
    for (const turn of turns) spoken.fill(1, turn.start_ms / stepMs, Math.ceil(turn.end_ms / stepMs));
    // Of one channel for both, each lane shows only its own party.
    return { role, turns, peaks, spoken, alone: channels.length > 1 };
  }

  mark(flags, selected) {
    this.flags = flags;
    this.selected = selected;
    this.redraw();
  }

  show(start) {
    this.start = Math.max(0, Math.min(start, this.duration - this.length));
    this.redraw();
  }

  zoom(factor, around) {
    const length = Math.max(5000, Math.min(this.duration, this.length * factor));
    this.length = Math.min(length, this.duration);
    this.show(around - this.length / 2);
  }

  /** Move the playhead; `follow` turns the page when it runs out of sight. */
  at(ms, follow) {
    this.now = ms;
    if (follow && (ms < this.start || ms > this.start + this.length)) this.show(ms - this.length / 10);
    this.place(this.head, (ms - this.start) / this.length);
    this.place(this.overviewHead, ms / this.duration);
  }

  place(node, share) {
    node.style.left = `${share * 100}%`;
    node.hidden = share < 0 || share > 1;
  }

  redraw() {
    if (!this.call) return;
    const style = getComputedStyle(document.documentElement);
    this.colours = Object.fromEntries(STYLE.map((name) => [name, style.getPropertyValue(`--wave-${name}`)]));
    this.draw(this.root, this.start, this.length);
    this.draw(this.overview, 0, this.duration);
    this.frame.style.left = `${(this.start / this.duration) * 100}%`;
    this.frame.style.width = `${(this.length / this.duration) * 100}%`;
    this.at(this.now ?? 0, false);
  }

  draw(node, start, length) {
    const canvas = node.querySelector("canvas");
    const ratio = devicePixelRatio || 1;
    const width = Math.max(1, Math.round(node.clientWidth * ratio));
    const height = Math.max(1, Math.round(node.clientHeight * ratio));
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    const pen = canvas.getContext("2d");
    pen.clearRect(0, 0, width, height);
    const x = (ms) => ((ms - start) / length) * width;
    this.regions(pen, x, height, this.call.holds, this.colours.hold);
    this.lanes.forEach((lane, index) => this.drawLane(pen, lane, index, { start, length, width, height }));
    this.drawFlags(pen, x, height, ratio);
    pen.fillStyle = this.colours.line;
    pen.fillRect(0, height / 2, width, ratio);
  }

  regions(pen, x, height, spans, colour) {
    pen.fillStyle = colour;
    for (const span of spans) pen.fillRect(x(span.start_ms), 0, x(span.end_ms) - x(span.start_ms), height);
  }

  drawLane(pen, lane, index, { start, length, width, height }) {
    const middle = height * (index ? 0.75 : 0.25);
    const reach = height * 0.22;
    if (!lane.peaks) {
      pen.fillStyle = this.colours[lane.role];
      for (const turn of lane.turns) {
        const left = ((turn.start_ms - start) / length) * width;
        pen.fillRect(left, middle - 1, ((turn.end_ms - turn.start_ms) / length) * width, 2);
      }
      return;
    }
    const steps = length / this.outline.stepMs / width;
    const first = start / this.outline.stepMs;
    for (let column = 0; column < width; column++) {
      const from = Math.floor(first + column * steps);
      const to = Math.min(lane.peaks.length, Math.max(from + 1, Math.floor(first + (column + 1) * steps)));
      let peak = 0;
      let spoken = false;
      for (let step = from; step < to; step++) {
        if (lane.peaks[step] > peak) peak = lane.peaks[step];
        spoken ||= lane.spoken[step] === 1;
      }
      if (!spoken && !lane.alone) continue;
      pen.fillStyle = spoken ? this.colours[lane.role] : this.colours.quiet;
      const tall = Math.max(0.5, (peak / 255) * reach);
      pen.fillRect(column, middle - tall, 1, tall * 2);
    }
  }

  drawFlags(pen, x, height, ratio) {
    for (const flag of this.flags) {
      const left = x(flag.start_ms);
      const width = Math.max(2 * ratio, x(flag.end_ms) - left);
      const chosen = flag.turn_index === this.selected;
      pen.fillStyle = chosen ? this.colours.selected : this.colours.flag;
      pen.fillRect(left, 0, width, height / 2);
      pen.fillStyle = this.colours["flag-edge"];
      pen.fillRect(left, 0, width, (chosen ? 4 : 2) * ratio);
    }
    const turn = this.call.turns.find((entry) => entry.turn_index === this.selected);
    if (turn) {
      pen.strokeStyle = this.colours["flag-edge"];
      pen.lineWidth = ratio;
      const top = turn.role === "agent" ? 0 : height / 2;
      pen.strokeRect(x(turn.start_ms), top + 0.5, x(turn.end_ms) - x(turn.start_ms), height / 2 - 1);
    }
  }
}
