// Enhances pages that already work without it: live updates, keys, drafts, counters.
// htmx swaps whole pages by morphing; nothing here holds state that the server does not have.
"use strict";

delete Element.prototype.moveBefore;  // Chromium 156 crashes in it
htmx.config.defaultSettleDelay = 0;  // the focus moves at once

const $ = (selector, root = document) => root.querySelector(selector);
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const page = () => $("#page");
const words = JSON.parse($("#words").textContent);
const csrf = () => $("meta[name=csrf]").content;
const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
const count = (pair, n) => fill(pair[n === 1 ? 0 : 1], { n });
const editable = (node) => node?.closest?.("input:not([type=radio],[type=checkbox],[type=button]), textarea, select, [contenteditable]");
const post = (url, data = {}) => fetch(url, {
  method: "POST", keepalive: true, headers: { "X-CSRF-Token": csrf(), "X-Quiet": "1" }, body: new URLSearchParams(data),
});
const tell_hub = (url, data) => post(url, data).catch(() => {});  // where nothing is lost if it does not arrive

document.addEventListener("change", ({ target }) => target.matches("[data-at-once]") && target.form.requestSubmit());

// --- live: one connection per browser -----------------------------------------------------------------------

const place = () => "seq" in page().dataset ? Number(page().dataset.seq) : null;
let seq = place();  // in the order of events; null on a page that knows of none: there only what is new counts
let lostAt = 0;
const recent = [];
const tabs = "BroadcastChannel" in window ? new BroadcastChannel("hub-live") : null;
let leading = false, listen = () => {};  // again, when the stream has ended

function hear(event) {
  if (event.reset) return refresh();
  if (event.signed_in) return came_back();
  if (event.typing) return show_typing(event.typing);
  if (event.presence) return see_agent(event.presence);
  if (event.seq <= seq) return;
  seq = event.seq;
  if (event.type === "agent.changed" && !event.conversation) return;
  if (event.type.startsWith("call.")) window.on_call?.(event);
  if (event.mentions?.includes($("meta[name=agent-id]").content)) tell_mention(event, words.mentioned);
  if (event.tell?.includes($("meta[name=agent-id]").content)) tell_mention(event, words.told[event.type]);
  if (event.type === "message.received") tell_message(event);
  if (event.type === "message.received" && event.conversation !== page().dataset.conversation) {
    fresh.add(event.conversation);
    say_elsewhere(event.conversation);
  }
  refresh();
}

// What comes in elsewhere is read out together, not one by one.
const elsewhere = new Set();
let saying = 0;

function say_elsewhere(conversation) {
  elsewhere.add(conversation);
  saying ||= setTimeout(() => {
    $("#say").textContent = count(words.news, elsewhere.size);
    elsewhere.clear();
    saying = 0;
  }, 3000);
}

let typing = 0, told_typing = 0;

function show_typing(customer) {
  const line = $("#typing");
  if (!line || customer !== page().dataset.customer) return;
  line.textContent = line.dataset.words;
  clearTimeout(typing);
  typing = setTimeout(() => { line.textContent = ""; }, 5000);
}

// Customers see "Lena is writing" for answers, never for notes.
function tell_typing() {
  const way = chosen();
  if (!way || !("typing" in way.dataset) || !$("#text").value || Date.now() - told_typing < 3000) return;
  told_typing = Date.now();
  tell_hub(`/conversations/${page().dataset.conversation}/typing`, { channel: way.value });
}

function spread(event) {
  if (event.seq) { recent.push(event); if (recent.length > 300) recent.shift(); }
  tabs?.postMessage(event);
  hear(event);
}

function lead() {
  leading = true;
  let source, wait = 1000, next = 0;
  listen = () => {
    clearTimeout(next);
    if (source && source.readyState !== EventSource.CLOSED) return;
    source = new EventSource(seq === null ? "/live" : `/live?since=${seq}`);
    source.onopen = () => { wait = 1000; connection(true); tabs?.postMessage({ online: true }); };
    source.onmessage = (message) => spread(JSON.parse(message.data));
    source.addEventListener("typing", (message) => spread(JSON.parse(message.data)));
    source.addEventListener("presence", (message) => spread({ presence: JSON.parse(message.data) }));
    source.addEventListener("reset", () => spread({ reset: true }));
    source.addEventListener("gone", () => { source.close(); tabs?.postMessage({ gone: true }); ask_sign_in(); });
    source.onerror = () => {
      if (!is_gone()) {  // or it is the session that is missing, not the hub
        connection(false);
        tabs?.postMessage({ online: false });
      }
      if (source.readyState !== EventSource.CLOSED) return;
      refresh();
      next = setTimeout(listen, wait + Math.random() * 500);
      wait = Math.min(wait * 2, 30000);
    };
  };
  listen();
  addEventListener("online", () => { source.close(); listen(); });
  addEventListener("pagehide", () => source.close());
  return new Promise(() => {});
}

