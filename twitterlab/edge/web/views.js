// The pages: each fills the main column and says what live events mean to it.

import * as api from "./api.js";
import { composer } from "./compose.js";
import { ago, h, replace, toast } from "./dom.js";
import { avatar, personLink, textOf, tweetCard } from "./tweet.js";

// A list that grows by pages when its end comes into view.
function paged(load, show, empty) {
  const list = h("div", { class: "list", role: "feed" });
  const more = h("button", { type: "button", class: "more", onclick: () => next() }, "More");
  const box = h("div", {}, list, more);
  let cursor = null, isLoading = false, isDone = false;
  async function next() {
    if (isLoading || isDone) return;
    isLoading = true;
    list.setAttribute("aria-busy", "true");
    try {
      const page = await load(cursor);
      const seen = new Set(Array.from(list.children, (card) => card.dataset.id));  // a refresh may have come in between
      list.append(...page.items.filter((item) => !seen.has(item.id)).map(show));
      cursor = page.next;
      isDone = cursor === null;
      more.hidden = isDone;
      if (isDone && !list.children.length) list.append(h("p", { class: "empty" }, empty));
    } catch (problem) {
      isDone = true;
      more.hidden = true;
      list.append(h("p", { class: "empty" }, problem.message));
    }
    isLoading = false;
    list.setAttribute("aria-busy", "false");
  }
  new IntersectionObserver((seen) => { if (seen.some((entry) => entry.isIntersecting)) next(); }).observe(more);
  return { box, list, next };
}

const withCursor = (path, query = {}) => (cursor) => api.get(path, cursor ? { ...query, cursor } : query);

function tweets(app, load, empty) {
  const show = (tweet) => tweetCard(tweet, app.session, {
    onReply: (to) => app.dialog("Reply", [textOf(to.text)], { replyTo: to.shown_id, label: `Reply to ${to.author.name}` }),
    onQuote: (of) => app.dialog("Quote", [textOf(of.text)], { quoteOf: of.shown_id, label: "Say something about it" }),
    onGone: (_, card) => card.remove(),
  });
  return { ...paged(load, show, empty), show };
}

export async function home(app) {
  const feed = tweets(app, withCursor("/api/home"), "Nothing yet. Follow somebody, or say something.");
  const news = h("button", { type: "button", class: "news", hidden: true, onclick: () => refresh() });
  const waiting = new Set();
  const known = () => new Set(Array.from(feed.list.children, (card) => card.dataset.id));
  async function refresh() {
    waiting.clear();
    news.hidden = true;
    const page = await api.get("/api/home");
    const seen = known();
    const fresh = page.items.filter((tweet) => !seen.has(tweet.id));
    feed.list.querySelector(".empty")?.remove();
    feed.list.prepend(...fresh.map(feed.show));
  }
  replace(app.main, h("h1", {}, "Home"), composer({ onPosted: refresh }), news, feed.box);
  await feed.next();
  return (event) => {
    if (event.event === "reset") { refresh(); return; }
    if (event.event !== "tweet" || event.by === app.session.person.id || known().has(event.id)) return;
    waiting.add(event.id);
    if (window.scrollY < 200) { refresh(); return; }
    news.hidden = false;
    news.textContent = waiting.size === 1 ? "1 new tweet" : `${waiting.size} new tweets`;
  };
}

export async function thread(app, id) {
  const feed = tweets(app, withCursor(`/api/tweets/${id}`), "This tweet is not here.");
  replace(app.main, h("h1", {}, "Thread"), feed.box);
  await feed.next();
  const first = feed.list.firstElementChild;
  if (!first?.dataset.id) return null;
  first.classList.add("root");
  first.after(composer({ replyTo: id, label: "Your reply", onPosted: (tweet) => { feed.list.append(feed.show(tweet)); } }));
  return null;
}

