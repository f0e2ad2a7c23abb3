// Speaks with the shop's server, and stays patient while it is away.

const ANSWER_WITHIN_MS = 20_000;
const PACE_MS = 1_000;
/** How long the server is asked to hold an answer back until there is news; below `ANSWER_WITHIN_MS`. */
const WAIT_S = 8;
const PACE_MAX_MS = 15_000;
/** A server that streams says at once how things are; one that cannot keeps everything back for much longer. */
const FIRST_EVENT_WITHIN_MS = 4_000;
/** Streams end, and are asked for anew, before they have lasted this long. */
const STREAM_MAX_MS = 75_000;
const RETRY_AFTER_MAX_MS = 300_000;
// 409 answers a request whose twin, with the same idempotency key, is still being worked on.
const TEMPORARY = new Set([0, 408, 409, 425, 429]);

/** A request that was not granted: a problem answer (RFC 9457), or no answer at all (status 0). */
export class Refusal extends Error {
  constructor(status, problem = {}, retryAfterMs = 0) {
    super(problem.detail || problem.title || (status ? `The shop answered ${status}.` : "The shop did not answer."));
    this.status = status;
    this.errors = Array.isArray(problem.errors) ? problem.errors : [];
    this.retryAfterMs = retryAfterMs;
  }

  get temporary() {
    return TEMPORARY.has(this.status) || this.status >= 500;
  }
}

/** Resolves with the answer's parts, or throws a `Refusal`. A 304 has the body `null`. */
export async function request(url, { method = "GET", headers = {}, body, etag, signal } = {}) {
  const wanted = { Accept: "application/json, application/problem+json", ...headers };
  if (body !== undefined) wanted["Content-Type"] = "application/json";
  if (etag) wanted["If-None-Match"] = etag;
  const limits = [AbortSignal.timeout(ANSWER_WITHIN_MS), ...(signal ? [signal] : [])];
  let response;
  let content = null;
  try {
    response = await fetch(url, {
      method,
      headers: wanted,
      body: body === undefined ? undefined : JSON.stringify(body),
      cache: "no-store",
      signal: AbortSignal.any(limits),
    });
    const text = await response.text();
    content = response.status === 304 ? null : parsed(text);
  } catch (cause) {
    if (signal?.aborted) throw cause;
    throw new Refusal(0);
  }
  const retryAfterMs = retryAfter(response.headers.get("Retry-After"));
  if (!response.ok && response.status !== 304) throw new Refusal(response.status, content ?? {}, retryAfterMs);
  // An answer that is no JSON comes from something between the page and the shop.
  if (content === undefined) throw new Refusal(0, {}, retryAfterMs);
  const location = response.headers.get("Location");
  return {
    status: response.status,
    body: content,
    etag: response.headers.get("ETag"),
    location: location && new URL(location, response.url).href,
    retryAfterMs,
  };
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function retryAfter(header) {
  if (!header) return 0;
  const seconds = Number(header);
  const ms = Number.isFinite(seconds) ? seconds * 1_000 : Date.parse(header) - Date.now();
  return Math.min(Math.max(ms || 0, 0), RETRY_AFTER_MAX_MS);
}

/** Milliseconds until the next try: growing with each quiet one, never below what the server asked for. */
function pace(tries, retryAfterMs, growth) {
  const grown = Math.min(PACE_MS * growth ** tries, PACE_MAX_MS);
  return Math.max(grown, retryAfterMs) * (1 + Math.random() / 4);
}

function waiting(url) {
  const target = new URL(url, document.baseURI);
  target.searchParams.set("wait", WAIT_S);
  return target.href;
}

const waking = new EventTarget();

/** Ends every pause now: the customer asked, or the network came back. */
export function wake() {
  waking.dispatchEvent(new Event("wake"));
}

addEventListener("online", wake);
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && wake());

function pause(ms, signal) {
  if (signal?.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      waking.removeEventListener("wake", end);
      signal?.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    waking.addEventListener("wake", end);
    signal?.addEventListener("abort", end);
  });
}