if (tabs) {
  tabs.onmessage = ({ data }) => {
    if ("hello" in data) { if (leading && data.hello !== null) recent.filter((event) => event.seq > data.hello).forEach((event) => tabs.postMessage(event)); }
    else if ("online" in data) connection(data.online);
    else if ("gone" in data) ask_sign_in();
    else hear(data);
  };
}
if (tabs && navigator.locks) {
  navigator.locks.request("hub-live", lead);
  tabs.postMessage({ hello: seq });
} else lead();

addEventListener("offline", () => connection(false));
function connection(online) {
  if (online) {
    if (lostAt && $("#line")?.hidden === false) { say_line(words.back); refresh(); setTimeout(() => { if (!lostAt) say_line(""); }, 4000); }
    lostAt = 0;
    send_waiting();
    return;
  }
  if (lostAt) return;
  lostAt = Date.now();
  setTimeout(() => { if (lostAt) say_offline(); }, 5000);
}

function say_offline() { say_line(is_gone() ? words.unsigned : words.offline); }

// An answer that was sent while the hub was away leaves when it is back, unless it is changed before.
let waiting = null;
const composed = () => $("#composer [name=client_id]")?.value;

function wait_for_hub(config) {
  waiting = { config, of: composed() };
  all("[aria-disabled]").forEach((node) => node.removeAttribute("aria-disabled"));
  say_line(words.waiting);
}

function send_waiting() {
  const asked = waiting;
  waiting = null;
  if (asked && asked.of === composed()) repeat(asked.config);  // else somebody went on: it is a draft there
}

// On the page, and in what covers it.
function say_line(text) {
  for (const line of all(".line")) { line.textContent = text; line.hidden = !text; }
}

// --- refreshing what is on the page -------------------------------------------------------------------------

const fresh = new Set();
let due = 0, running = false, arrivals = 0;  // arrivals: pages that htmx has put up

function refresh() {
  if (due) return;
  due = setTimeout(run, running ? 400 : 60);
}

async function run() {
  due = 0;
  if (running || !($("[data-live]") || lostAt)) { if (running) refresh(); return; }  // lost: is it the session?
  running = true;
  const at = location.href, asked = arrivals;
  try {
    const answer = await fetch(at, { headers: { "X-Live": "1" } }), text = await answer.text();
    if (answer.status === 401) ask_sign_in();
    else if (at !== location.href || asked !== arrivals) refresh();  // it tells of a page that stands here no more
    else if (answer.ok && !answer.redirected) renew(new DOMParser().parseFromString(text, "text/html"));
  } catch { connection(false); }
  running = false;
}

function renew(next) {
  const ahead = next.getElementById("page");
  if (!ahead) return;
  if ("seq" in ahead.dataset) seq = Math.max(seq, Number(ahead.dataset.seq));
  for (const name of ["seq", "unread"]) if (name in ahead.dataset) page().dataset[name] = ahead.dataset[name];
  document.title = next.title;
  for (const part of all("[data-live]")) {
    const to = next.getElementById(part.id);
    if (!to || held(part, to)) continue;
    patch(part, to);
    if (part.contains($("#stream"))) saw(ahead.dataset.seq);
  }
  const rail = next.querySelector(".doors");
  if (rail) Idiomorph.morph($(".doors"), rail, { morphStyle: "outerHTML" });
  settle(false);
}

// What somebody unfolded stays so when the page is renewed, and what is busy until the page has come.
Idiomorph.defaults.callbacks.beforeAttributeUpdated = (name, node) => !(name === "open" && node.matches?.("details.fold") || name === "aria-busy");

