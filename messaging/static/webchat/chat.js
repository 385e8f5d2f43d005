// The web chat's page: puts the pieces together.

import { Api } from "./api.js";
import { Live, sleep } from "./live.js";
import { Outbox } from "./outbox.js";
import { Store } from "./store.js";
import { View, element } from "./view.js";

const TYPING = 5_000; // ms an answer of the bot is waited for in sight
const NEAR_END = 96; // px from the end that still count as reading along

const $ = (id) => document.getElementById(id);
const words = JSON.parse($("words").textContent);
const { channel, language, maxText } = $("chat").dataset;
const page = Object.fromEntries(
  ["scroll", "log", "typing", "suggestions", "newer", "composer", "text", "send", "left", "notice", "forget", "ask"].map((id) => [id, $(id)]),
);
const onPhone = matchMedia("(pointer: coarse)").matches;

const memory = new Store("localStorage", `balcao:${channel}:`);
const api = new Api(channel);
const view = new View(page.log, words, language, {
  loadFile: (id) => api.file(id),
  onRetry: (item) => outbox.retry(item),
  onDiscard: (item) => {
    outbox.remove(item.id);
    view.remove(item.id);
    page.text.focus();
  },
});
const outbox = new Outbox(api, new Store("sessionStorage", `balcao:${channel}:`), {
  language,
  onStranger: introduce,
  onChange(item) {
    keepingPlace(() => view.pending(item), true);
    if (item.state === "sent") awaitAnswer();
    suggest();
  },
});
const live = new Live(api, { onMessages: receive, onState: tell, onStranger: introduce });

let visitor = "";
let newest = null; // the latest message the server has shown
let readUpTo = "";
let unseen = 0;
let typingTimer = 0;
let following = true; // the visitor is at the end of the log

// --- who we are

async function introduce() {
  const session = await api.session(memory.get("token"), language);
  visitor = session.visitor;
  memory.set("token", session.token);
  return session;
}

async function start() {
  for (let wait = 1_000; ; wait = Math.min(wait * 2, 15_000)) {
    try {
      const session = await introduce();
      const past = await api.messages();
      view.greeting(session.greeting || words.welcome);
      live.take(past);
      break;
    } catch (error) {
      tell(error.status ? "gone" : "lost");
      await sleep(wait);
    }
  }
  tell("live");
  outbox.resume();
  toEnd();
  page.log.setAttribute("aria-busy", "false");
  readyToSend();
  live.run();
}

// --- what comes in

function receive(messages) {
  const fresh = messages.filter(({ id }) => !view.has(id));
  if (!fresh.length) return;
  keepingPlace(() => fresh.forEach(draw), false);
  suggest();
  const answers = fresh.filter(({ direction }) => direction === "out").length;
  if (answers || newest.owner !== "bot") stopTyping();
  if (!answers) return;
  if (document.hidden) unseen += answers;
  showUnseen();
  confirmRead();
}

function draw(message) {
  const own = `${visitor}:`;
  const clientId = message.external_id?.startsWith(own) ? message.external_id.slice(own.length) : "";
  const mine = outbox.has(clientId) ? clientId : "";
  view.show(message, mine);
  if (mine) outbox.remove(mine);
  if (!newest || message.id > newest.id) newest = message;
}

// Buttons stand below the latest message only: older ones were answered or passed by.
function suggest() {
  const open = newest?.direction === "out" && !outbox.items.length ? newest.buttons : [];
  const key = open.length ? newest.id : "";
  if (page.suggestions.dataset.key === key) return;
  keepingPlace(() => {
    page.suggestions.dataset.key = key;
    page.suggestions.hidden = !open.length;
    page.suggestions.replaceChildren(...open.map(suggestion));
  }, false);
}

function suggestion({ title, payload, url }) {
  if (/^https?:/i.test(url)) {
    const link = element("a", "", title);
    Object.assign(link, { href: url, target: "_blank", rel: "noopener noreferrer" });
    return link;
  }
  const button = element("button", "", title);
  button.type = "button";
  button.addEventListener("click", () => {
    outbox.add(title, { payload, reply_to: newest.external_id ?? undefined });
    (onPhone ? page.scroll : page.text).focus({ preventScroll: true });
  });
  return button;
}

function awaitAnswer() {
  if (newest && newest.owner !== "bot") return; // people take their time
  keepingPlace(() => (page.typing.hidden = false), false);
  clearTimeout(typingTimer);
  typingTimer = setTimeout(stopTyping, TYPING);
}

function stopTyping() {
  clearTimeout(typingTimer);
  page.typing.hidden = true;
}

// --- what was seen

function atEnd() {
  const { scrollHeight, scrollTop, clientHeight } = page.scroll;
  return scrollHeight - scrollTop - clientHeight < NEAR_END;
}

// Changes the log and stays at its end, unless the visitor is reading further up.
function keepingPlace(change, always) {
  following ||= always;
  change();
  if (following) toEnd();
  else page.newer.hidden = atEnd();
}

function toEnd() {
  page.scroll.scrollTop = page.scroll.scrollHeight;
}

function showUnseen() {
  const title = $("title").textContent;
  document.title = unseen ? `${words.unread.replace("{n}", unseen)} · ${title}` : title;
}

function confirmRead() {
  if (document.hidden || !atEnd() || newest?.direction !== "out" || newest.id === readUpTo) return;
  const upTo = (readUpTo = newest.id);
  api.read(upTo).catch(() => {
    if (readUpTo === upTo) readUpTo = ""; // told again with the next occasion
  });
}

function tell(state) {
  const text = !navigator.onLine ? words.offline : { live: "", lost: words.connecting, gone: words.unavailable }[state];
  if (page.notice.textContent === text) return;
  page.notice.textContent = text;
  page.notice.hidden = !text;
}

// --- writing

function readyToSend() {
  const text = page.text.value;
  page.send.disabled = !visitor || !text.trim();
  const left = Number(maxText) - text.length;
  page.left.textContent = left < 200 ? words.too_long.replace("{n}", left) : "";
  if (!CSS.supports("field-sizing", "content")) {
    page.text.style.height = "auto";
    page.text.style.height = `${page.text.scrollHeight}px`;
  }
}

function submit(event) {
  event.preventDefault();
  const text = page.text.value.trim();
  if (!text || !visitor) return;
  page.text.value = "";
  readyToSend();
  outbox.add(text);
  page.text.focus();
}

page.composer.addEventListener("submit", submit);
page.text.addEventListener("input", readyToSend);
page.text.addEventListener("keydown", (event) => {
  const send = event.key === "Enter" && !event.shiftKey && !event.isComposing && !onPhone;
  if (send) submit(event);
});
page.scroll.addEventListener("scroll", () => {
  following = atEnd();
  if (!following) return;
  page.newer.hidden = true;
  confirmRead();
});
page.newer.addEventListener("click", () => {
  toEnd();
  page.text.focus({ preventScroll: true });
});
// A picture that loads, a keyboard that opens or a longer text must not push the end out of sight.
const sizes = new ResizeObserver(() => following && toEnd());
for (const part of [page.scroll, page.log]) sizes.observe(part);
document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  unseen = 0;
  showUnseen();
  confirmRead();
});
addEventListener("offline", () => tell("lost"));
addEventListener("online", () => {
  tell("live");
  outbox.retryFailed();
});

page.forget.addEventListener("click", () => page.ask.showModal());
page.ask.addEventListener("close", () => {
  if (page.ask.returnValue !== "yes") return;
  memory.clear("token");
  outbox.storage.clear("outbox");
  location.reload();
});

start();
