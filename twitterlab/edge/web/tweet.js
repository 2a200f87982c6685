// One tweet on the page, with what one can do to it.

import * as api from "./api.js";
import { ago, h, toast } from "./dom.js";
import { icon } from "./icons.js";
import { pieces } from "./text.js";

export function tweetCard(tweet, session, { onReply, onQuote, onGone }) {
  const card = h("article", { class: "tweet", tabindex: "0", "data-id": tweet.id, "data-shown": tweet.shown_id,
    "aria-label": `${tweet.author.name}: ${tweet.text}` });
  const fill = () => card.replaceChildren(...parts());
  const parts = () => [
    tweet.retweeted_by && h("p", { class: "by" }, icon("retweet"), personLink(tweet.retweeted_by), " retweeted"),
    header(tweet),
    tweet.reply_to && h("p", { class: "by" }, h("a", { href: `/t/${tweet.reply_to}` }, "in reply to a tweet")),
    textOf(tweet.text),
    tweet.media.length > 0 && h("div", { class: "media" },
      tweet.media.map((name) => h("img", { src: `/media/${name}`, alt: "picture in the tweet", loading: "lazy" }))),
    tweet.quote_of && quoted(tweet),
    buttons(),
  ].filter(Boolean);

  const toggle = async (isOn, on, off, apply) => {
    apply(!isOn);
    fill();
    try {
      await (isOn ? api.del(off) : api.put(on));
    } catch (problem) {
      apply(isOn);
      fill();
      toast(problem.message);
    }
  };
  const id = tweet.shown_id;
  const like = () => toggle(tweet.is_liked, `/api/likes/${id}`, `/api/likes/${id}`, (isOn) => {
    tweet.counts.likes += isOn ? 1 : -1;
    tweet.is_liked = isOn;
  });
  const retweet = () => toggle(tweet.is_retweeted, `/api/retweets/${id}`, `/api/retweets/${id}`, (isOn) => {
    tweet.counts.retweets += isOn ? 1 : -1;
    tweet.is_retweeted = isOn;
  });
  const remove = async () => {
    try {
      await api.del(`/api/tweets/${id}`);
      onGone(tweet, card);
    } catch (problem) { toast(problem.message); }
  };
  const buttons = () => h("div", { class: "buttons" },
    action("reply", tweet.counts.replies, false, () => onReply(tweet)),
    action("retweet", tweet.counts.retweets, tweet.is_retweeted, retweet),
    action("like", tweet.counts.likes, tweet.is_liked, like),
    action("quote", null, false, () => onQuote(tweet)),
    tweet.author.id === session.person.id && action("delete", null, false, remove));

  card.addEventListener("keydown", (event) => {
    if (event.target !== card) return;
    const keys = { l: like, t: retweet, r: () => onReply(tweet), q: () => onQuote(tweet),
      Enter: () => card.querySelector("a.time").click() };
    if (keys[event.key] && !event.ctrlKey && !event.metaKey) { event.preventDefault(); keys[event.key](); }
  });
  card.recount = (counts) => {
    if (JSON.stringify(counts) === JSON.stringify(tweet.counts)) return;
    tweet.counts = counts;
    card.querySelector(".buttons").replaceWith(buttons());
  };
  fill();
  return card;
}

function action(name, count, isOn, onclick) {
  return h("button", { type: "button", class: `act ${name}`, "aria-pressed": isOn ? "true" : "false",
    "aria-label": count === null ? name : `${name}, ${count}`, title: name, onclick },
  icon(name, isOn && name === "like"), count ? ` ${count}` : "");
}

function header(tweet) {
  return h("header", {}, avatar(tweet.author), personLink(tweet.author, true),
    h("a", { class: "time", href: `/t/${tweet.shown_id}` }, h("time", { datetime: tweet.created_at }, ago(tweet.created_at))));
}

function quoted(tweet) {
  if (!tweet.quoted) return h("blockquote", {}, "This tweet is not here any more.");
  return h("blockquote", {}, h("a", { class: "cover", href: `/t/${tweet.quoted.shown_id}`, "aria-label": "the quoted tweet" }),
    header(tweet.quoted), textOf(tweet.quoted.text));
}

export function textOf(text) {
  return h("p", { class: "text", dir: "auto" }, pieces(text).map((piece) => piece.href
    ? h("a", { href: piece.href, rel: piece.isOutside ? "noopener nofollow ugc" : null, target: piece.isOutside ? "_blank" : null }, piece.text)
    : piece.text));
}

export function personLink(person, withHandle = false) {
  return h("a", { class: "person", href: `/@${person.handle}` }, h("b", { dir: "auto" }, person.name), withHandle ? ` @${person.handle}` : "");
}

const HUES = 12;
export function avatar(person) {
  let sum = 0;
  for (const character of person.handle.toLowerCase()) sum = (sum * 31 + character.codePointAt(0)) % 9973;
  return h("span", { class: `avatar hue${sum % HUES}`, "aria-hidden": "true" }, Array.from(person.name)[0] || "?");
}
