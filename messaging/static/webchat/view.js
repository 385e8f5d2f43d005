// Draws messages. Everything a person wrote becomes text nodes: no markup is ever built from it.

const LINK = /https?:\/\/[^\s<>"'`]+/gi;
const PICTURES = ["image/png", "image/jpeg", "image/gif", "image/webp"];
const PICTURE_LIMIT = 5_000_000; // bytes shown without being asked for
const DOWNLOAD = "M12 4v11m0 0-4-4m4 4 4-4M5 20h14";

export function element(name, className, ...children) {
  const node = document.createElement(name);
  if (className) node.className = className;
  node.append(...children);
  return node;
}

// Text with its web addresses as links; only http and https, and without the full stop after one.
export function linked(text) {
  const parts = document.createDocumentFragment();
  let end = 0;
  for (const match of text.matchAll(LINK)) {
    const address = match[0].replace(/[.,;:!?)\]}…]+$/u, "");
    let url;
    try {
      url = new URL(address);
    } catch {
      continue;
    }
    if (!["http:", "https:"].includes(url.protocol)) continue;
    const link = element("a", "", address);
    Object.assign(link, { href: url.href, target: "_blank", rel: "noopener noreferrer nofollow ugc" });
    parts.append(text.slice(end, match.index), link);
    end = match.index + address.length;
  }
  parts.append(text.slice(end));
  return parts;
}

export class View {
  constructor(log, words, language, { loadFile, onRetry, onDiscard }) {
    Object.assign(this, { log, words, loadFile, onRetry, onDiscard });
    this.nodes = new Map(); // by message id, or by the page's own id while it is on its way
    this.texts = new Map();
    this.time = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit" });
    this.date = new Intl.DateTimeFormat(language, { weekday: "long", day: "numeric", month: "long" });
    this.size = new Intl.NumberFormat(language, { maximumFractionDigits: 1 });
  }

  has(id) {
    return this.nodes.has(id);
  }

  // The bubble a visitor sees before anything was written.
  greeting(text) {
    const node = element("div", "message theirs", this.name(this.words.bot), element("div", "bubble", this.text(text)));
    this.place(node, "", "bot", null);
  }

  // A message the server shows us. `clientId` is ours when we sent it from this page.
  show(message, clientId) {
    const mine = message.direction === "in";
    const waiting = clientId && this.nodes.get(clientId);
    if (waiting) {
      this.nodes.delete(clientId);
      this.nodes.set(message.id, waiting);
      this.state(waiting, "sent");
      this.place(waiting, message.id, "mine", new Date(message.created_at));
      this.texts.set(message.id, message.text);
      return;
    }
    const agent = message.sender === "agent";
    const name = agent ? message.agent || this.words.agent : this.words.bot;
    const bubble = element("div", "bubble");
    const quoted = agent && message.reply_to && this.texts.get(message.reply_to);
    if (quoted) bubble.append(this.quote(quoted));
    if (message.text) bubble.append(this.text(message.text));
    for (const file of message.attachments) bubble.append(this.file(file));
    const sent = new Date(message.created_at);
    const node = element("div", `message fresh ${mine ? "mine" : "theirs"}${agent ? " agent" : ""}`);
    node.append(this.name(mine ? this.words.you : name), bubble, this.meta(sent));
    if (mine) this.state(node, "sent");
    this.texts.set(message.id, message.text);
    this.nodes.set(message.id, node);
    this.place(node, message.id, mine ? "mine" : `${message.sender} ${name}`, sent);
  }

  // A message on its way, or one that did not make it.
  pending(item) {
    let node = this.nodes.get(item.id);
    if (!node) {
      const sent = new Date(item.at);
      node = element("div", "message mine fresh", this.name(this.words.you));
      node.append(element("div", "bubble", this.text(item.text)), this.meta(sent));
      this.nodes.set(item.id, node);
      this.place(node, `~${String(item.at).padStart(15, "0")}`, "mine", sent);
    }
    this.state(node, item.state, item);
  }

  remove(id) {
    this.nodes.get(id)?.remove();
    this.nodes.delete(id);
    this.regroup();
  }

  // --- pieces

