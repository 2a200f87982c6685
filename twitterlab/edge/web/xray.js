// X-ray: the last requests of this page, and the way each took through the system.

import * as api from "./api.js";
import { byId, h, replace } from "./dom.js";
import { icon } from "./icons.js";

const KEPT = 30, FAN_OUT_AFTER_MS = 400;
const requests = [];
let chosen = null, isOpen = false;

export function setUp() {
  api.onRequest((request) => {
    requests.unshift(request);
    requests.length = Math.min(requests.length, KEPT);
    if (isOpen) draw();
  });
}

export function toggle() {
  isOpen = !isOpen;
  byId("xray").hidden = !isOpen;
  document.body.classList.toggle("with-xray", isOpen);
  if (isOpen) draw();
}

async function choose(request) {
  chosen = request;
  try {
    request.trace = await api.get(`/api/xray/${request.key}`);
    if (request.method !== "GET") {
      draw();
      await new Promise((wake) => setTimeout(wake, FAN_OUT_AFTER_MS));
      request.trace = await api.get(`/api/xray/${request.key}`);
    }
  } catch (problem) { request.problem = problem.message; }
  draw();
}

function draw() {
  replace(byId("xray"),
    h("header", {}, h("h2", {}, "X-ray"), h("p", {}, "Where the time of each request went. Press x to close."),
      h("button", { type: "button", onclick: toggle, "aria-label": "Close X-ray" }, icon("close"))),
    h("ol", { class: "requests" }, requests.map((request) => h("li", {}, h("button", { type: "button", "aria-pressed": request === chosen ? "true" : "false", onclick: () => choose(request) },
      `${request.method} ${request.path} · ${request.ms.toFixed(1)} ms`)))),
    chosen && way(chosen));
}

function way(request) {
  const { trace, problem } = request;
  if (problem) return h("p", { class: "empty" }, problem);
  if (!trace) return h("p", { class: "empty" }, "…");
  return h("div", { class: "way" },
    h("p", {}, `${trace.name}: ${(trace.us / 1000).toFixed(2)} ms in the server, ${request.ms.toFixed(1)} ms as seen here`),
    bars(trace.spans, Math.max(trace.us, 1)),
    trace.dropped > 0 && h("p", {}, `and ${trace.dropped} more`),
    trace.then.length > 0 && [h("p", {}, "after the answer, in the worker:"), bars(trace.then, Math.max(...trace.then.map((span) => span.start_us + span.us), 1))]);
}

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 400, ROW = 20, LABEL = 190;

function bars(spans, total) {
  const drawing = document.createElementNS(SVG, "svg");
  drawing.setAttribute("viewBox", `0 0 ${LABEL + WIDTH + 70} ${spans.length * ROW + 4}`);
  drawing.setAttribute("role", "img");
  drawing.setAttribute("aria-label", spans.map((span) => `${span.room} ${span.name} ${span.us} microseconds`).join(", "));
  spans.forEach((span, row) => {
    const y = row * ROW;
    drawing.append(
      text(8 * span.depth, y + 14, `${span.room} · ${span.name}${span.note ? ` (${span.note})` : ""}`, "label"),
      bar(LABEL + (span.start_us / total) * WIDTH, y + 4, Math.max(1.5, (span.us / total) * WIDTH), `room-${span.room}`),
      text(LABEL + WIDTH + 6, y + 14, span.us >= 1000 ? `${(span.us / 1000).toFixed(1)} ms` : `${span.us} µs`, "time"));
  });
  return drawing;
}

function bar(x, y, width, name) {
  const drawn = document.createElementNS(SVG, "rect");
  for (const [key, value] of Object.entries({ x, y, width, height: ROW - 8, rx: 2, class: name })) drawn.setAttribute(key, value);
  return drawn;
}

function text(x, y, said, name) {
  const drawn = document.createElementNS(SVG, "text");
  for (const [key, value] of Object.entries({ x, y, class: name })) drawn.setAttribute(key, value);
  drawn.textContent = said;
  return drawn;
}
