// The visitor's side of the chat: one socket, every message kept until the hub has accepted it.
(function () {
  "use strict";
  var doc = document, data = doc.body.dataset, channel = data.channel, language = data.language;
  var $ = function (id) { return doc.getElementById(id); };
  var thread = $("thread"), lines = $("lines"), form = $("form"), text = $("text"), state = $("state");
  var embedded = window.parent !== window, host = null, page = "";
  var token = "", identity = null, since = 0, socket = null, welcome = false, tries = 0, timer = 0;
  var shown = !embedded, unread = 0, typedAt = 0, typing = 0, files = [], atEnd = true, last = null, told = "";
  var pending = recall("pending", []), readSeq = recall("read", 0), skipped = recall("skipped", false), known = {};
  var wanted = null, calling = "";  // where to answer, once there is a question; the request to be called that is under way

  // --- what is remembered -------------------------------------------------------------------------------------

  function recall(what, otherwise) {
    try { return JSON.parse(localStorage.getItem("hub-chat-" + what + ":" + channel)) || otherwise; } catch (e) { return otherwise; }
  }
  function remember(what, value) {
    try { localStorage.setItem("hub-chat-" + what + ":" + channel, JSON.stringify(value)); } catch (e) { /* private window: kept in memory */ }
  }
  function keepToken(value) {
    token = value;
    if (host) tellHost({ hub: "token", token: value }); else if (!embedded) remember("token", value);
  }
  function random() {
    return Array.from(crypto.getRandomValues(new Uint8Array(12)), function (n) { return n.toString(16).padStart(2, "0"); }).join("");
  }

  // --- the socket ---------------------------------------------------------------------------------------------

  function connect() {
    clearTimeout(timer);
    if (socket && socket.readyState < 2) return;
    welcome = false;
    var mine = socket = new WebSocket(location.origin.replace(/^http/, "ws") + "/chat/" + channel + "/socket");
    mine.onopen = function () {
      var hello = { type: "hello", since: since };
      if (token) hello.token = token;
      if (identity) hello.identity = identity;
      send(hello);
    };
    mine.onmessage = function (event) { if (mine === socket) hear(JSON.parse(event.data)); };
    mine.onclose = function () { if (mine === socket) again(); };
    setTimeout(showState, 1500);
  }
  function again() {
    welcome = false;
    showState();
    clearTimeout(timer);
    timer = setTimeout(connect, Math.min(30000, 500 * Math.pow(2, tries++)) * (0.5 + Math.random() / 2));
  }
  function restart() {
    var old = socket;
    socket = null;
    if (old) old.close();
    connect();
  }
  function showState() {
    state.textContent = welcome || !socket ? "" : navigator.onLine === false ? data.offline : data.connecting;
  }
  function send(frame) {
    if (!socket || socket.readyState !== 1) return false;
    socket.send(JSON.stringify(frame));
    return true;
  }
  function hear(frame) {
    if (frame.type === "welcome") greet(frame);
    else if (frame.type === "message") receive(frame);
    else if (frame.type === "accepted") accept(frame);
    else if (frame.type === "typing") showTyping(frame.author);
    else if (frame.type === "noted") { $("contact").hidden = true; state.textContent = data.noted; }
    else if (frame.type === "error") fail(frame);
  }
  function greet(frame) {
    welcome = true;
    since = Math.min(since, frame.seq);
    tries = 0;
    showState();
    if (frame.token !== token) keepToken(frame.token);
    pending.forEach(function (message) { send(message); });
  }

  // --- lines --------------------------------------------------------------------------------------------------

  function receive(frame) {
    since = Math.max(since, frame.seq);
    var mine = frame.direction === "in";
    if (mine) settle(frame.client_id);
    if (known[frame.id]) return;
    var line = (mine && lines.querySelector('[data-client="' + frame.client_id + '"]')) || addLine(mine);
    fill(line, frame);
    $("attach").hidden = false;
    if (mine) return;
    hideTyping();
    last = frame;
    $("contact").hidden = true;
    seen();
  }
  function addLine(mine) {
    var line = $("line").content.firstElementChild.cloneNode(true);
    line.className = mine ? "mine" : "theirs";
    lines.appendChild(line);
    atEnd = atEnd || mine;
    requestAnimationFrame(stay);
    return line;
  }
  function fill(line, frame) {
    var at = new Date(frame.at), today = at.toDateString() === new Date().toDateString(), time = line.querySelector("time");
    line.dataset.id = frame.id || "";
    if (frame.id) known[frame.id] = true;
    line.querySelector(".who").textContent = line.className.indexOf("theirs") < 0 ? data.you : frame.author;
    time.dateTime = frame.at;
    time.textContent = at.toLocaleString(language, today ? { hour: "2-digit", minute: "2-digit" } : { dateStyle: "short", timeStyle: "short" });
    link(line.querySelector(".text"), frame.text || "");
    line.querySelector(".attached").replaceChildren.apply(line.querySelector(".attached"), (frame.attachments || []).map(attached));
  }
  function attached(file) {
    var item = doc.createElement("li"), name = file.filename || data.untitled, node = doc.createElement(file.url ? "a" : "span");
    if (file.url) { node.href = file.url; node.download = name; }
    node.textContent = name;
    item.append(node);
    return item;
  }
  function link(node, words) {
    node.textContent = "";
    words.split(/(https?:\/\/[^\s<>"']*[^\s<>"'.,;:!?)\]])/).forEach(function (part, at) {
      if (at % 2 === 0) { node.append(part); return; }
      var a = doc.createElement("a");
      a.href = a.textContent = part;
      a.target = "_blank";
      a.rel = "noopener noreferrer nofollow";
      node.append(a);
    });
  }
  // Whoever reads at the end stays there, whatever grows; whoever reads further up is left alone.
  function stay() { if (atEnd) thread.scrollTop = thread.scrollHeight; }
  thread.addEventListener("scroll", function () { atEnd = thread.scrollHeight - thread.scrollTop - thread.clientHeight < 40; });
  new ResizeObserver(stay).observe(thread);

  // --- what the visitor writes --------------------------------------------------------------------------------

  function say(words, uploads) {
    var message = { type: "message", client_id: random(), text: words, language: language, page: page };
    if (uploads.length) message.attachments = uploads.map(function (file) { return file.id; });
    pending.push(message);
    remember("pending", pending);
    draw(message, uploads);
    if (welcome) send(message); else connect();
  }
  function draw(message, uploads) {
    var line = addLine(true);
    line.dataset.client = message.client_id;
    fill(line, { at: new Date().toISOString(), text: message.text, attachments: uploads.map(function (file) { return { filename: file.filename }; }) });
    line.classList.add("waiting");
    line.querySelector(".tick").textContent = data.waiting;
  }
  function settle(clientId) {
    pending = pending.filter(function (message) { return message.client_id !== clientId; });
    remember("pending", pending);
    var line = lines.querySelector('[data-client="' + clientId + '"]');
    if (line) { line.classList.remove("waiting", "failed"); line.querySelector(".tick").textContent = "✓ " + data.sent; }
    return line;
  }
  function accept(frame) {
    if (frame.client_id === calling) { called(); return; }
    var line = settle(frame.client_id);
    if (line) { line.dataset.id = frame.id; known[frame.id] = true; }
    $("attach").hidden = false;
    if (wanted) { send(wanted); wanted = null; }
    else if (!skipped && !(identity && identity.email) && !last) { $("contact").hidden = false; requestAnimationFrame(stay); }
  }
  function fail(frame) {
    if (calling && frame.client_id === calling) { calling = ""; $("no-number").textContent = data.noNumber; $("phone").focus(); return; }
    var line = frame.client_id && lines.querySelector('[data-client="' + frame.client_id + '"]');
    if (!line) { state.textContent = frame.title; return; }
    var message = pending.filter(function (one) { return one.client_id === frame.client_id; })[0], button = doc.createElement("button");
    settle(frame.client_id);
    line.classList.add("failed");
    line.querySelector(".tick").textContent = data.failed + " " + frame.title + " ";
    button.type = "button";
    button.className = "link";
    button.textContent = data.again;
    button.onclick = function () { pending.push(message); remember("pending", pending); line.classList.replace("failed", "waiting"); line.querySelector(".tick").textContent = data.waiting; send(message); };
    if (message) line.querySelector(".tick").append(button);
  }

  form.addEventListener("submit", function (event) {
    event.preventDefault();
    var words = text.value.trim(), chosen = files;
    if (!words && !chosen.length) return;
    Promise.all(chosen.map(function (file) { return file.uploaded; })).then(function (uploads) {
      text.value = "";
      files = [];
      listFiles();
      grow();
      say(words, uploads.filter(Boolean));
    });
  });
  text.addEventListener("keydown", function (event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || !matchMedia("(pointer: fine)").matches) return;
    event.preventDefault();
    form.requestSubmit();
  });
  text.addEventListener("input", function () {
    grow();
    if (!text.value || Date.now() - typedAt < 3000) return;
    typedAt = Date.now();
    send({ type: "typing" });
  });
  function grow() { text.style.height = "auto"; text.style.height = Math.min(text.scrollHeight + 2, innerHeight * 0.4) + "px"; }

  // --- files --------------------------------------------------------------------------------------------------

  $("file").addEventListener("change", function () {
    Array.from(this.files).slice(0, 5 - files.length).forEach(function (file) {
      if (file.size > Number(data.maxFile)) { state.textContent = data.tooLarge; return; }
      files.push({ name: file.name, uploaded: upload(file) });
    });
    this.value = "";
    listFiles();
    text.focus();
  });
  function upload(file) {
    var body = new FormData();
    body.append("file", file);
    return fetch("/chat/" + channel + "/files", { method: "POST", body: body, headers: { Authorization: "Bearer " + token } })
      .then(function (answer) { return answer.ok ? answer.json() : null; })
      .catch(function () { return null; })
      .then(function (stored) { if (!stored) state.textContent = data.failed + " " + file.name; return stored; });
  }
  function listFiles() {
    $("files").replaceChildren.apply($("files"), files.map(function (file) {
      var item = doc.createElement("li"), name = doc.createElement("span"), button = doc.createElement("button");
      name.textContent = file.name;
      button.type = "button";
      button.textContent = "×";
      button.setAttribute("aria-label", data.remove.replace("{name}", file.name));
      button.onclick = function () { files.splice(files.indexOf(file), 1); listFiles(); text.focus(); };
      item.append(name, button);
      return item;
    }));
    $("files").hidden = !files.length;
  }

  // --- where else we may answer -------------------------------------------------------------------------------

  $("contact").addEventListener("submit", function (event) {
    event.preventDefault();
    var contact = { type: "contact", email: $("email").value, name: $("name") ? $("name").value : "" };
    if (!lines.querySelector(".mine")) { wanted = contact; $("contact").hidden = true; done(); return; }  // there is nobody yet whose it is
    if (send(contact)) done(); else connect();
  });
  $("skip").addEventListener("click", function () { $("contact").hidden = true; done(); });
  function offer() {
    if (data.away && !skipped && !(identity && identity.email)) $("contact").hidden = false;
    if ($("offer")) $("offer").hidden = false;
  }
  if ($("callback")) {
    $("ring").addEventListener("click", function () {
      var open = $("callback").hidden;
      $("callback").hidden = !open;
      this.setAttribute("aria-expanded", open);
      if (open) { $("phone").focus(); stay(); }
    });
    $("callback").addEventListener("submit", function (event) {
      event.preventDefault();
      $("no-number").textContent = "";
      calling = calling || random();
      if (!send({ type: "callback", client_id: calling, phone: $("phone").value, language: language, page: page })) connect();
    });
  }
  function called() {
    calling = "";
    $("callback").hidden = $("offer").hidden = true;
    state.textContent = data.called;
    text.focus();
  }
  function done() { skipped = true; remember("skipped", true); text.focus(); }

  // --- who looks ----------------------------------------------------------------------------------------------

  function looking() { return shown && doc.visibilityState === "visible"; }
  function seen() {
    if (!last || last.seq <= readSeq) return;
    if (!looking()) {
      unread = lines.querySelectorAll(".theirs").length ? unread + 1 : 0;
      tellHost({ hub: "unread", count: unread });
      return;
    }
    unread = 0;
    if (last.id === told) return;
    if (send({ type: "read", id: last.id })) { told = last.id; readSeq = last.seq; remember("read", readSeq); }
  }
  function showTyping(author) {
    $("typing").textContent = data.writes.replace("{name}", author);
    $("typing").hidden = false;
    stay();
    clearTimeout(typing);
    typing = setTimeout(hideTyping, 5000);
  }
  function hideTyping() { $("typing").hidden = true; }
  doc.addEventListener("visibilitychange", function () { if (doc.visibilityState === "visible") { tries = 0; if (socket || token) connect(); seen(); } });
  addEventListener("online", function () { tries = 0; if (socket) connect(); });
  addEventListener("offline", showState);

  // --- the page around us -------------------------------------------------------------------------------------

  function tellHost(what) { if (host) window.parent.postMessage(what, host); }
  addEventListener("message", function (event) {
    if (!embedded || event.source !== window.parent) return;
    var said = event.data || {};
    if (said.hub === "start") {
      host = event.origin;
      token = String(said.token || "");
      identity = said.identity || null;
      page = String(said.page || "").slice(0, 500);
      shown = Boolean(said.shown);
      begin();
    } else if (said.hub === "shown") { shown = Boolean(said.shown); begin(); seen(); }
    else if (said.hub === "identify") { identity = said.identity || null; if (socket) restart(); }
    else if (said.hub === "forget") forget();
  });
  function begin() {
    if (shown) { $("close").hidden = false; text.focus(); }
    if (shown || token) connect();
  }
  function forget() {
    identity = null;
    pending = [];
    remember("pending", pending);
    keepToken("");
    since = readSeq = 0;
    last = null;
    remember("read", 0);
    lines.replaceChildren();
    known = {};
    if (socket) restart();
  }
  doc.addEventListener("keydown", function (event) { if (event.key === "Escape" && !event.isComposing) tellHost({ hub: "close" }); });
  $("close").addEventListener("click", function () { tellHost({ hub: "close" }); });

  lines.replaceChildren();
  offer();
  if (data.colour) { doc.documentElement.style.setProperty("--bar", data.colour); doc.documentElement.style.setProperty("--on-bar", contrast(data.colour)); }
  pending.forEach(function (message) { draw(message, []); });
  if (embedded) window.parent.postMessage({ hub: "ready" }, "*");
  else { token = recall("token", ""); connect(); text.focus(); }

  function contrast(colour) {
    var parts = [1, 3, 5].map(function (at) { var c = parseInt(colour.slice(at, at + 2), 16) / 255; return c <= 0.03928 ? c / 12.92 : Math.pow((c + 0.055) / 1.055, 2.4); });
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2] > 0.4 ? "#1B2330" : "#FFFFFF";
  }
})();
