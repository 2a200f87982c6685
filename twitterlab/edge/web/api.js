// The API, called as any client would. Every answer's X-Request-Id goes to whoever wants to X-ray it.

export class Problem extends Error {
  constructor(status, document) {
    super(document.detail || document.title || `error ${status}`);
    this.status = status;
    this.type = document.type;
  }
}

const watchers = new Set();
export const onRequest = (watcher) => watchers.add(watcher);

async function call(method, path, { body, headers = {}, query } = {}) {
  const url = query ? `${path}?${new URLSearchParams(query)}` : path;
  const options = { method, headers: { ...headers }, credentials: "same-origin" };
  if (body instanceof Blob) {
    options.body = body;
    options.headers["Content-Type"] = body.type;
  } else if (body !== undefined) {
    options.body = JSON.stringify(body);
    options.headers["Content-Type"] = "application/json";
  }
  const started = performance.now();
  let answer;
  try {
    answer = await fetch(url, options);
  } catch {
    throw new Problem(0, { type: "offline", detail: "the server does not answer" });
  }
  const key = answer.headers.get("X-Request-Id");
  if (key && !path.startsWith("/api/xray/")) {
    for (const watcher of watchers) watcher({ key, method, path, ms: performance.now() - started });
  }
  const document = answer.status === 304 ? null : await answer.json();
  if (!answer.ok) throw new Problem(answer.status, document);
  return document;
}

export const get = (path, query) => call("GET", path, { query });
export const put = (path, body) => call("PUT", path, { body });
export const del = (path) => call("DELETE", path);
export const post = (path, body, headers) => call("POST", path, { body, headers });

// A retry with the same key posts once.
export const postTweet = (tweet, key) => post("/api/tweets", tweet, { "Idempotency-Key": key });
export const freshKey = () => crypto.randomUUID ? crypto.randomUUID() : `k${Date.now()}${Math.random()}`;