// Nothing moves under the pointer, and nothing that is being used is replaced.
function held(part, to) {
  if (part.contains(editable(document.activeElement)) || $("details[open]:not(.fold)", part)) return true;
  if (part.id !== "list") return false;
  const busy = part.matches(":hover") || part.contains(document.activeElement) || part.scrollTop > 40 || picked.size;
  if (!busy || !fresh.size || order(part) === order(to)) return false;
  const bar = $("#news");
  if (bar) { bar.textContent = count(words.news, fresh.size); bar.hidden = false; }
  return true;
}

// A form in which something was written stays as it is, with the token by which the hub knows it again.
const is_begun = (node) => node.matches?.("form") && [...node.elements].some((field) => (
  field.matches("select") ? [...field.options].some((one, index) => one.selected !== (one.defaultSelected || (!index && !$("[selected]", field))))
    : field.matches("[type=checkbox], [type=radio]") ? field.checked !== field.defaultChecked
      : field.matches("input:not([type=hidden]), textarea") && field.value !== field.defaultValue));

const order = (list) => all(".row", list).map((row) => row.pathname).join();

function patch(part, to) {
  const bottom = part.matches("[role=log]") && part.scrollHeight - part.scrollTop - part.clientHeight < 80;
  if (part.id === "list") fresh.clear();
  Idiomorph.morph(part, to, { morphStyle: "outerHTML", ignoreActiveValue: true, callbacks: { beforeNodeMorphed: (node) => !is_begun(node) } });
  htmx.process(part);  // what came new is opened and sent like the rest, without a new page
  if (bottom) part.scrollTop = part.scrollHeight;
}

document.addEventListener("click", (event) => {
  if (event.target.id !== "news") return;
  fresh.clear();
  event.target.hidden = true;
  event.target.blur();
  const list = $("#list");
  list.scrollTop = 0;
  list.classList.add("renewing");
  run();
});

// --- after every page ---------------------------------------------------------------------------------------

let typed = "";  // before what did not arrive came into the composer
let reading = 0, opened = "", wasComposing = false, upwards = false;  // walking to the page above

function settle(arrived = true) {
  const now = page().dataset.conversation || "";
  tick();
  show_carried();
  show_picked();
  be_present();
  show_allowed();
  bring_pictures();
  if (!window.on_call && $("#phone, .voicemail")) { window.on_call = () => {}; document.head.append(Object.assign(document.createElement("script"), { src: words.phone })); }
  if (arrived) { arrivals += 1; ask_presence(); setTimeout(() => $("#stream")?.removeAttribute("aria-busy")); }
  if (!arrived) { if (Number(page().dataset.unread)) read_soon(); return; }
  if (place() !== null) {
    if (place() < seq) refresh();  // what was heard while this page was on its way may be missing in it
    seq = Math.max(seq, place());
  }
  if (now !== opened || wasComposing) {
    const stream = $("#stream"), mark = $("#unread");
    if (stream) stream.scrollTop = mark ? mark.offsetTop - stream.offsetTop - 40 : stream.scrollHeight;
    $(".row[aria-current]")?.scrollIntoView({ block: "nearest" });
  }
  const text = $("#text");
  if (now && wasComposing) text?.focus();
  if (typed && text && !text.value.includes(typed)) text.value += `\n\n${typed}`;
  typed = "";
  if (text && !text.value) text.value = localStorage.getItem(`draft:${now}`) || "";
  arrive(now, page().dataset.seq);
  note_bulk();
  $(".collision")?.focus();
  all(".screen").forEach((screen) => { if (screen.id !== "mails") screen.scrollTop = screen.scrollHeight; });
  if (!now && matchMedia("(min-width: 768px)").matches && opened) all(".row").at(upwards ? -1 : 0)?.focus();
  upwards = false;
  opened = now;
  wasComposing = false;
  read_soon();
}

function read_soon() {
  clearTimeout(reading);
  const id = page().dataset.conversation;
  if (!id || !Number(page().dataset.unread) || !$("#composer")) return;
  reading = setTimeout(() => {
    if (document.visibilityState !== "visible" || page().dataset.conversation !== id) return;
    page().dataset.unread = "0";
    tell_hub(`/conversations/${id}/reading`);
  }, 2000);
}
document.addEventListener("input", (event) => {  // writing beside a choice chooses it
  const choice = event.target.closest("label")?.querySelector("input[type=radio]");
  if (choice && choice !== event.target) choice.checked = true;
});
document.addEventListener("visibilitychange", () => { if (document.visibilityState === "visible") { read_soon(); refresh(); } });

