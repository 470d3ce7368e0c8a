// Voicemails by key; and who takes calls: the card of a call with its notes and outcome, and a browser as a telephone.
// Loaded by app.js where one of them is on the page.
"use strict";

// --- voicemails -------------------------------------------------------------------------------------------------

const SPEEDS = [1, 1.5, 2], SEEK = 5;  // seconds

function sound_of(node) {
  const own = node.closest?.("article");
  return own ? $("audio", own) : all("#stream article audio").find((one) => !one.paused) || all("#stream article.voicemail audio").at(-1);
}

function speed(sound, by) {
  const next = SPEEDS[Math.max(0, Math.min(SPEEDS.length - 1, SPEEDS.indexOf(sound.playbackRate) + by))];
  sound.playbackRate = sound.defaultPlaybackRate = next;
  $("[data-speed]", sound.parentElement).textContent = `${next.toLocaleString(document.documentElement.lang)}×`;
}

const SOUND_KEYS = {
  " ": (sound) => { if (sound.paused) sound.play(); else sound.pause(); },
  "<": (sound) => speed(sound, -1), ">": (sound) => speed(sound, 1),
  ArrowLeft: (sound) => { sound.currentTime = Math.max(0, sound.currentTime - SEEK); },
  ArrowRight: (sound) => { sound.currentTime = Math.min(sound.duration || Infinity, sound.currentTime + SEEK); },
};

document.addEventListener("keydown", (event) => {
  const act = SOUND_KEYS[event.key];
  if (!act || event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey || editable(event.target)) return;
  if (event.target.closest?.("button, summary, label, input, audio, dialog, .ringer")) return;
  const sound = sound_of(event.target);
  if (!sound) return;
  event.preventDefault();
  act(sound);
});
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-speed]"), sound = button && $("audio", button.parentElement);
  if (sound) speed(sound, sound.playbackRate === SPEEDS.at(-1) ? -SPEEDS.length : 1);
});

// --- the card ---------------------------------------------------------------------------------------------------

const desk = $("#phone"), phone_words = desk ? JSON.parse(desk.dataset.words) : {};
const card = () => $("#call", desk || document.createElement("p"));
const state = () => card()?.dataset.state || "";
const busy = () => ["talking", "dialling"].includes(state());
let lookups = 0, wants_notes = false, saving_notes = 0, calling = false;

async function look(id = "") {
  const mine = ++lookups;
  const answer = await fetch(`/phone?call=${id}`, { headers: { "X-Live": "1" } }).catch(() => null);
  const text = answer?.ok ? await answer.text() : null;
  if (text !== null && mine === lookups) lay(text);
}

function lay(text) {
  const next = new DOMParser().parseFromString(text, "text/html").getElementById("call"), now = card(), was = state();
  if (!next && was === "over") return;  // somebody is still writing what came of it
  const pressed_mute = $("[data-do=mute]", desk)?.ariaPressed;
  if (!next || next.dataset.call !== now?.dataset.call) desk.replaceChildren(...(next ? [next] : []));
  else {
    if (wants_notes) $("[name=note]", next)?.replaceChildren($("[name=note]", now).value);
    keep_unfolded(now, next);
    Idiomorph.morph(now, next, { morphStyle: "outerHTML", ignoreActiveValue: true });
  }
  if (!next) return;
  htmx.process(desk);
  const mute = $("[data-do=mute]", desk);
  if (mute && pressed_mute) mute.ariaPressed = pressed_mute;
  run_clock();
  if (document.activeElement.name === "outcome" && was !== state()) to_outcome();
  if (["taken", "missed"].includes(state()) && was !== state()) setTimeout(() => { if (card()?.dataset.call === next.dataset.call && ["taken", "missed"].includes(state())) close_card(); }, 8000);
}

// What was unfolded and chosen there stays, whatever happens to the call meanwhile.
function keep_unfolded(now, next) {
  for (const one of all("details[open]", now)) { const same = $(`#${one.id}`, next); if (same) same.open = true; }
  const to = $("[name=to]", now)?.value, number = $("[name=number]", now)?.value;
  for (const option of all("[name=to] option", next)) option.toggleAttribute("selected", option.value === to);
  $("[name=number]", next)?.setAttribute("value", number || "");
}

function to_outcome() { $("#call [name=outcome]:checked, #call [name=outcome]")?.focus(); }

function close_card() {
  if (busy()) return;
  lookups += 1;
  desk.replaceChildren();
}

