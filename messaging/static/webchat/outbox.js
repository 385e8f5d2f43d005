// Messages on their way to the server, one after the other, so that their order is kept.
// A try that got no answer is repeated under the same id: the server takes it once.

import { sleep } from "./live.js";

const TRIES = 5;
const KEEP = 600_000; // ms a message waits for its echo before it is forgotten

const newId = () =>
  crypto.randomUUID?.() ?? // only on secure pages
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (n) => n.toString(16).padStart(2, "0")).join("");

export class Outbox {
  // onChange(item) after every change of item.state: "sending" | "sent" | "failed" | "refused".
  constructor(api, storage, { language, onChange, onStranger }) {
    Object.assign(this, { api, storage, language, onChange, onStranger });
    // What an earlier load of this page had not finished.
    this.items = (storage.get("outbox") ?? []).filter((item) => Date.now() - item.at < KEEP);
    this.busy = false;
  }

  // Go on with what an earlier load left, once it is known which of it the server has.
  resume() {
    for (const item of this.items) this.onChange(item);
    this.work();
  }

  add(text, { payload, reply_to } = {}) {
    const item = { id: newId(), text, payload, reply_to, at: Date.now(), state: "sending" };
    this.items.push(item);
    this.changed(item, "sending");
    this.work();
    return item;
  }

  retry(item) {
    this.changed(item, "sending");
    this.work();
  }

  // The network is back.
  retryFailed() {
    for (const item of this.items) if (item.state === "failed") this.changed(item, "sending");
    this.work();
  }

  // The server showed it to us, or the visitor gave it up.
  remove(id) {
    this.items = this.items.filter((item) => item.id !== id);
    this.keep();
  }

  has(id) {
    return this.items.some((item) => item.id === id);
  }

  changed(item, state) {
    item.state = state;
    this.keep();
    this.onChange(item);
  }

  keep() {
    this.storage.set("outbox", this.items);
  }

  async work() {
    if (this.busy) return;
    this.busy = true;
    let item;
    while ((item = this.items.find(({ state }) => state === "sending"))) {
      const state = await this.deliver(item);
      // The echo may have come before the answer.
      if (this.has(item.id)) this.changed(item, state);
    }
    this.busy = false;
  }

  async deliver({ id, text, payload, reply_to }) {
    const message = { id, text, payload, reply_to, language: this.language };
    for (let tries = 1; tries <= TRIES; tries += 1) {
      try {
        await this.api.send(message);
        return "sent";
      } catch (error) {
        if (error.status === 403) await this.onStranger();
        else if (error.status >= 400 && error.status < 500 && ![408, 429].includes(error.status)) return "refused";
        if (tries < TRIES) await this.pause(tries, error.retryAfter);
      }
    }
    return "failed";
  }

  async pause(tries, retryAfter = 0) {
    if (!navigator.onLine) {
      await Promise.race([new Promise((done) => addEventListener("online", done, { once: true })), sleep(60_000)]);
    } else {
      await sleep(Math.min(retryAfter * 1000 || 500 * 2 ** tries, 30_000));
    }
  }
}
