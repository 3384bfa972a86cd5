// The console's page, kept up to date: what the server renders is fetched and put in place.
// Without this script the page reads and works the same, but for updating itself.
"use strict";

const EVENTS = "/api/v1/events";
const SILENCE = 25000; // milliseconds; a heartbeat comes every 10 seconds
const FAULT = 15000; // how long what was refused stays said
const APART = 700; // between two refreshes, so that a storm of events is a few of them
const FAST = { method: "GET", credentials: "same-origin", cache: "no-store" };

const byId = (id) => document.getElementById(id);
const regions = () => [...document.querySelectorAll("[data-region]")];

// ---------------------------------------------------------------- putting in place

let faultAt = 0;
const served = new Map(); // what the server last said of each region: our own marks are not in it
const said = (element) => element.innerHTML.replace(/name="key" value="[^"]*"/g, "");
for (const each of regions()) served.set(each.id, said(each));

function kept(region) {
  const fields = [...region.querySelectorAll("input, textarea, select")].filter((each) => each.id);
  const typed = fields.filter((each) => each.tagName === "SELECT" ? each.value : each.value !== each.defaultValue);
  const focus = region.contains(document.activeElement) ? document.activeElement : null;
  return {
    typed: typed.map((each) => [each.id, each.value]),
    open: [...region.querySelectorAll("details[open]")].map((each) => each.id),
    focus: focus && marker(focus),
    at: focus && "selectionStart" in focus ? [focus.selectionStart, focus.selectionEnd] : null,
  };
}

const FOCUSABLE = "a, button, input, select, textarea, summary";

function marker(element) { // finds the element again in what comes in its place; else what it stood in
  if (element.id) return (region) => region.querySelector(`#${CSS.escape(element.id)}`);
  const owner = element.closest("[id]");
  const nth = [...owner.querySelectorAll(FOCUSABLE)].indexOf(element);
  const kind = element.dataset.key || element.textContent;
  return (region) => {
    const place = region.id === owner.id ? region : region.querySelector(`#${CSS.escape(owner.id)}`);
    const found = place && place.querySelectorAll(FOCUSABLE)[nth];
    if (found && (found.dataset.key || found.textContent) === kind) return found;
    return place && place.hasAttribute("tabindex") ? place : null;
  };
}

function restore(region, was) {
  for (const [id, value] of was.typed) {
    const field = byId(id);
    if (field && region.contains(field)) field.value = value;
  }
  for (const id of was.open) if (byId(id)) byId(id).open = true;
  const focus = was.focus && was.focus(region);
  if (!focus) return;
  focus.focus({ preventScroll: true });
  if (was.at && focus.setSelectionRange && was.at[0] !== null) {
    try { focus.setSelectionRange(was.at[0], was.at[1]); } catch { /* a field that has no selection */ }
  }
}

function place(fresh, sent) {
  const focused = document.activeElement.closest("[data-callback]");
  for (const region of regions()) {
    const now = fresh.getElementById(region.id);
    if (!now || served.get(region.id) === said(now)) continue;
    served.set(region.id, said(now));
    const was = kept(region);
    if (sent) was.typed = was.typed.filter(([id]) => !sent.has(id));
    region.replaceChildren(...now.childNodes);
    restore(region, was);
  }
  const fault = fresh.getElementById("fault");
  if (fault && (sent || Date.now() - faultAt > FAULT)) byId("fault").replaceChildren(...fault.childNodes);
  if (sent) faultAt = Date.now(); // a refresh that somebody else brings about does not wipe it away
  tick();
  find();
  ring();
  if (focused && document.activeElement === document.body) follow(focused.dataset.callback);
}

function follow(callback) {
  const moved = byId(`mine-${callback}`) || byId(`callback-${callback}`) || document.querySelector("#entries > li");
  if (moved) moved.focus({ preventScroll: true });
}

// ---------------------------------------------------------------- fetching

let under = null; // the refresh under way
let again = false;
let last = 0;
let isOld = false; // the last refresh failed

