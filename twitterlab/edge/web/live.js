// Live updates: a WebSocket that goes on where it was; server-sent events where sockets do not pass.

const FIRST_WAIT_MS = 500, LONGEST_WAIT_MS = 30_000, SOCKET_TRIES = 3, SIGNED_OUT = 4001;

export class Live {
  constructor(onEvent, onState) {
    this.onEvent = onEvent;
    this.onState = onState;
    this.after = "";
    this.failures = 0;
    this.isStopped = false;
  }

  start() {
    if (this.failures >= SOCKET_TRIES) this.stream();
    else this.socket();
  }

  stop() {
    this.isStopped = true;
    this.open?.close();
  }

  socket() {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const after = this.after ? `?after=${encodeURIComponent(this.after)}` : "";
    const socket = new WebSocket(`${scheme}://${location.host}/api/live${after}`);
    this.open = socket;
    socket.onmessage = (message) => { for (const event of JSON.parse(message.data)) this.hear(event); };
    socket.onclose = (close) => {
      if (close.code === SIGNED_OUT) this.isStopped = true;
      this.again();
    };
  }

  stream() {
    const after = this.after ? `?after=${encodeURIComponent(this.after)}` : "";
    const source = new EventSource(`/api/live/events${after}`);
    this.open = source;
    source.onmessage = (message) => this.hear(JSON.parse(message.data));
    source.onerror = () => { source.close(); this.again(); };
  }

  hear(event) {
    this.failures = 0;
    this.after = event.after;
    if (event.event === "hello") this.onState(true);
    else this.onEvent(event);
  }

  again() {
    this.onState(false);
    if (this.isStopped) return;
    this.failures += 1;
    const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** this.failures) * (0.5 + Math.random() / 2);
    setTimeout(() => { if (!this.isStopped) this.start(); }, wait);
  }
}