/** Repeats a request until it is answered or refused for good. The caller makes sure that repeating is safe. */
export async function insist(url, options, onAway = () => {}) {
  for (let tries = 0; ; tries += 1) {
    try {
      return await request(url, options);
    } catch (refusal) {
      if (!refusal.temporary) throw refusal;
      const wait = pace(tries, refusal.retryAfterMs, 2);
      onAway(wait, refusal);
      await pause(wait, options.signal);
      options.signal?.throwIfAborted();
    }
  }
}

function eventsOf(url) {
  const target = new URL(url, document.baseURI);
  target.pathname += "/events";
  return target.href;
}

/**
 * Hears a resource's changes as server-sent events. `onEvent(body)` says whether that was the last, `onOpen()` is called
 * for each connection. Resolves with `{ done, heard }`: whether there is no more to hear, and whether anything was heard.
 */
function listen(url, { onEvent, onOpen, signal }) {
  return new Promise((resolve) => {
    const source = new EventSource(url);
    let heard = false;
    let failures = 0;
    let timer;
    const end = (done) => {
      clearTimeout(timer);
      source.close();
      signal.removeEventListener("abort", stop);
      resolve({ done, heard });
    };
    const stop = () => end(true);
    const expect = (ms) => {
      clearTimeout(timer);
      timer = setTimeout(end, ms, false);
    };
    source.onopen = () => {
      failures = 0;
      if (!heard) return;
      expect(STREAM_MAX_MS);
      onOpen();
    };
    source.onmessage = ({ data }) => {
      const body = parsed(data);
      if (body === undefined) return end(false);
      heard = true;
      expect(STREAM_MAX_MS);
      if (onEvent(body)) end(true);
    };
    // The end of a stream is an error, too, after which the browser asks for the next; that it fails again is another matter.
    source.onerror = () => {
      failures += 1;
      if (failures > 1 || source.readyState === EventSource.CLOSED) end(false);
    };
    signal.addEventListener("abort", stop);
    expect(FIRST_EVENT_WITHIN_MS);
  });
}

/**
 * Reads a resource again and again until `isFinished(body)`: `onNews(body)` for each answer that is new,
 * `onQuiet()` for each that is not, `onAway(ms)` while there is none, `onRefused(refusal)` when there will be none.
 * `known` is an earlier answer to go on from. With `live`, the server is asked to send its events, and where it cannot, to
 * answer what is known when it changes.
 */
export async function follow(url, { known, live = false, isFinished, onNews, onQuiet, onAway, onRefused, signal }) {
  let etag = known?.etag;
  let last = known ? JSON.stringify(known.body) : null;
  let quiet = 0;
  let away = 0;
  let streams = live;
  const onEvent = (body) => {
    const text = JSON.stringify(body);
    if (text === last) {
      onQuiet();
    } else {
      last = text;
      etag = undefined;
      onNews(body);
    }
    return isFinished(body);
  };
  if (known && !streams) await pause(pace(0, known.retryAfterMs, 1), signal);
  while (!signal.aborted) {
    if (streams && away === 0) {
      const { done, heard } = await listen(eventsOf(url), { onEvent, onOpen: onQuiet, signal });
      if (done) return;
      streams = heard;
    }
    let wait;
    try {
      const asked = Date.now();
      const answer = await request(live && etag ? waiting(url) : url, { etag, signal });
      away = 0;
      const text = JSON.stringify(answer.body);
      etag = answer.etag ?? etag;
      if (answer.status === 304 || text === last) {
        // An answer that was held back is as good as a pause.
        quiet = live && Date.now() - asked > PACE_MS ? 0 : quiet + 1;
        onQuiet();
      } else {
        quiet = 0;
        last = text;
        onNews(answer.body);
        if (isFinished(answer.body)) return;
      }
      if (streams) continue;
      wait = pace(quiet, answer.retryAfterMs, 1.5);
    } catch (refusal) {
      if (signal.aborted) return;
      if (!(refusal instanceof Refusal)) throw refusal;
      if (!refusal.temporary) return onRefused(refusal);
      wait = pace(away, refusal.retryAfterMs, 2);
      away += 1;
      onAway(wait, refusal);
    }
    await pause(wait, signal);
  }
}