setInterval(tick, 1000);
function tick() {
  for (const node of all("[data-due]")) {
    node.dataset.skew ||= String(Date.now() - Number(node.dataset.now));
    const left = Math.ceil((Number(node.dataset.due) - Date.now() + Number(node.dataset.skew)) / 1000);
    node.textContent = left > 0 ? count(words.leaves, left) : words.leaving;
    if (left <= 0) { node.closest(".tick").querySelector(".undo")?.remove(); if (left > -3) refresh(); }
  }
}

document.addEventListener("htmx:afterSettle", () => settle());
addEventListener("submit", (event) => {
  if (event.submitter?.formTarget) event.stopImmediatePropagation();  // opens in a window of its own: this page stays
}, true);
document.addEventListener("htmx:beforeRequest", (event) => {
  const form = event.target.closest?.("form"), composing = form?.id === "composer";
  typed = event.target.closest?.(".tick a") && $("#text") ? $("#text").value : "";
  if (!composing) save_draft();  // what is being sent is no draft any more, unless it comes back
  wasComposing = composing || Boolean(form?.matches(".undo"));
  const button = event.detail.requestConfig?.triggeringEvent?.submitter;
  if (composing) {
    clearTimeout(saving);
    if (button) button.setAttribute("aria-disabled", "true");
  }
});
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr, requestConfig } = event.detail, form = requestConfig.elt;
  $("#stream")?.setAttribute("aria-busy", "true");  // another page of it is not read out, only what comes in
  if (xhr.status === 401) {
    event.detail.shouldSwap = false;
    ask_sign_in(() => repeat(requestConfig));
  }
  if (form.id !== "composer") return;
  if (xhr.status >= 400) { all("[aria-disabled]").forEach((node) => node.removeAttribute("aria-disabled")); return; }
  unsaved = false;
  localStorage.removeItem(`draft:${new URL(form.action).pathname.split("/")[2]}`);
});
for (const name of ["htmx:sendError", "htmx:timeout"]) document.addEventListener(name, (event) => {
  const text = $("#text");
  if (text?.value) localStorage.setItem(`draft:${page().dataset.conversation}`, text.value);
  if (lostAt && event.detail.elt.id === "composer") wait_for_hub(event.detail.requestConfig);
  else say_failed();
});

function say_failed() {
  all("[aria-disabled]").forEach((node) => node.removeAttribute("aria-disabled"));
  say_line(words.failed);
}

// --- the composer -------------------------------------------------------------------------------------------

// What its author has seen is what stood on the screen before the first letter: a colleague's word that a live
// refresh brings later must stop the answer, however long it stands there.
let screen = 0, begun = { conversation: "", seen: 0 };

function saw(upto) {
  screen = Number(upto);
  if (!$("#text")?.value) begin();
}

function begin() {
  const seen = $("#composer [name=seen]");
  begun = { conversation: page().dataset.conversation, seen: screen };
  if (seen) seen.value = screen;
}

function arrive(conversation, upto) {
  screen = Number(upto || 0);
  const seen = $("#composer [name=seen]");
  if (seen && $("#text").value && begun.conversation === conversation && !$(".collision")) seen.value = begun.seen;
  else begin();
}

// A colleague was faster: theirs stands beside mine, and mine is sent all the same, changed or discarded.
document.addEventListener("click", ({ target }) => {
  const button = target.closest?.(".collision [type=button]"), text = $("#text");
  if (!button) return;
  text.focus();
  if ("discard" in button.dataset) { text.select(); document.execCommand("delete"); }  // as if typed: Ctrl+Z brings it back
  $(".collision").remove();
});

let saving = 0, unsaved = false;
const DRAFTED = ["text", "channel", "subject", "cc", "bcc"];

document.addEventListener("input", (event) => {
  const form = event.target.closest("#composer");
  if (!form) return;
  if (waiting) { waiting = null; say_offline(); }
  show_carried();
  if (!DRAFTED.includes(event.target.name)) return;
  if (event.target.name === "text") { tell_typing(); if (!event.target.value) begin(); }
  unsaved = true;
  localStorage.setItem(`draft:${page().dataset.conversation}`, $("#text").value);
  clearTimeout(saving);
  saving = setTimeout(save_draft, 1200);
});

