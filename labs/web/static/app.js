// Theme, ageing clocks, copy, print, keys; and live pages: what has changed is put into the page in place, so that
// focus, selection, scroll positions, open details and typed text stay. Every page is complete without this file.
const $ = (css, root = document) => root.querySelector(css), $$ = (css, root = document) => [...root.querySelectorAll(css)];
const root = document.documentElement;
$(".nav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
const kept = (name) => { try { return localStorage.getItem(name) ?? ""; } catch { return ""; } };
const keep = (name, value) => { try { localStorage.setItem(name, value); } catch {} };
if (kept("theme")) root.dataset.theme = kept("theme");

const actions = {
  themeSwitch() {
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
    keep("theme", root.dataset.theme);
  },
  async copy(button) {
    const pre = $("pre", button.parentElement), before = button.textContent;
    try { await navigator.clipboard.writeText(pre.textContent); button.textContent = "Copied"; }
    catch { getSelection().selectAllChildren(pre); button.textContent = "Press Ctrl+C"; }
    setTimeout(() => (button.textContent = before), 1500);
  },
  print() { print(); },
  async notify() {
    const on = !notifies() && (await Notification.requestPermission()) === "granted";
    keep("notify", on ? "on" : "");
    countNeeds();
  },
};
addEventListener("click", (event) => {
  const button = event.target.closest("[data-theme-switch], [data-copy], [data-print], [data-notify]");
  if (button) for (const name of Object.keys(button.dataset)) actions[name]?.(button);
});

// Morphing: elements with data-k or an id are matched by it, all others by their place.
const keyOf = (node) => (node.nodeType === 1 ? node.dataset.k || node.id || null : null);
const alike = (a, b) => a.nodeType === b.nodeType && a.nodeName === b.nodeName && keyOf(a) === keyOf(b);
function morph(now, next) {
  if (now.isEqualNode(next)) return;
  if (now.nodeType !== 1) { if (now.data !== next.data) now.data = next.data; return; }
  let differs = false;
  now.classList.remove("new");
  for (const { name, value } of [...next.attributes]) {
    if (name !== "open" && now.getAttribute(name) !== value) { differs = true; now.setAttribute(name, value); }
  }
  for (const { name } of [...now.attributes]) if (name !== "open" && !next.hasAttribute(name)) { differs = true; now.removeAttribute(name); }
  // The reader opens and closes details; the page does so only where their state has changed.
  if (now.nodeName === "DETAILS" && differs) now.open = next.open;
  if (differs && now.matches(".c, .obj, .tile")) { void now.offsetWidth; now.classList.add("new"); setTimeout(() => now.classList.remove("new"), 4000); }
  const keyed = new Map($$(":scope > *", now).filter(keyOf).map((each) => [keyOf(each), each]));
  // What is gone goes first, so that nothing is moved for it: a node that is moved loses focus (but by moveBefore).
  const stays = new Set([...next.children].map(keyOf));
  for (const [key, each] of keyed) if (!stays.has(key)) { each.remove(); keyed.delete(key); }
  let place = now.firstChild;
  for (const wanted of [...next.childNodes]) {
    const key = keyOf(wanted);
    let found = key ? keyed.get(key) : place && !keyOf(place) && alike(place, wanted) ? place : null;
    if (found && found.nodeName !== wanted.nodeName) found = null;
    if (!found) { now.insertBefore(document.importNode(wanted, true), place); continue; }
    if (found === place) place = place.nextSibling; else if (now.moveBefore) now.moveBefore(found, place); else now.insertBefore(found, place);
    morph(found, wanted);
  }
  while (place) { const rest = place.nextSibling; place.remove(); place = rest; }
}
function put(text) {
  const page = new DOMParser().parseFromString(text, "text/html");
  document.title = page.title;
  morph(document.body, page.body);
  tick();
  countNeeds();
}

// The page as the server has it: after a change only the lines that differ come over the wire.
let etag = "", lines = [];
async function refresh() {
  const answer = await fetch(location.href, {
    headers: { Accept: "application/vnd.labs.difference+json, text/html;q=0.9", ...(etag && { "If-None-Match": `"${etag}"` }) },
  });
  if (answer.status === 304) return;
  if (answer.headers.get("Content-Type")?.startsWith("application/vnd.labs")) {
    const difference = await answer.json();
    for (const [at, count, texts] of difference.changes.reverse()) lines.splice(at, count, ...texts);
    etag = difference.etag;
  } else {
    lines = (await answer.text()).split("\n");
    etag = answer.headers.get("ETag")?.replaceAll('"', "") ?? "";
  }
  put(lines.join("\n"));
}
let running = null, again = false;
async function fresh() {
  if (running) { again = true; return; }
  running = refresh().catch(() => {});
  await running;
  running = null;
  if (again) { again = false; fresh(); }
}
const lost = (is) => {
  for (const each of $$("#lost")) {
    if (is && each.hidden) for (const time of $$("time", each)) time.textContent = new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
    each.hidden = !is;
  }
  for (const each of $$(".live")) each.classList.toggle("lost", is);
};
if ($("[data-live]")) {
  const events = new EventSource("/events");
  events.onmessage = () => { lost(false); fresh(); };
  events.onerror = () => lost(true);
  addEventListener("pagehide", () => events.close());
}

// Forms act without a new page; where that fails the browser sends them as it always does.
addEventListener("submit", async (event) => {
  const form = event.target;
  if (form.matches("[data-find]")) {
    event.preventDefault();
    const wanted = [...new FormData(form)].filter(([, value]) => value);
    history.replaceState(null, "", `${form.getAttribute("action")}?${new URLSearchParams(wanted)}`);
    fresh();
  }
  if (form.method !== "post") return;
  event.preventDefault();
  if (form.ariaBusy === "true") { form.waiting = event.submitter; return; }
  for (const input of $$("[data-remember]", form)) {
    const name = input.dataset.remember;
    if (input.value) keep(name, input.value); else input.value = kept(name);
  }
  const data = new FormData(form, event.submitter);
  const typed = form.closest("[data-reset]"), item = form.closest("li"), list = item?.parentElement;
  const place = item && [...list.children].indexOf(item);  // now: a live update may come before the answer
  form.ariaBusy = "true";
  try {
    const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(data) });
    const text = await answer.text();
    const target = new URL(answer.url), before = location.pathname + location.search;
    if (answer.redirected && target.pathname + target.search !== before) { location.assign(answer.url); return; }
    etag = "";
    if (typed && answer.ok) { form.reset(); typed.open = false; }
    put(text);
    if (!answer.ok) scrollTo(0, 0);
    else if (item && !item.isConnected) $("a", list.children[place] ?? list)?.focus();
    else if (typed || document.activeElement === document.body) ($("[data-focus]") ?? (typed && $("summary", typed)))?.focus();
  } catch { lost(true); } finally {
    form.ariaBusy = "false";
    if (form.waiting?.isConnected) form.requestSubmit(form.waiting);
    form.waiting = null;
  }
});
addEventListener("change", (event) => {
  const button = $("[data-auto]", event.target.form ?? document.createElement("form"));
  if (button) event.target.form.requestSubmit(button);
});

