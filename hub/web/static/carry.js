// What an SMS costs, what a channel does not carry, and how much: said before anything is sent or uploaded.
"use strict";

const GSM = /^[@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&'()*+,\-./0-9:;<=>?¡A-ZÄÖÑÜ§¿a-zäöñüà^{}\\[~\]|€\f]*$/;
const SIMPLER = {
  "„": '"', "“": '"', "”": '"', "‟": '"', "«": '"', "»": '"', "‚": "'", "‘": "'", "’": "'", "‹": "'", "›": "'", "´": "'", "`": "'",
  "–": "-", "—": "-", "‐": "-", "‑": "-", "−": "-", "•": "-", "…": "...", "\u00a0": " ", "\u202f": " ", "\u2009": " ",
};
const NOT_SIMPLE = new RegExp(`[${Object.keys(SIMPLER).join("")}]`, "g");
const simpler = (text) => text.replace(NOT_SIMPLE, (sign) => SIMPLER[sign]);
const chosen = () => $("#composer [name=channel]:checked");
const chosen_files = () => [...($("#composer [name=files]")?.files || [])];

// An SMS of one alphabet holds 160 units, of the other 70; cut into several, 153 and 67 each (3GPP TS 23.038, 23.040).
function measure(text) {
  const narrow = GSM.test(text);
  const units = narrow ? text.length + (text.match(/[\^{}\\[~\]|€\f]/g) || []).length : text.length;
  return { narrow, units, n: units <= (narrow ? 160 : 70) ? 1 : Math.ceil(units / (narrow ? 153 : 67)) };
}

function show_carried() {
  const way = chosen(), more = $("#more-ways");
  if (!way) return;
  if (more) $(".held", more).textContent = more.contains(way) ? way.dataset.label : "";
  count_text(way.dataset);
  show_files(way.dataset);
  show_lost(way.dataset);
}

document.addEventListener("change", ({ target }) => {
  const more = target.closest?.("#more-ways");
  if (more) { more.open = false; $("summary", more).focus(); }
});

function count_text(able) {
  const out = $("#counter"), text = $("#text").value, over = text.length - Number(able.max || Infinity);
  const cut = "segments" in able && text && over <= 0 ? measure(text) : null;
  out.classList.toggle("over", over > 0);
  out.textContent = over > 0 ? fill(words.over, { n: over }) : cut ? fill(words.sms[cut.n === 1 ? 0 : 1], cut) + (cut.narrow ? "" : ` · ${words.unicode} (${[...text].find((sign) => !GSM.test(sign))})`) : "";
  out.title = cut && !cut.narrow ? words.unicode_why : "";
  offer_simpler(text, cut);
}

// Quotation marks and dashes of a word processor make an SMS half as long: they can be exchanged.
function offer_simpler(text, cut) {
  const offer = $("#simpler"), after = cut && !cut.narrow ? measure(simpler(text)) : null, saved = after?.narrow ? cut.n - after.n : 0;
  offer.hidden = saved < 1;
  if (saved > 0) offer.textContent = `${count(words.simpler, text.match(NOT_SIMPLE).length)}, ${count(words.saves, saved)}`;
}

document.addEventListener("click", (event) => {
  if (event.target.id !== "simpler") return;
  const text = $("#text"), written = simpler(text.value);
  text.focus();
  text.select();
  document.execCommand("insertText", false, written);  // the browser's own undo takes it back
});

const size_of = (octets) => new Intl.NumberFormat(document.documentElement.lang, { style: "unit", unit: "megabyte", maximumFractionDigits: 1 }).format(octets / 1e6);

function show_files(able) {
  const files = chosen_files(), octets = files.reduce((sum, file) => sum + file.size, 0), problem = $("#toomuch");
  const values = { n: files.length, size: size_of(octets), channel: able.label, most: able.files, limit: size_of(Number(able.octets)) };
  const carries = "octets" in able;
  problem.hidden = !carries || (octets <= Number(able.octets) && files.length <= Number(able.files));
  if (!problem.hidden) $("span", problem).textContent = fill(words.toomuch, values);
  $("#picked").textContent = files.length ? [files.map((file) => file.name).join(", "), ...(carries ? [fill(words.limit, values)] : [])].join(" · ") : "";
}

function show_lost(able) {
  const line = $("#lost"), copies = all("#composer :is([name=cc], [name=bcc])").flatMap((field) => field.value.split(/[,;\s]+/)).filter(Boolean).length;
  const subject = $("#composer [name=subject]").value.trim() && !("subject" in able);
  const lost = [
    ...(subject ? [words.lost.subject] : []),
    ...(copies && !("copies" in able) ? [count(words.lost.copies, copies)] : []),
    ...(chosen_files().length && !("octets" in able) ? [count(words.lost.files, chosen_files().length)] : []),
  ];
  line.hidden = !lost.length;
  line.textContent = lost.length ? fill(words.lost.line, { channel: able.label, what: lost.join(", ") }) : "";
}

// What is too much is not uploaded first and refused then.
document.addEventListener("submit", (event) => {
  if (event.target.id !== "composer" || event.submitter?.hasAttribute("formaction") || $("#toomuch").hidden) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  $("#composer [name=files]").focus();
}, true);
document.addEventListener("htmx:xhr:progress", ({ target, detail }) => {
  const bar = target.id === "composer" && chosen_files().length ? $("#upload") : null;
  if (!bar || !detail.lengthComputable) return;
  bar.hidden = false;
  bar.value = detail.loaded / detail.total;
});
document.addEventListener("htmx:afterRequest", () => { const bar = $("#upload"); if (bar) bar.hidden = true; });

// Files are dropped and pasted where one writes, too.
const carried_in = (event) => (event.target.closest?.("#composer") ? [...((event.clipboardData || event.dataTransfer)?.files || [])] : []);
document.addEventListener("dragover", (event) => { if (event.target.closest?.("#composer") && event.dataTransfer.types.includes("Files")) event.preventDefault(); });
for (const name of ["paste", "drop"]) document.addEventListener(name, (event) => {
  const came = carried_in(event), together = new DataTransfer();
  if (!came.length || event.clipboardData?.types.includes("text/plain")) return;  // spreadsheets bring a picture of the text, too
  event.preventDefault();
  for (const file of [...chosen_files(), ...came]) together.items.add(file);
  $("#composer [name=files]").files = together.files;
  show_carried();
});