function save_draft() {
  const form = $("#composer");
  if (!form || !unsaved) return;
  unsaved = false;
  const key = `draft:${page().dataset.conversation}`;
  post(form.dataset.draft, Object.fromEntries(DRAFTED.map((name) => [name, form.elements[name].value])))
    .then((answer) => { if (answer.ok) localStorage.removeItem(key); }, () => { unsaved = true; });
}
addEventListener("pagehide", save_draft);

function next_channel(step) {
  const ways = all("#composer [name=channel]:not(:disabled):not([value=note])");
  if (!ways.length) return;
  const at = ways.indexOf(chosen());
  const way = ways[at < 0 ? 0 : (at + step + ways.length) % ways.length];
  way.checked = true;
  way.dispatchEvent(new Event("input", { bubbles: true }));
}

function send(then) {
  const button = $(`#composer button[name=then][value="${then}"]`);
  if (button && button.getAttribute("aria-disabled") !== "true") button.click();
}

// --- menus --------------------------------------------------------------------------------------------------

document.addEventListener("toggle", (event) => {
  if (!event.target.matches?.("details.menu") || !event.target.open) return;
  all("details.menu[open]").forEach((menu) => { if (menu !== event.target && !menu.contains(event.target)) menu.open = false; });
}, true);
document.addEventListener("click", (event) => {
  all("details.menu[open]").forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
});

// Arrows walk through what a menu holds; a field with a list of its own (narrow.js) keeps them.
document.addEventListener("keydown", (event) => {
  const menu = event.target.closest?.("details.menu[open]"), by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!menu || !by || event.target.matches("textarea, select, input:not([type=checkbox])")) return;
  const items = all(".pop :is(a, button, input:not([type=hidden]), select)", menu).filter((one) => one.checkVisibility() && !one.disabled);
  event.preventDefault();
  const at = items.indexOf(event.target);
  items.at(at < 0 && by < 0 ? -1 : (at + by) % items.length)?.focus();
});

function open_menu(id, first = "button, input, a") {
  const menu = $(`#${id}`);
  if (!menu) return;
  menu.open = true;
  $(`.pop :is(${first})`, menu)?.focus();
}

// Pictures of senders of whom they are always shown are asked for as soon as their mail is on the screen.
const brought = new Set();
function bring_pictures() {
  for (const form of all("form.pictures[data-always]")) {
    if (brought.has(form.action)) continue;
    brought.add(form.action);
    post(form.action).then(refresh, () => {});
  }
}

// The customer beside the conversation: where there is room it can be put away, where there is none it lies above.
function turn_panel(on = !document.body.classList.contains("panel-turned")) {
  const panel = $("#panel");
  if (!panel) return;
  document.body.classList.toggle("panel-turned", on);
  if (matchMedia("(min-width: 1280px)").matches) return;
  if (on) $("#close-panel").focus(); else $("#to-panel")?.focus();
}
document.addEventListener("click", (event) => {
  if (event.ctrlKey || event.metaKey || !event.target.closest("#to-panel, #close-panel")) return;
  event.preventDefault();
  turn_panel();
});

// --- keys: by what is printed, never with Alt ------------------------------------------------------------------

let prefix = 0;
const press = (selector) => $(selector)?.click();
const pressed = JSON.parse($("#pressed").textContent);  // key -> act or address: hub.web.shortcuts, as this agent changed it

function step(by) {
  const rows = all(".row, .found.messages a");
  if (!rows.length) return;
  const at = rows.findIndex((row) => row === document.activeElement || (row.ariaCurrent === "true" && !rows.includes(document.activeElement)));
  const over = at + by >= rows.length ? "next" : at + by < 0 ? "prev" : "";
  if (over && $(`.pager [rel=${over}]`)) { upwards = by < 0; kept.push({ key: "o" }); press(`.pager [rel=${over}]`); return; }
  const row = rows[Math.max(0, Math.min(rows.length - 1, at + by))];
  row.focus();
  if (row.matches(".row")) row.click();
}

