// Talks to the server. Every call carries the visitor's token in a header or body, never in an address.

const TIMEOUT = 15_000; // ms for a whole answer

export class Refused extends Error {
  constructor(response) {
    super(`HTTP ${response.status}`);
    this.status = response.status;
    this.retryAfter = Number(response.headers.get("Retry-After")) || 0; // seconds
  }
}

async function call(url, options = {}) {
  const response = await fetch(url, {
    credentials: "omit",
    cache: "no-store",
    signal: AbortSignal.timeout(TIMEOUT),
    ...options,
  });
  if (!response.ok) throw new Refused(response);
  return response;
}

const post = (body, headers = {}) => ({
  method: "POST",
  headers: { "Content-Type": "application/json", ...headers },
  body: JSON.stringify(body),
});

export class Api {
  constructor(channel) {
    this.base = `/chat/${channel}`;
    this.door = `/webhooks/webchat/${channel}`;
    this.token = "";
  }

  get proof() {
    return { Authorization: `Bearer ${this.token}` };
  }

  async session(token, language) {
    const response = await call(`${this.base}/session`, post({ token, language }));
    const session = await response.json();
    this.token = session.token;
    return session;
  }

  async messages(after) {
    const query = after ? `?after=${encodeURIComponent(after)}` : "";
    const response = await call(`${this.base}/messages${query}`, { headers: this.proof });
    return (await response.json()).results;
  }

  send(message) {
    return call(this.door, post({ token: this.token, ...message }));
  }

  read(upTo) {
    return call(`${this.base}/read`, { ...post({ up_to: upTo }, this.proof), keepalive: true });
  }

  async file(id) {
    const url = `${this.base}/attachments/${id}`;
    return (await call(url, { headers: this.proof, signal: undefined })).blob();
  }

  // Messages as they come. `onBytes` is called for every sign of life, heartbeats included.
  async *events(lastId, signal, onBytes) {
    const headers = { ...this.proof, Accept: "text/event-stream" };
    if (lastId) headers["Last-Event-ID"] = lastId;
    const response = await call(`${this.base}/events`, { headers, signal });
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      onBytes();
      const blocks = (rest + value).split("\n\n");
      rest = blocks.pop();
      for (const block of blocks) {
        const data = block.split("\n").find((line) => line.startsWith("data: "));
        if (data) yield JSON.parse(data.slice(6));
      }
    }
  }
}
