// Writing a tweet: counted by weight, with pictures, sent once however often the button is pressed.

import * as api from "./api.js";
import { h, replace, toast } from "./dom.js";
import { icon } from "./icons.js";
import { MAX, weight } from "./text.js";

const DRAFT = "draft";

export function composer({ onPosted, replyTo = null, quoteOf = null, label = "What is happening?", isFocused = false }) {
  let key = api.freshKey();
  let media = [];
  const draft = replyTo || quoteOf ? "" : sessionStorage.getItem(DRAFT) || "";
  const box = h("textarea", { rows: "3", "aria-label": label, placeholder: label, maxlength: "4000", dir: "auto", "aria-describedby": "left" });
  const left = h("output", { class: "left" });
  const send = h("button", { type: "submit", class: "main" }, replyTo ? "Reply" : "Post");
  const shown = h("div", { class: "media" });
  const file = h("input", { type: "file", accept: "image/png,image/jpeg,image/gif,image/webp", multiple: true, "aria-label": "Add pictures", onchange: upload });
  box.value = draft;

  function count() {
    const length = weight(box.value);
    left.textContent = String(MAX - length);
    left.classList.toggle("over", length > MAX);
    send.disabled = length > MAX || box.value.trim() === "";
    if (!replyTo && !quoteOf) sessionStorage.setItem(DRAFT, box.value);
    return length;
  }

  async function upload() {
    for (const picture of file.files) {
      if (media.length >= 4) { toast("a tweet has at most 4 pictures"); break; }
      try {
        media.push((await api.post("/api/media", picture)).name);
      } catch (problem) { toast(`${picture.name}: ${problem.message}`); }
    }
    file.value = "";
    replace(shown, media.map((name) => h("img", { src: `/media/${name}`, alt: "picture to be posted" })));
  }

  async function submit(event) {
    event.preventDefault();
    if (send.disabled) return;
    send.disabled = true;
    try {
      const tweet = await api.postTweet({ text: box.value, reply_to: replyTo, quote_of: quoteOf, media }, key);
      key = api.freshKey();
      box.value = "";
      media = [];
      replace(shown);
      onPosted(tweet);
    } catch (problem) {
      toast(problem.message);
    }
    count();
  }

  box.addEventListener("input", count);
  box.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });
  const form = h("form", { class: "compose", onsubmit: submit }, box, shown, h("div", { class: "row" }, h("label", { class: "pick", title: "Add pictures" }, icon("picture"), file), left, send));
  count();
  if (isFocused) queueMicrotask(() => box.focus());
  return form;
}