const acts = {
  next: () => step(1), previous: () => step(-1), open: () => document.activeElement?.matches(".row") && document.activeElement.click(),
  pick: pick_row, "pick-down": () => extend_picked(1), "pick-up": () => extend_picked(-1),
  reply: () => { const way = chosen(); if (way?.value === "note") next_channel(1); $("#text")?.focus(); },
  note: () => { const way = $("#composer [value=note]"); if (way) { way.checked = true; $("#text").focus(); show_carried(); } },
  forward: () => all(".act.forward").at(-1)?.click(),
  take: () => act_on("assign:me", () => press("#m-assign button[value=me]")),
  assign: () => menu_for("b-assign", () => open_menu("m-assign", "[data-narrow]")), snooze: () => menu_for("b-snooze", () => open_menu("m-snooze")),
  done: () => act_on("done", () => press("#f-close button")), "done-stay": () => { const form = $("#f-close"); if (form) { $("button", form).value = ""; $("button", form).click(); } },
  labels: () => menu_for("b-label", () => open_menu("m-more", "[name=label], [name=new]"), "[name=labels]"),
  priority: () => menu_for("b-label", () => open_menu("m-more", "[name=priority]"), "[value^=priority]"),
  log: () => $("#log [data-narrow]")?.focus(),
  macro: () => menu_for("b-macro", () => open_menu("m-macro", "[data-narrow]"), "[data-narrow]"),
  unread: () => press("#f-unread button"), undo: () => undo_last() || press(".undo button"), call: () => press("#panel form[action$='/calls'] button"),
  panel: () => turn_panel(), search: () => $("[type=search]")?.focus(), help: () => press("a[href='/help']"),
};

document.addEventListener("keydown", (event) => {
  if (event.isComposing || event.altKey || event.getModifierState?.("AltGraph")) return;
  if (keep_for_later(event)) return;
  const mod = event.ctrlKey || event.metaKey;
  if (mod && !event.shiftKey && event.key === "k") { event.preventDefault(); open_palette(); return; }
  if (event.target.closest?.("#palette")) return;
  if (event.key === "F2" && $("#composer")) { event.preventDefault(); next_channel(event.shiftKey ? -1 : 1); return; }
  if (mod && event.key === "Enter" && event.target.closest("#composer")) { event.preventDefault(); send(event.shiftKey ? "next" : ""); return; }
  if (mod && event.shiftKey && event.key.toLowerCase() === "l" && $("#composer")) { event.preventDefault(); $(".later").open = true; $(".later [data-words]").focus(); return; }
  if (mod && event.key === "s" && save_form(event)) return;
  if (mod && !event.shiftKey && event.key === "z" && untouched(event.target) && undo_last()) { event.preventDefault(); return; }
  if (mod) return;
  if (event.key === "Escape") return escape(event);
  if (editable(event.target)) return;
  const menu = $(":is(#m-snooze, #b-snooze)[open]");
  if (menu && "123".includes(event.key)) { event.preventDefault(); all(":is(button[name=until], button[name=act])", menu)[Number(event.key) - 1]?.click(); return; }
  if (menu && begin_words(event, menu)) return;
  const way = prefix && Date.now() - prefix < 1500 ? pressed[`g ${event.key}`] : "";
  prefix = event.key === "g" && !way && "g i" in pressed ? Date.now() : 0;
  if (way) { event.preventDefault(); go(way); return; }
  if (/^[1-9]$/.test(event.key) && "g i" in pressed && $("#views")) { event.preventDefault(); all("#views a[href*='view=']")[Number(event.key) - 1]?.click(); return; }
  const act = acts[pressed[event.key]];
  if (act) { event.preventDefault(); act(); }
});

// Where no link leads there, none is followed: the page of somebody who may not see it.
function go(to) {
  const link = $(`a[href="${to}"]`) || Object.assign(document.createElement("a"), { href: to, hidden: true });
  if (!link.isConnected) { document.body.append(link); htmx.process(link); }
  link.click();
}

// What says that it saves: in the form one is in, else the only one there is. No other button: many a first one sends.
function save_form(event) {
  const found = all('[aria-keyshortcuts="Control+S"]:not([disabled])', event.target.closest("form") || page()), [button] = found;
  if (found.length !== 1) return false;
  event.preventDefault();
  button.click();
  return true;
}

function escape(event) {
  const menu = $("details.menu[open]");
  if (menu) { menu.open = false; $("summary", menu).focus(); return; }
  if (picked.size && !event.target.closest(".thread")) { $("#bulk").reset(); return; }
  if (event.target.closest("#panel") && document.body.classList.contains("panel-turned")) { turn_panel(false); return; }
  if (event.target.closest("#composer")) { $("#stream")?.focus(); return; }
  if (event.target.closest(".thread")) $(".row[aria-current]")?.focus();
}

settle();
