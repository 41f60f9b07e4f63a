// The sound: playing, seeking, speed, and how much of a call was listened to.

import { byId } from "./dom.js";

const SPEEDS = [1, 1.25, 1.5, 2];
/** A flag is heard from a little before its turn. */
const LEAD_MS = 300;

export class Player {
  /** `onTime(ms, playing)` runs on every frame while playing and after every seek. */
  constructor(onTime, onState, onProblem) {
    this.audio = byId("audio");
    this.onTime = onTime;
    this.listened = 0;
    this.last = null;
    const tell = () => this.onTime(this.ms, !this.audio.paused);
    for (const event of ["seeked", "loadedmetadata", "timeupdate"]) this.audio.addEventListener(event, tell);
    for (const event of ["play", "pause", "ended"]) this.audio.addEventListener(event, () => onState(!this.audio.paused));
    this.audio.addEventListener("seeking", () => (this.last = null));
    this.audio.addEventListener("play", () => this.run());
    this.audio.addEventListener("error", () => this.audio.getAttribute("src") && onProblem());
  }

  get ms() {
    return this.audio.currentTime * 1000;
  }

  load(callId, ms) {
    this.audio.pause();
    this.listened = 0;
    this.last = null;
    this.audio.src = `/api/audio?id=${encodeURIComponent(callId)}`;
    const speed = this.audio.playbackRate;
    this.audio.addEventListener("loadedmetadata", () => {
      this.audio.playbackRate = speed;
      if (ms) this.audio.currentTime = ms / 1000;
    }, { once: true });
  }

  run() {
    const step = () => {
      this.count();
      this.onTime(this.ms, true);
      if (!this.audio.paused) requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
  }

  count() {
    const now = this.ms;
    if (this.last !== null && now > this.last && now - this.last < 2000) this.listened += now - this.last;
    this.last = now;
  }

  /** Milliseconds of sound played since the last time this was asked. */
  takeListened() {
    const listened = Math.round(this.listened);
    this.listened = 0;
    return listened;
  }

  toggle() {
    if (this.audio.paused) this.play();
    else this.audio.pause();
  }

  play() {
    this.audio.play().catch(() => {}); // a browser that wants a click first leaves it paused
  }

  seek(ms) {
    this.audio.currentTime = Math.max(0, ms) / 1000;
  }

  playFrom(ms, lead = 0) {
    this.seek(ms - lead);
    this.play();
  }

  playTurn(ms) {
    this.playFrom(ms, LEAD_MS);
  }

  faster() {
    this.audio.playbackRate = SPEEDS[(SPEEDS.indexOf(this.audio.playbackRate) + 1) % SPEEDS.length];
    return this.audio.playbackRate;
  }
}