async function page(address, options) {
  const answer = await fetch(address, options);
  if (new URL(answer.url).pathname === "/sign-in") {
    location.assign("/sign-in");
    throw new Error("signed out");
  }
  if (!(answer.headers.get("Content-Type") || "").startsWith("text/html")) throw new Error("no page");
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

function refresh() {
  if (under) { again = true; return; }
  const wait = last + APART - Date.now(); // a window in the background has slow timers: none where none is needed
  const turn = wait > 0 ? new Promise((done) => setTimeout(done, wait)) : Promise.resolve();
  under = turn.then(async () => {
    last = Date.now();
    try { place(await page(location.href, FAST)); isOld = false; } catch { isOld = true; }
    under = null;
    if (again) { again = false; refresh(); }
  });
}

const busy = new Set(); // addresses that are being asked: a double click is one

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (form.method !== "post" || form.action.includes("/sign-out")) return;
  event.preventDefault();
  const button = event.submitter || form.querySelector("button");
  const address = button && button.hasAttribute("formaction") ? button.formAction : form.action;
  if (busy.has(address)) return;
  busy.add(address);
  const sent = new Set([...form.elements].map((each) => each.id).filter(Boolean));
  const body = new URLSearchParams(new FormData(form));
  if (button) button.disabled = true;
  try {
    const options = { method: "POST", body, credentials: "same-origin" };
    const fresh = await page(address, options);
    const isRefused = Boolean(fresh.querySelector("#fault > .fault"));
    place(fresh, isRefused ? new Set() : sent);
    if (!isRefused) for (const id of sent) clear(byId(id));
  } catch {
    lost();
  } finally {
    busy.delete(address);
    if (button) button.disabled = false;
  }
});

function clear(field) {
  if (field && field.form) field.value = field.tagName === "SELECT" ? "" : field.defaultValue;
}

// ---------------------------------------------------------------- events

let source = null;
let heard = Date.now();

function say(how) {
  const place = byId("connection");
  const text = place.dataset[how];
  if (place.className === how) return;
  place.className = how;
  place.querySelector(".said").textContent = text;
}

function lost() {
  if (source) source.close();
  source = null;
  say("lost");
}

function listen() {
  if (source) return;
  source = new EventSource(EVENTS);
  const mine = source;
  const news = () => { heard = Date.now(); refresh(); };
  mine.onopen = () => { heard = Date.now(); say("live"); refresh(); };
  mine.onerror = () => { if (mine === source) { lost(); refresh(); } };
  mine.addEventListener("heartbeat", () => { heard = Date.now(); if (isOld) refresh(); });
  for (const each of ["reset", "callback.updated"]) mine.addEventListener(each, news);
  const calls = ["offered", "offer_ended", "answered", "held", "resumed", "transferred", "missed", "ended", "closed", "action_taken"];
  for (const each of calls) mine.addEventListener(`call.${each}`, news);
}

setInterval(() => {
  if (source && Date.now() - heard > SILENCE) lost();
  if (!source) { heard = Date.now(); listen(); }
}, 2000);
addEventListener("offline", lost);
addEventListener("online", () => { if (!source) { heard = Date.now(); listen(); } });

// ---------------------------------------------------------------- time, ringing

const DUE = 10000; // between two refreshes because something is due: the clocks may differ
let dueAt = 0;

function tick() {
  for (const each of document.querySelectorAll(".ago")) {
    const seconds = Math.max(0, Math.floor((Date.now() - Date.parse(each.dataset.since)) / 1000));
    const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
    const [first, ...rest] = parts[0] ? parts : parts.slice(1);
    each.textContent = parts[0] > 47 ? "" : [first, ...rest.map((part) => String(part).padStart(2, "0"))].join(":");
  }
  const isDue = [...document.querySelectorAll("[data-due]")].some((each) => Date.parse(each.dataset.due) <= Date.now());
  if (isDue && Date.now() - dueAt > DUE) { dueAt = Date.now(); refresh(); }
}
setInterval(tick, 1000);

let rung = new Set([...document.querySelectorAll('[data-call][data-state="ringing"]')].map((each) => each.dataset.call));
let audio = null;
const remembered = (name) => { try { return localStorage.getItem(name); } catch { return null; } };
const remember = (name, value) => { try { localStorage.setItem(name, value); } catch { /* private window */ } };

function ring() {
  const ringing = [...document.querySelectorAll('[data-call][data-state="ringing"]')];
  if (!ringing.length) byId("said").textContent = "";
  for (const each of ringing) if (!rung.has(each.dataset.call)) announce(each);
  rung = new Set(ringing.map((each) => each.dataset.call));
}

