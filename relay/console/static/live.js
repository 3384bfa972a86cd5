// The live page, moved by what the server says; without this script it is as it was when it was loaded.
"use strict";

const SILENCE = 25000; // milliseconds; a heartbeat comes every 10 seconds
const board = document.getElementById("board");
const connection = document.getElementById("connection");
let source = null, heard = Date.now();

function say(state) {
  if (connection.className === state) return;
  connection.className = state;
  connection.querySelector(".said").textContent = connection.dataset[state];
}

function put(html) {
  const fresh = new DOMParser().parseFromString(html, "text/html");
  const at = board.querySelector(".scroll")?.scrollLeft ?? 0;
  board.replaceChildren(...fresh.body.childNodes);
  const scrolled = board.querySelector(".scroll");
  if (scrolled) scrolled.scrollLeft = at;
}

function listen() {
  source?.close();
  source = new EventSource("/live/events");
  heard = Date.now();
  source.onopen = () => { heard = Date.now(); say("live"); };
  source.onerror = () => say("lost");
  source.addEventListener("heartbeat", () => { heard = Date.now(); say("live"); });
  source.addEventListener("board", (event) => { heard = Date.now(); say("live"); put(JSON.parse(event.data)); });
}

say("connecting");
listen();
setInterval(() => { if (Date.now() - heard > SILENCE || source.readyState === EventSource.CLOSED) { say("lost"); listen(); } }, 5000);
addEventListener("pagehide", () => source.close());
addEventListener("pageshow", (event) => { if (event.persisted) listen(); });