const clock_of = (seconds) => `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;

function run_clock() {
  for (const node of all("[data-since]", desk)) {
    node.dataset.skew ||= String(Date.now() - Number(node.dataset.now));
    const seconds = Math.max(0, Math.floor((Date.now() - Number(node.dataset.skew) - Number(node.dataset.since)) / 1000));
    node.textContent = clock_of(seconds);
  }
  for (const node of all("[data-until]", desk)) {
    node.dataset.skew ||= String(Date.now() - Number(node.dataset.now));
    const left = Math.ceil((Number(node.dataset.until) - Date.now() + Number(node.dataset.skew)) / 1000);
    if (left > 0) node.textContent = clock_of(left);
    else node.closest(".rest").remove();
  }
}

function phone_says(text) { const line = $("#phone-says"); if (line) line.textContent = text; }

window.on_call = (event) => {
  if (!desk) return;
  const shown = card()?.dataset.call;
  if (shown === event.message) look(shown);
  else if (!busy()) look();
};

// Kept while they are written: neither a closed window nor a dead browser takes them along.
async function save_notes() {
  const at = card(), notes = at && $("[name=note]", at);
  if (!notes || !wants_notes) return;
  clearTimeout(saving_notes);
  wants_notes = false;
  const kept = await post(`/messages/${at.dataset.call}/call`, { note: notes.value }).catch(() => null);
  if (kept?.ok) { phone_says(phone_words.saved); return; }
  wants_notes = true;
  phone_says(phone_words.unsaved);
  saving_notes = setTimeout(save_notes, 3000);
}

if (desk) {
  desk.addEventListener("input", (event) => {
    if (event.target.name !== "note") return;
    wants_notes = true;
    phone_says("");
    clearTimeout(saving_notes);
    saving_notes = setTimeout(save_notes, 400);
  });
  desk.addEventListener("change", (event) => {
    if (event.target.name === "note") save_notes();
    if (event.target.name === "outcome") post(`/messages/${card().dataset.call}/call`, { outcome: event.target.value }).then((kept) => phone_says(kept.ok ? phone_words.saved : phone_words.unsaved), () => phone_says(phone_words.unsaved));
  });
  desk.addEventListener("click", (event) => DOES[event.target.closest("[data-do]")?.dataset.do]?.());
  desk.addEventListener("keydown", (event) => { if (event.key === "Escape" && !busy()) { event.stopPropagation(); if ($(".rest", desk)) rest("0"); save_notes(); close_card(); } });
  addEventListener("pagehide", save_notes);
  setInterval(run_clock, 1000);
  document.addEventListener("htmx:beforeRequest", (event) => { if (event.target.matches?.("form[action$='/calls']")) { calling = true; sit_down(); } });
  document.addEventListener("htmx:afterSettle", () => {
    const placed = calling && all("#stream article.call.out").at(-1);
    if (placed && !busy()) look(placed.id.slice(2));
  });
  look();
}

// --- answering, hanging up ----------------------------------------------------------------------------------------

let device = null, leg = null, wants_leg = false;  // leg: the call as this browser's telephone has it

const DOES = {
  answer: () => {
    if (!desk.dataset.library) return;
    wants_leg = !leg;
    leg?.accept();
    if (!editable(document.activeElement)) go(card().dataset.to);
  },
  decline: () => { leg?.reject(); close_card(); },
  silence: () => device?.audio?.incoming(false),
  "hang-up": async () => {
    const over = card().dataset.call;
    if (!editable(document.activeElement)) to_outcome();
    if (leg) { if (leg.status() === "pending") leg.reject(); else leg.disconnect(); return; }
    const answer = await post(`/messages/${over}/hang-up`).catch(() => null);
    if (!answer?.ok) phone_says(phone_words.hung);
    else look(over);
  },
  mute: () => { if (leg) { leg.mute(!leg.isMuted()); $("[data-do=mute]", desk).ariaPressed = String(leg.isMuted()); } },
  close: () => { save_notes(); close_card(); },
  hold: () => move("hold", { on: $("[data-do=hold]", desk).ariaPressed === "true" ? "0" : "1" }),
  record: () => move("recording", { on: $("[data-do=record]", desk).ariaPressed === "true" ? "1" : "0" }),
  transfer: () => hand_on("0"), ask: () => hand_on("1"),
  connect: () => move("transfer/end", { how: "connect" }), "take-back": () => move("transfer/end", { how: "back" }),
  "open-transfer": () => unfold("#call-transfer", "select"), "open-keypad": () => unfold("#call-keypad", "button"),
  ready: () => rest("0"), longer: () => rest("60"),
};

// The server does it with the provider; the button shows at once that it is under way.
async function move(act, form) {
  const id = card().dataset.call, pressed = document.activeElement?.closest("#call button");
  pressed?.setAttribute("aria-busy", "true");
  const answer = await post(`/messages/${id}/${act}`, form).catch(() => null);
  pressed?.removeAttribute("aria-busy");
  const refused = answer?.ok ? "" : (await answer?.text().then((text) => new DOMParser().parseFromString(text, "text/html").querySelector(".message-page .detail, [role=alert]")?.textContent.trim()).catch(() => "")) || phone_words.unsaved;
  await look(id);  // the card as it is now, and only then why nothing came of it: a new card says nothing
  if (refused) phone_says(refused);
  return !refused;
}

async function hand_on(ask) {
  const panel = $("#call-transfer"), to = $("[name=to]", panel).value || $("[name=number]", panel).value;
  panel.open = false;
  if (await move("transfer", { to, ask })) return;
  const again = $("#call-transfer", desk);
  if (!again) return;
  again.open = true;
  ($("[name=to]", again).value ? $("[name=to]", again) : $("[name=number]", again)).focus();
}

function unfold(which, first) {
  const panel = $(which, desk);
  if (!panel) return;
  panel.open = !panel.open;
  if (panel.open) $(first === "select" ? "select" : "[data-key]", panel).focus();
}

async function rest(seconds) { await post("/phone/ready", { seconds }).catch(() => null); look(card().dataset.call); }

if (desk) desk.addEventListener("click", (event) => { const key = event.target.closest("[data-key]"); if (key) leg?.sendDigits(key.dataset.key); });
if (desk) desk.addEventListener("keydown", (event) => { if (event.target.closest("#call-keypad") && /^[0-9*#]$/.test(event.key)) { event.preventDefault(); event.stopPropagation(); leg?.sendDigits(event.key); } });


// Before any other key: they print nothing and work in every field.
addEventListener("keydown", (event) => {
  if (!desk || event.altKey || event.ctrlKey || event.metaKey || event.isComposing) return;
  const rings = state() === "ringing", does = { F8: rings ? event.shiftKey ? "decline" : "answer" : busy() ? "hang-up" : "", F9: state() === "talking" ? event.shiftKey ? "hold" : "mute" : "", F4: state() === "talking" ? event.shiftKey ? "open-keypad" : "open-transfer" : "" }[event.key];
  if (!does) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  DOES[does]();
}, true);
acts.log = () => { if (card()) to_outcome(); else $("#log [data-narrow]")?.focus(); };

// --- this browser as a telephone ------------------------------------------------------------------------------------

let sitting = null;

function sit_down() {
  if (desk.dataset.library) sitting ||= register().catch((error) => { sitting = null; away(error); });
  return sitting;
}

async function register() {
  const told = await post("/phone/token").then((answer) => answer.json());
  if (!told.token) throw new Error(told.problem);
  await new Promise((loaded, failed) => document.head.append(Object.assign(document.createElement("script"), { src: desk.dataset.library, onload: loaded, onerror: failed })));
  const tones = ["incoming", "outgoing", "disconnect", "dtmfs", "dtmfh", ...Array.from({ length: 10 }, (_, n) => `dtmf${n}`)];
  device = new Twilio.Device(told.token, { publishEvents: false, logLevel: 5, sounds: Object.fromEntries(tones.map((name) => [name, desk.dataset.ring])) });
  device.audio?.outgoing(false);
  device.audio?.disconnect(false);
  device.on("incoming", ring);
  device.on("error", away);
  device.on("registered", () => { desk.dataset.registered = ""; phone_says(""); });
  device.on("tokenWillExpire", async () => { const more = await post("/phone/token").then((answer) => answer.json()); if (more.token) device.updateToken(more.token); });
  await device.register();
}

function away(error) {
  delete desk.dataset.registered;
  const why = error?.code === 31401 || error?.code === 31402 ? phone_words.denied : fill(phone_words.away, { why: error?.code || !error?.message ? `${phone_words.unreachable}${error?.code ? ` (${error.code})` : ""}` : error.message });
  if (card()) phone_says(why); else say_line(why);
}

function ring(call) {
  leg = call;
  const gone = () => { if (leg === call) leg = null; if (card()) look(card().dataset.call); };
  for (const name of ["cancel", "disconnect", "reject"]) call.on(name, gone);
  call.on("error", away);
  const asked_for = calling && !call.customParameters.get("call");  // by a click here, and no customer rings
  calling = calling && !asked_for;
  if (wants_leg || asked_for) call.accept();
  wants_leg = false;
}

if (desk?.dataset.library) (window.requestIdleCallback || setTimeout)(sit_down);

// Leave for the microphone is asked here, and not while somebody waits on the line.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-microphone]");
  if (!button) return;
  const says = button.nextElementSibling;
  try {
    const heard = await navigator.mediaDevices.getUserMedia({ audio: true });
    heard.getTracks().forEach((track) => track.stop());
    says.textContent = says.dataset.works;
  } catch { says.textContent = says.dataset.denied; }
});
