"use strict";

// The page's one moving part: a WebSocket that echoes.
const form = document.getElementById("talk");
const heard = document.getElementById("heard");
const message = document.getElementById("message");
const most = 6;
let socket;
let sent = 0;

function note(text, kind) {
  const line = document.createElement("li");
  line.textContent = text;
  if (kind) line.className = kind;
  heard.prepend(line);
  while (heard.children.length > most) heard.lastChild.remove();
}

function send() {
  sent = performance.now();
  socket.send(message.value);
}

function connect() {
  const url = new URL(form.dataset.url, location.href);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  socket = new WebSocket(url);
  socket.onopen = send;
  socket.onmessage = (e) => note(`${e.data} (${(performance.now() - sent).toFixed(1)} ms)`);
  socket.onclose = () => { socket = undefined; note("The connection is closed.", "closed"); };
}

form.addEventListener("submit", (e) => {
  e.preventDefault();
  if (socket && socket.readyState === WebSocket.OPEN) send();
  else if (!socket) connect();
});