export async function profile(app, handle) {
  const found = await api.get(`/api/people/${encodeURIComponent(handle)}`);
  const { person, counts } = found;
  const isMe = person.id === app.session.person.id;
  const head = h("section", { class: "profile" });
  const flip = (name, path, label) => h("button", { type: "button", "aria-pressed": found[name] ? "true" : "false", onclick: async () => {
    try {
      await (found[name] ? api.del(path) : api.put(path));
      found[name] = !found[name];
      if (name === "is_followed") counts.followers += found[name] ? 1 : -1;
      if (name === "is_blocked" && found[name]) found.is_followed = false;
      fill();
    } catch (problem) { toast(problem.message); }
  } }, label);
  const fill = () => replace(head,
    h("h1", {}, avatar(person), h("span", { dir: "auto" }, person.name)),
    h("p", { class: "handle" }, `@${person.handle}`),
    person.bio && textOf(person.bio),
    h("p", { class: "counts" }, `${counts.tweets} tweets · `,
      h("a", { href: `/@${person.handle}/followers` }, `${counts.followers} followers`), " · ",
      h("a", { href: `/@${person.handle}/following` }, `${counts.following} following`)),
    isMe ? h("p", { class: "row" }, h("a", { class: "button", href: "/settings" }, "Edit")) : h("p", { class: "row" },
      flip("is_followed", `/api/following/${person.id}`, found.is_followed ? "Following" : "Follow"),
      flip("is_muted", `/api/mutes/${person.id}`, found.is_muted ? "Muted" : "Mute"),
      flip("is_blocked", `/api/blocks/${person.id}`, found.is_blocked ? "Blocked" : "Block"),
      h("a", { class: "button", href: `/messages/${person.id}` }, "Message")));
  fill();
  const feed = tweets(app, withCursor(`/api/users/${person.id}/tweets`), "Nothing said yet.");
  replace(app.main, head, feed.box);
  await feed.next();
  return null;
}

export async function people(app, handle, which) {
  const { person } = await api.get(`/api/people/${encodeURIComponent(handle)}`);
  const feed = paged(withCursor(`/api/users/${person.id}/${which}`), personRow, "Nobody yet.");
  const title = which === "followers" ? `Who follows ${person.name}` : `Whom ${person.name} follows`;
  replace(app.main, h("h1", {}, title), feed.box);
  await feed.next();
  return null;
}

export function personRow(person) {
  return h("article", { class: "personrow" }, avatar(person), h("div", {}, personLink(person, true), person.bio && h("p", { dir: "auto" }, person.bio)));
}

const SAID = { mention: "mentioned you", reply: "replied to you", like: "likes your tweet", retweet: "retweeted you", quote: "quoted you", follow: "follows you" };

export async function notifications(app) {
  const row = (told) => h("article", { class: "told" }, told.actor && avatar(told.actor),
    h("p", {}, told.actor ? personLink(told.actor) : "Somebody", ` ${SAID[told.kind] || told.kind} · ${ago(told.at)} `,
      told.tweet_id && h("a", { href: `/t/${told.tweet_id}` }, "see")));
  let newest = null;
  const load = async (cursor) => {
    const page = await api.get("/api/notifications", cursor ? { cursor } : {});
    if (!cursor && page.items.length) newest = page.items[0].id;
    return page;
  };
  async function fill() {
    const feed = paged(load, row, "Nothing yet.");
    replace(app.main, h("h1", {}, "Notifications"), feed.box);
    await feed.next();
    if (newest) await api.put("/api/notifications/read", { up_to: newest });
    app.count();
  }
  await fill();
  return (event) => { if (event.event === "notification" || event.event === "reset") fill(); };
}

export async function search(app, query) {
  const box = h("input", { type: "search", name: "q", value: query, placeholder: "words, #tags, from:handle, since:2026-01-31", "aria-label": "Search", maxlength: "500" });
  const form = h("form", { class: "search", role: "search", onsubmit: (event) => { event.preventDefault(); app.go(`/search?q=${encodeURIComponent(box.value)}`); } },
    box, h("button", { type: "submit" }, "Search"));
  const found = h("div");
  replace(app.main, h("h1", {}, "Search"), form, found);
  if (!query.trim()) {
    box.focus();
    replace(found, h("section", { class: "around" }, await app.around()));
    return null;
  }
  const word = query.trim().split(/\s+/)[0].replace(/^@/, "");
  const persons = word.includes(":") || word.startsWith("#") ? [] : (await api.get("/api/search/people", { q: word.slice(0, 100), limit: 3 })).items;
  const feed = tweets(app, withCursor("/api/search/tweets", { q: query }), "No tweet found.");
  replace(found, persons.length > 0 && h("section", { "aria-label": "People" }, persons.map(personRow)), feed.box);
  await feed.next();
  return null;
}

