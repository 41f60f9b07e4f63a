// Talking to the server. What is to be stored waits in an outbox of this browser until it is.

export class Refused extends Error {
  constructor(status, kind, message) {
    super(message);
    this.status = status;
    this.kind = kind;
  }
}

async function request(path, options) {
  const response = await fetch(path, { credentials: "same-origin", ...options });
  if (response.ok) return response;
  const told = await response.json().catch(() => ({}));
  throw new Refused(response.status, told.error ?? "error", told.message ?? response.statusText);
}

export const get = async (path) => (await request(path)).json();

export const post = async (path, body) =>
  (await request(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  })).json();

/** The outline of a call's sound: one array of bytes a channel, and the milliseconds of a byte. */
export async function peaks(callId) {
  const response = await request(`/api/peaks?id=${encodeURIComponent(callId)}`);
  const bytes = new Uint8Array(await response.arrayBuffer());
  const channels = Number(response.headers.get("X-Channels"));
  const length = bytes.length / channels;
  return {
    stepMs: Number(response.headers.get("X-Step-Ms")),
    channels: Array.from({ length: channels }, (_, c) => bytes.subarray(c * length, (c + 1) * length)),
  };
}

const RETRY_MS = 3000;

/** Sends what is to be stored, in order, again and again until the server has stored it. */
export class Outbox {
  /** `onState(waiting, problem)` is told of every change; `onStored(entry, answer)` of every success. */
  constructor(key, onState, onStored, onRefused) {
    Object.assign(this, { key, onState, onStored, onRefused });
    this.entries = JSON.parse(localStorage.getItem(key) ?? "[]");
    this.sending = false;
    if (this.entries.length) this.flush();
  }

  put(path, body) {
    this.entries.push({ path, body });
    this.keep();
    this.flush();
  }

  keep() {
    localStorage.setItem(this.key, JSON.stringify(this.entries));
  }

  async flush() {
    if (this.sending) return;
    this.sending = true;
    while (this.entries.length) {
      this.onState(this.entries.length, null);
      const entry = this.entries[0];
      try {
        const answer = await post(entry.path, entry.body);
        this.drop();
        this.onStored(entry, answer);
      } catch (error) {
        const final = error instanceof Refused && error.status >= 400 && error.status < 500;
        if (final && error.status !== 401) {
          this.drop();
          this.onRefused(entry, error);
          continue;
        }
        this.sending = false;
        this.onState(this.entries.length, error);
        if (!final) setTimeout(() => this.flush(), RETRY_MS);
        return;
      }
    }
    this.sending = false;
    this.onState(0, null);
  }

  drop() {
    this.entries.shift();
    this.keep();
  }
}
