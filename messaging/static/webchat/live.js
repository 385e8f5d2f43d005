// Keeps the page up to date: an event stream, and asking every few seconds while there is none.

const FIRST_BYTE = 6_000; // ms; a proxy that holds a stream back shows here
const SILENCE = 40_000; // ms; the server speaks every 15 s
const ASK_EVERY = 2_500; // ms
const LONGEST_WAIT = 60_000; // ms between two tries of the stream

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export class Live {
  // onMessages(list), onState("live" | "lost" | "gone"), onStranger(): the token is not valid any more.
  constructor(api, handlers) {
    this.api = api;
    this.handlers = handlers;
    this.lastId = "";
  }

  async run() {
    let wait = 1_000;
    for (;;) {
      const alive = await this.follow();
      wait = alive ? 1_000 : Math.min(wait * 2, LONGEST_WAIT);
      await this.ask(wait);
    }
  }

  take(messages) {
    for (const { id } of messages) if (id > this.lastId) this.lastId = id;
    this.handlers.onMessages(messages);
  }

  // Follows one stream to its end; answers whether it was ever alive.
  async follow() {
    const control = new AbortController();
    let alive = false;
    let watch = setTimeout(() => control.abort(), FIRST_BYTE);
    const onBytes = () => {
      alive = true;
      clearTimeout(watch);
      watch = setTimeout(() => control.abort(), SILENCE);
      this.handlers.onState("live");
    };
    try {
      for await (const message of this.api.events(this.lastId, control.signal, onBytes)) {
        this.take([message]);
      }
    } catch (error) {
      await this.failed(error);
    } finally {
      clearTimeout(watch);
      control.abort();
    }
    return alive;
  }

  // Asks for messages until it is time to try the stream again.
  async ask(duration) {
    const end = Date.now() + duration;
    while (Date.now() < end) {
      await sleep(Math.min(ASK_EVERY, Math.max(end - Date.now(), 250)));
      try {
        this.take(await this.api.messages(this.lastId));
        this.handlers.onState("live");
      } catch (error) {
        await this.failed(error);
      }
    }
  }

  async failed(error) {
    if (error.status === 401 || error.status === 403) await this.handlers.onStranger();
    else if (error.status === 404) this.handlers.onState("gone");
    else if (error.status !== 503) this.handlers.onState("lost");
  }
}