// Keys: an element with data-key is clicked by its key, unless text is being typed.
addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input:not([type=checkbox]), select, textarea")) return;
  if ((event.key === " " || event.key === "Enter") && event.target.closest("a, button, summary, input, [tabindex='0']")) return;
  const wanted = event.key === "Enter" ? " " : event.key;
  const found = $$("[data-key]").find((each) => each.dataset.key === wanted && !each.hidden && !each.disabled);
  if (!found) return;
  event.preventDefault();
  found.click();
  if (found.nodeName === "SUMMARY" && found.parentElement.open) $("input:not([type=hidden])", found.parentElement)?.focus();
});
addEventListener("toggle", (event) => {
  for (const input of $$("input[data-remember]:not([type=hidden])", event.target)) input.value ||= kept(input.dataset.remember);
}, true);
for (const form of $$("form[data-find]")) form.addEventListener("input", () => { clearTimeout(form.timer); form.timer = setTimeout(() => form.requestSubmit(), 300); });

// How many learners need help: the browser tells when the number grows, if it was asked to. No names: it may be projected.
let needed = null;
const notifies = () => "Notification" in window && Notification.permission === "granted" && kept("notify") === "on";
function countNeeds() {
  const needs = Number($("[data-needs]")?.dataset.needs ?? 0);
  for (const button of $$("[data-notify]")) { button.hidden = !("Notification" in window); button.ariaPressed = String(notifies()); }
  if (needed !== null && needs > needed && notifies()) new Notification(document.title, { tag: "labs" });
  needed = needs;
}
countNeeds();

// Ages are counted here, so that a dead server cannot look alive.
const age = (seconds) => (seconds < 60 ? `${seconds} s ago` : seconds < 3600 ? `${Math.floor(seconds / 60)} min ago` : `${Math.floor(seconds / 3600)} h ago`);
function tick() {
  for (const each of $$("[data-at]")) each.textContent = age(Math.max(0, Math.round(Date.now() / 1000 - Number(each.dataset.at))));
}
tick();
setInterval(tick, 1000);