function announce(card) {
  byId("said").textContent = `${card.dataset.title}: ${card.dataset.said}`; // for who does not see it
  if (remembered("sound") === "on") beep();
  if (!("Notification" in window) || Notification.permission !== "granted") return;
  const shown = new Notification(card.dataset.title, { body: card.dataset.said, tag: card.dataset.call });
  shown.onclick = () => { window.focus(); shown.close(); };
}

// A browser lets a page sound only after somebody has touched it: not when the phone rings.
const unmute = () => {
  if (remembered("sound") !== "on") return;
  audio = audio || new AudioContext();
  if (audio.state === "suspended") audio.resume();
};
for (const each of ["pointerdown", "keydown"]) addEventListener(each, unmute);

function beep() {
  unmute();
  if (!audio) return;
  for (const [at, pitch] of [[0, 660], [0.22, 880]]) {
    const tone = audio.createOscillator();
    const loud = audio.createGain();
    tone.frequency.value = pitch;
    loud.gain.setValueAtTime(0.15, audio.currentTime + at);
    loud.gain.exponentialRampToValueAtTime(0.001, audio.currentTime + at + 0.2);
    tone.connect(loud).connect(audio.destination);
    tone.start(audio.currentTime + at);
    tone.stop(audio.currentTime + at + 0.2);
  }
}

const sound = byId("sound");
const showSound = () => sound.setAttribute("aria-pressed", String(remembered("sound") === "on"));
sound.hidden = false;
sound.addEventListener("click", () => {
  remember("sound", remembered("sound") === "on" ? "off" : "on");
  showSound();
  if (remembered("sound") === "on") beep();
});
showSound();

const notify = byId("notify");
if ("Notification" in window && Notification.permission === "default") notify.hidden = false;
notify.addEventListener("click", async () => { notify.hidden = (await Notification.requestPermission()) !== "default"; });

// ---------------------------------------------------------------- search and keys: nothing of it leaves the page

const search = byId("search");
const entries = () => [...document.querySelectorAll("#entries > li:not([hidden])")];

function find() {
  if (!search) return;
  const wanted = search.value.trim().toLowerCase();
  const digits = wanted.replace(/[\s()+-]/g, "");
  const rows = [...document.querySelectorAll("#entries > li")];
  for (const row of rows) {
    const known = row.dataset.find;
    const isTail = /^\d{1,2}$/.test(digits) && known.trimEnd().endsWith(digits);
    row.hidden = Boolean(wanted) && !known.includes(wanted) && !isTail;
  }
  const first = rows.find((row) => !row.hidden);
  if (first && !rows.some((row) => row.tabIndex === 0 && !row.hidden)) first.tabIndex = 0;
  byId("nothing-found").hidden = !rows.length || rows.some((row) => !row.hidden);
}

function step(from, by) {
  const rows = entries();
  const next = rows[Math.min(rows.length - 1, Math.max(0, rows.indexOf(from) + by))];
  if (!next) return;
  for (const row of rows) row.tabIndex = row === next ? 0 : -1;
  next.focus();
}

if (search) {
  byId("search-field").hidden = false;
  byId("keys").hidden = false;
  search.addEventListener("input", find);
  search.addEventListener("keydown", (event) => {
    if (event.key === "Enter") { event.preventDefault(); step(null, 1); }
    if (event.key === "Escape") { search.value = ""; find(); }
  });
  for (const each of ["company", "state"]) byId(each).addEventListener("change", () => byId("filters").requestSubmit());
}

// By its place on the keyboard where the letter is none of ours: J is О on a Russian one.
function keyOf(event) {
  if (/^[ -~]$|^\w{2,}$/.test(event.key)) return event.key.length === 1 ? event.key.toLowerCase() : event.key;
  return event.code.startsWith("Key") ? event.code.slice(3).toLowerCase() : event.key;
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const row = event.target.closest("[data-callback]");
  if (!row || event.target !== row) return; // keys are the list's alone: nobody triggers them while he writes
  const key = keyOf(event);
  if (key === "j" || key === "ArrowDown") { event.preventDefault(); step(row, 1); return; }
  if (key === "k" || key === "ArrowUp") { event.preventDefault(); step(row, -1); return; }
  if (key === "/" && search) { event.preventDefault(); search.focus(); return; }
  const button = row.querySelector(`button[data-key="${CSS.escape(key)}"]`);
  if (button) { event.preventDefault(); button.form.requestSubmit(button); }
});

say("connecting");
tick();
find();
listen();
