// Who else looks at a conversation or writes there, in the list and above the stream; and that this agent does.
"use strict";

const BEAT = 20000, AWAY = 45000, WRITES = 5000;  // milliseconds
const there = new Map();  // conversation -> Map of agent -> { name, until, writes }
let told_at = "", told_writing = 0, leaving = 0, knowing = false;

const tell_presence = (conversation, doing) => tell_hub(`/conversations/${conversation}/presence`, { doing });

function see_agent({ conversation, agent, name, doing }) {
  if (agent === $("meta[name=agent-id]")?.content) return;
  const known = there.get(conversation) || new Map();
  there.set(conversation, known);
  if (doing === "leaves") {
    known.delete(agent);
    if (conversation === page().dataset.conversation) refresh();  // a draft may be left behind
  } else known.set(agent, { name, until: Date.now() + AWAY, writes: doing === "writes" ? Date.now() + WRITES : 0 });
  show_presence();
}

function show_presence() {
  const now = Date.now();
  for (const row of all(".rows > li")) mark_row(row, at_work(row.id.slice(4), now));
  const line = $("#here");
  if (line) say_presence(line, at_work(page().dataset.conversation, now));
}

function at_work(conversation, now) {
  const known = there.get(conversation);
  if (!known) return [];
  for (const [agent, one] of known) if (one.until < now) known.delete(agent);
  return [...known.values()].map((one) => ({ name: one.name, writes: one.writes > now }));
}

const sentence = (one) => fill(one.writes ? words.writes : words.here, { name: one.name });

function mark_row(row, people) {
  let mark = $(".here-mark", row);
  if (!people.length) { mark?.remove(); return; }
  if (!mark) {
    mark = Object.assign(document.createElement("span"), { className: "here-mark" });
    $(".row .top", row)?.prepend(mark);
  }
  const text = people.map(sentence).join(", ");
  if (mark.textContent !== text) { mark.textContent = text; mark.title = text; }
  mark.classList.toggle("writes", people.some((one) => one.writes));
}

function say_presence(line, people) {
  const text = people.slice(0, 4).map(sentence).join(" · ");
  if (line.textContent !== text) line.textContent = text;
  line.classList.toggle("writes", people.some((one) => one.writes));
}

// Told when a conversation opens, every BEAT while it is on the screen, and when it is left.
function be_present(beat = false) {
  const now = document.visibilityState === "visible" ? page().dataset.conversation || "" : "";
  if (told_at && told_at !== now) tell_presence(told_at, "leaves");
  if (now && (beat || told_at !== now)) tell_presence(now, "looks");
  told_at = now;
  show_presence();
}

async function ask_presence() {
  if (knowing || !$("#list")) return;  // from then on the live connection tells
  knowing = true;
  const answer = await fetch("/presence", { headers: { "X-Live": "1" } }).catch(() => null);
  if (!answer?.ok || answer.redirected) return;
  for (const [conversation, people] of Object.entries(await answer.json())) {
    for (const [agent, name] of Object.entries(people)) see_agent({ conversation, agent, name, doing: "looks" });
  }
}

document.addEventListener("input", (event) => {
  if (event.target.id !== "text" || !event.target.value || Date.now() - told_writing < 3000) return;
  told_writing = Date.now();
  tell_presence(page().dataset.conversation, "writes");
});
document.addEventListener("visibilitychange", () => {
  clearTimeout(leaving);
  if (document.visibilityState === "visible") { knowing = false; be_present(); ask_presence(); } else leaving = setTimeout(be_present, 5000);
});
addEventListener("pagehide", () => { if (told_at) tell_presence(told_at, "leaves"); told_at = ""; });
setInterval(() => be_present(true), BEAT);
setInterval(show_presence, 1000);
