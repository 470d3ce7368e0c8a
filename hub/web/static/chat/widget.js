// <script src="https://hub.example.com/widget.js" data-channel="webchat" async></script>
// A button on the page; the chat itself is a frame that is loaded at the first click, or when an answer waits.
(function () {
  "use strict";
  var doc = document, me = doc.currentScript, data = me && me.dataset;
  if (!me || window.hubChat) return;
  var channel = data.channel || "webchat", origin = new URL(me.src).origin, address = origin + "/chat/" + channel;
  var lang = (data.lang || doc.documentElement.lang || navigator.language || "en").slice(0, 2).toLowerCase();
  var all = WORDS, words = all[lang] || all[""];  // WORDS: put in by the hub, from its table of languages
  var side = data.position === "left" ? "left" : "right", colour = data.color || "#1f5fbf", key = "hub-chat:" + channel;
  var identity = null, frame = null, ready = false, open = false;
  try { identity = data.identity ? JSON.parse(data.identity) : null; } catch (e) { console.warn("hub chat: data-identity is no JSON"); }

  function stored(value) {
    try { return value === undefined ? localStorage.getItem(key) : value ? localStorage.setItem(key, value) : localStorage.removeItem(key); } catch (e) { return null; }
  }
  function make(name, attributes, parent) {
    var node = doc.createElementNS(/^(svg|path)$/.test(name) ? "http://www.w3.org/2000/svg" : "http://www.w3.org/1999/xhtml", name);
    for (var at in attributes) node.setAttribute(at, attributes[at]);
    parent.appendChild(node);
    return node;
  }
  function tell(what) { if (ready) frame.contentWindow.postMessage(what, origin); }
  function load() {
    if (frame) return;
    frame = make("iframe", { title: words.title, src: address + "?lang=" + lang, hidden: "" }, root);
    root.insertBefore(frame, button);
  }
  function show(now) {
    if (now === open) return;
    open = now;
    load();
    frame.hidden = !open;
    root.host.className = open ? "open" : "";
    button.setAttribute("aria-expanded", open);
    label(0);
    tell({ hub: "shown", shown: open });
    if (open) frame.focus(); else button.focus();
  }
  function label(count) {
    badge.textContent = count > 99 ? "99+" : count || "";
    badge.hidden = !count;
    button.setAttribute("aria-label", (open ? words.close : words.open) + (count ? " (" + count + " " + words.new + ")" : ""));
  }
  addEventListener("message", function (event) {
    if (!frame || event.source !== frame.contentWindow || event.origin !== origin) return;
    var said = event.data || {};
    if (said.hub === "ready") {
      ready = true;
      tell({ hub: "start", token: stored() || "", identity: identity, page: location.href, shown: open });
    } else if (said.hub === "token") stored(String(said.token));
    else if (said.hub === "unread") { if (!open) label(Number(said.count) || 0); }
    else if (said.hub === "close") show(false);
  });
  doc.addEventListener("keydown", function (event) { if (event.key === "Escape" && open) show(false); });

  var host = doc.createElement("hub-chat"), root = host.attachShadow({ mode: "open" }), sheet = new CSSStyleSheet();
  sheet.replaceSync(
    ":host{position:fixed;z-index:2147483000;bottom:calc(16px + env(safe-area-inset-bottom));" + side + ":16px;font:16px system-ui,sans-serif}" +
    "button{position:relative;display:grid;place-items:center;margin-" + (side === "left" ? "right" : "left") + ":auto;width:56px;height:56px;padding:0;border:0;border-radius:50%;background:" + colour +
    ";color:#fff;cursor:pointer;box-shadow:0 4px 16px rgb(0 0 0/.24)}button:focus-visible{outline:3px solid " + colour + ";outline-offset:3px}" +
    "svg{width:28px;height:28px;fill:none;stroke:currentColor;stroke-width:1.75;stroke-linecap:round;stroke-linejoin:round}" +
    "b{position:absolute;top:-4px;" + side + ":-4px;min-width:22px;padding:0 6px;border-radius:11px;background:#b3261e;color:#fff;font:600 13px/22px system-ui;box-sizing:border-box}" +
    "iframe{display:block;width:min(384px,calc(100vw - 32px));height:min(620px,calc(100dvh - 112px));margin-bottom:12px;border:0;border-radius:14px;background:canvas;color-scheme:light dark;box-shadow:0 8px 32px rgb(0 0 0/.28)}" +
    "[hidden]{display:none}@media(max-width:480px){:host(.open){inset:0}:host(.open) iframe{width:100%;height:100%;margin:0;border-radius:0}:host(.open) button{display:none}}"
  );
  root.adoptedStyleSheets = [sheet];
  var button = make("button", { type: "button", "aria-expanded": "false" }, root);
  make("path", { d: "M4 5h16v11H10l-5 4v-4H4z" }, make("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" }, button));
  var badge = make("b", { "aria-hidden": "true", hidden: "" }, button);
  button.addEventListener("click", function () { show(!open); });
  label(0);
  (function place() { if (doc.body) doc.body.appendChild(host); else doc.addEventListener("DOMContentLoaded", place); })();

  window.hubChat = {
    open: function () { show(true); },
    close: function () { show(false); },
    identify: function (who) { identity = who; tell({ hub: "identify", identity: who }); },
    forget: function () { stored(""); identity = null; tell({ hub: "forget" }); }
  };
  if (stored()) fetch(address + "/unread", { method: "POST", body: stored(), headers: { "Content-Type": "text/plain" } })
    .then(function (answer) { return answer.json(); })
    .then(function (found) { if (found.unread && !open) { load(); label(found.unread); } })
    .catch(function () { /* the page's own policy may forbid the question; the chat works without it */ });
})();