  name(words) {
    return element("p", "name", words);
  }

  text(text) {
    return element("div", "text", linked(text));
  }

  quote(text) {
    const label = element("span", "hidden-words", `${this.words.in_reply_to}: `);
    return element("span", "quote", label, text.slice(0, 160));
  }

  meta(sent) {
    const time = element("time", "", this.time.format(sent));
    time.dateTime = sent.toISOString();
    return element("p", "meta", time, element("span", "state"));
  }

  state(node, state, item) {
    node.classList.toggle("pending", state === "sending");
    node.classList.toggle("failed", state === "failed" || state === "refused");
    const words = { sending: this.words.sending, sent: this.words.sent, failed: this.words.failed, refused: this.words.refused };
    node.querySelector(".state").textContent = words[state];
    for (const button of node.querySelectorAll(".meta button")) button.remove();
    if (state === "failed") this.action(node, this.words.retry, () => this.onRetry(item));
    if (state === "failed" || state === "refused") this.action(node, this.words.discard, () => this.onDiscard(item));
  }

  action(node, words, run) {
    const button = element("button", "", words);
    button.type = "button";
    button.addEventListener("click", run);
    node.querySelector(".meta").append(button);
  }

  file({ id, name, mime, size, type }) {
    const label = name || type;
    const button = element("button", "file", icon(DOWNLOAD), element("span", "", label));
    button.type = "button";
    button.setAttribute("aria-label", this.words.file.replace("{name}", label));
    if (size) button.append(element("small", "", `${this.size.format(size / 1024)} KB`));
    button.addEventListener("click", () => this.download(button, id, label));
    if (!PICTURES.includes(mime) || size > PICTURE_LIMIT) return button;
    const both = element("div", "", button);
    this.picture(both, id, mime, label);
    return both;
  }

  async picture(holder, id, mime, label) {
    try {
      const picture = element("img", "picture");
      picture.alt = label;
      picture.src = URL.createObjectURL((await this.loadFile(id)).slice(0, undefined, mime));
      holder.prepend(picture);
    } catch {
      // The button below stays, and says what is wrong when it is pressed.
    }
  }

  async download(button, id, label) {
    try {
      const link = element("a");
      link.href = URL.createObjectURL(await this.loadFile(id));
      link.download = label;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
    } catch {
      button.querySelector("span").textContent = this.words.file_failed;
    }
  }

  // --- order

  // Puts a node where its key belongs; server ids grow with time, and what is on its way comes last.
  place(node, key, author, sent) {
    Object.assign(node.dataset, { key, author, day: sent ? sent.toDateString() : "" });
    const later = [...this.log.querySelectorAll(".message")].find((other) => other !== node && other.dataset.key > key);
    const next = later ?? null;
    if (!node.isConnected || following(node) !== next) this.log.insertBefore(node, next);
    this.regroup();
  }

  // Names stand above the first bubble of a row by one author; a new day gets a line.
  regroup() {
    for (const line of this.log.querySelectorAll(".day")) line.remove();
    let before = null;
    for (const node of this.log.querySelectorAll(".message")) {
      const { author, day } = node.dataset;
      const newDay = day && day !== before?.dataset.day;
      const today = day === new Date().toDateString();
      node.classList.toggle("first", newDay || author !== before?.dataset.author);
      if (newDay && (before?.dataset.day || !today)) {
        this.log.insertBefore(element("p", "day", this.dayName(new Date(day))), node);
      }
      before = node;
    }
  }

  dayName(day) {
    const days = Math.round((new Date().setHours(0, 0, 0, 0) - day) / 86_400_000);
    return days === 0 ? this.words.today : days === 1 ? this.words.yesterday : this.date.format(day);
  }
}

function following(node) {
  let next = node.nextElementSibling;
  while (next && !next.classList.contains("message")) next = next.nextElementSibling;
  return next;
}

function icon(path) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  for (const [name, value] of Object.entries({ viewBox: "0 0 24 24", width: 20, height: 20, "aria-hidden": true })) {
    svg.setAttribute(name, value);
  }
  svg.append(document.createElementNS(space, "path"));
  svg.firstChild.setAttribute("d", path);
  return svg;
}
