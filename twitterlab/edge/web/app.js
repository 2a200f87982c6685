// The frame: who is signed in, which page is shown, what live events do to it, and the keys.

import * as api from "./api.js";
import { composer } from "./compose.js";
import { byId, h, replace, toast } from "./dom.js";
import { icon } from "./icons.js";
import { Live } from "./live.js";
import * as views from "./views.js";
import * as xray from "./xray.js";

const PAGES = [
  [/^\/$/, (app) => views.home(app)],
  [/^\/t\/(\d+)$/, (app, id) => views.thread(app, id)],
  [/^\/@([A-Za-z0-9_]+)$/, (app, handle) => views.profile(app, handle)],
  [/^\/@([A-Za-z0-9_]+)\/(followers|following)$/, (app, handle, which) => views.people(app, handle, which)],
  [/^\/notifications$/, (app) => views.notifications(app)],
  [/^\/search$/, (app) => views.search(app, new URLSearchParams(location.search).get("q") || "")],
  [/^\/messages$/, (app) => views.conversations(app)],
  [/^\/messages\/(\d+)$/, (app, id) => views.conversation(app, id)],
  [/^\/settings$/, (app) => views.settings(app)],
];

const app = {
  main: byId("main"),
  session: null,
  onEvent: null,
  live: null,

  go(address) {
    history.pushState(null, "", address);
    app.show();
  },

  async show() {
    app.onEvent = null;
    if (!app.session) { views.door(app); return; }
    const path = decodeURI(location.pathname);
    const [pattern, page] = PAGES.find(([pattern]) => pattern.test(path)) || [];
    drawNav();
    window.scrollTo(0, 0);
    if (!page) { replace(app.main, h("h1", {}, "There is nothing here"), h("a", { href: "/" }, "Home")); return; }
    try {
      app.onEvent = await page(app, ...path.match(pattern).slice(1));
    } catch (problem) {
      if (problem.status === 401) { app.signedOut(); return; }
      replace(app.main, h("h1", {}, "Not now"), h("p", { role: "alert" }, problem.message), h("a", { href: "/" }, "Home"));
    }
  },

  signedIn(person) {
    app.session = { person };
    app.live = new Live(hear, (isLive) => document.body.classList.toggle("is-live", isLive));
    app.live.start();
    app.count();
    drawAside();
    app.show();
  },

  async signOut() {
    try { await api.del("/api/sessions/current"); } catch { /* the session has ended either way */ }
    app.signedOut();
  },

  signedOut() {
    app.live?.stop();
    app.session = null;
    replace(byId("nav"));
    replace(byId("aside"));
    app.show();
  },

  // Beside the page where there is room, else on the page of the search.
  async around() {
    const [trends, suggested] = await Promise.all([api.get("/api/trends"), api.get("/api/suggestions", { limit: 4 })]);
    return [h("h2", {}, "Trends"),
      trends.length ? h("ol", {}, trends.map((trend) => h("li", {}, h("a", { href: `/search?q=${encodeURIComponent(`#${trend.tag}`)}` }, `#${trend.tag}`), ` ${trend.tweets}`))) : h("p", {}, "Nothing yet."),
      suggested.length > 0 && h("h2", {}, "Who to follow"), ...suggested.map((person) => suggestion(person))].filter(Boolean);
  },

  async count() {
    try { app.unread = (await api.get("/api/notifications/unread")).notifications; } catch { return; }
    drawNav();
  },

  dialog(title, above, options) {
    const box = h("dialog", { "aria-label": title });
    const close = () => { box.close(); box.remove(); };
    box.append(h("header", {}, h("h2", {}, title), h("button", { type: "button", "aria-label": "Close", onclick: close }, icon("close"))),
      h("div", { class: "above" }, above),
      composer({ ...options, isFocused: true, onPosted: () => { close(); toast("Posted."); } }));
    box.addEventListener("close", () => box.remove());
    document.body.append(box);
    box.showModal();
  },
};

function hear(event) {
  if (event.event === "notification" || event.event === "reset") app.count();
  if (event.event === "notification") recount(event).catch(() => { /* the next page shows it */ });
  app.onEvent?.(event);
}

// Likes, retweets and replies go up on the page while one looks at it.
async function recount(event) {
  const read = async (id) => (await api.get(`/api/tweets/${id}`, { limit: 1 })).items[0];
  const told = (await api.get("/api/notifications", { limit: 10 })).items.find((item) => item.id === event.id);
  if (!told?.tweet_id) return;
  const tweet = await read(told.tweet_id);
  for (const id of [tweet.shown_id, tweet.reply_to]) {
    const cards = id ? document.querySelectorAll(`.tweet[data-shown="${id}"]`) : [];
    if (cards.length === 0) continue;
    const counts = (id === tweet.shown_id ? tweet : await read(id)).counts;
    for (const card of cards) card.recount({ ...counts });
  }
}

function drawNav() {
  if (!app.session) return;
  const link = (address, drawing, name, badge) => h("a", { href: address, "aria-current": location.pathname === address ? "page" : null },
    icon(drawing), h("span", { class: "name" }, name), badge ? h("b", { class: "badge", "aria-label": `${badge} new` }, badge) : "");
  replace(byId("nav"),
    link("/", "home", "Home"), link("/notifications", "bell", "Notifications", app.unread), link("/messages", "mail", "Messages"),
    link("/search", "search", "Search"), link(`/@${app.session.person.handle}`, "person", "Profile"),
    h("button", { type: "button", onclick: xray.toggle, title: "Where did the time go? (x)" }, icon("xray"), h("span", { class: "name" }, "X-ray")),
    h("p", { class: "live", role: "status" }, ""));
}

async function drawAside() {
  try { replace(byId("aside"), ...await app.around()); } catch { /* the middle of the page says what is wrong */ }
}

function suggestion(person) {
  const row = views.personRow(person);
  row.append(h("button", { type: "button", onclick: async (event) => {
    try {
      await api.put(`/api/following/${person.id}`);
      event.target.disabled = true;
      event.target.textContent = "Following";
    } catch (problem) { toast(problem.message); }
  } }, "Follow"));
  return row;
}

function moveTo(step) {
  const cards = Array.from(document.querySelectorAll(".tweet"));
  const at = cards.indexOf(document.activeElement);
  cards[Math.min(cards.length - 1, Math.max(0, at + step))]?.focus();
}

const KEYS = {
  j: () => moveTo(1), k: () => moveTo(-1), x: xray.toggle, "/": () => app.go("/search"),
  n: () => app.dialog("New tweet", [], {}), g: () => app.go("/"),
};

document.addEventListener("keydown", (event) => {
  if (!app.session || event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, dialog")) return;
  if (KEYS[event.key]) { event.preventDefault(); KEYS[event.key](); }
});
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href]");
  if (!link || link.target || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  const address = new URL(link.href, location.href);
  if (address.origin !== location.origin || address.hash || address.pathname.endsWith(".json")) return;
  event.preventDefault();
  app.go(address.pathname + address.search);
});
window.addEventListener("popstate", () => app.show());

xray.setUp();
try {
  app.signedIn(await api.get("/api/me"));
} catch {
  app.show();
}