export async function conversations(app) {
  const row = (talk) => h("article", { class: "told" }, talk.with_person && avatar(talk.with_person),
    h("p", {}, h("a", { href: `/messages/${talk.with_id}` }, h("b", { dir: "auto" }, talk.with_person?.name || "Somebody")),
      ` · ${ago(talk.last.sent_at)} `, talk.unread > 0 && h("b", { class: "badge" }, talk.unread), h("br"), h("span", { dir: "auto" }, talk.last.text.slice(0, 120))));
  async function fill() {
    const feed = paged(withCursor("/api/messages"), row, "No messages. Open a profile and write one.");
    replace(app.main, h("h1", {}, "Messages"), feed.box);
    await feed.next();
  }
  await fill();
  return (event) => { if (event.event === "message" || event.event === "reset") fill(); };
}

export async function conversation(app, id) {
  const list = h("div", { class: "talk", role: "log", "aria-label": "Messages" });
  const box = h("textarea", { rows: "2", maxlength: "10000", "aria-label": "Message", dir: "auto" });
  const form = h("form", { class: "compose", onsubmit: async (event) => {
    event.preventDefault();
    if (!box.value.trim()) return;
    try {
      await api.post(`/api/messages/${id}`, { text: box.value });
      box.value = "";
      await fill();
    } catch (problem) { toast(problem.message); }
  } }, box, h("div", { class: "row" }, h("button", { type: "submit", class: "main" }, "Send")));
  box.addEventListener("keydown", (event) => { if (event.key === "Enter" && !event.shiftKey) { event.preventDefault(); form.requestSubmit(); } });
  async function fill() {
    const page = await api.get(`/api/messages/${id}`, { limit: 50 });
    replace(list, page.items.slice().reverse().map((message) => h("p", { class: message.sender_id === id ? "theirs" : "mine", dir: "auto", title: ago(message.sent_at) }, message.text)));
    list.scrollTop = list.scrollHeight;
  }
  replace(app.main, h("h1", {}, "Conversation"), list, form);
  await fill();
  box.focus();
  return (event) => { if (event.event === "message" || event.event === "reset") fill(); };
}

export async function settings(app) {
  const { person } = app.session;
  const name = h("input", { value: person.name, maxlength: "50", required: true });
  const bio = h("textarea", { rows: "3", maxlength: "160" });
  bio.value = person.bio;
  replace(app.main, h("h1", {}, "Your profile"), h("form", { class: "sign", onsubmit: async (event) => {
    event.preventDefault();
    try {
      app.session.person = await api.put("/api/me", { name: name.value, bio: bio.value });
      app.go(`/@${person.handle}`);
    } catch (problem) { toast(problem.message); }
  } }, h("label", {}, "Name", name), h("label", {}, "Bio", bio), h("button", { type: "submit", class: "main" }, "Save")),
  h("p", { class: "row" }, h("button", { type: "button", onclick: () => app.signOut() }, "Sign out")));
  return null;
}

export function door(app) {
  let isNew = false;
  const problem = h("p", { class: "problem", role: "alert" });
  const handle = h("input", { name: "username", autocomplete: "username", required: true, pattern: "[A-Za-z0-9_]{1,15}", title: "1 to 15 letters, digits or underscores", autocapitalize: "none" });
  const name = h("input", { name: "name", autocomplete: "name", maxlength: "50" });
  const password = h("input", { name: "password", type: "password", autocomplete: "current-password", required: true, minlength: "8", maxlength: "256" });
  const nameLabel = h("label", { hidden: true }, "Name", name);
  const send = h("button", { type: "submit", class: "main" }, "Sign in");
  const other = h("button", { type: "button", onclick: () => {
    isNew = !isNew;
    nameLabel.hidden = !isNew;
    name.required = isNew;
    password.autocomplete = isNew ? "new-password" : "current-password";
    send.textContent = isNew ? "Sign up" : "Sign in";
    other.textContent = isNew ? "I have an account" : "Make an account";
  } }, "Make an account");
  const form = h("form", { class: "sign", onsubmit: async (event) => {
    event.preventDefault();
    problem.textContent = "";
    send.disabled = true;
    try {
      const session = isNew
        ? await api.post("/api/accounts", { handle: handle.value, name: name.value, password: password.value })
        : await api.post("/api/sessions", { handle: handle.value, password: password.value });
      app.signedIn(session.person);
    } catch (failed) { problem.textContent = failed.message; }
    send.disabled = false;
  } }, h("label", {}, "Handle", handle), nameLabel, h("label", {}, "Password", password), problem, h("div", { class: "row" }, other, send));
  replace(app.main, h("h1", {}, "twitterlab"), h("p", {}, "The Twitter that you build. It runs on this machine."), form);
  return null;
}
