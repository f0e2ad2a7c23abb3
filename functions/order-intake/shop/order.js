// Orders: sending one, following it until it ends, and the list of one's orders.

import { refuse } from "./checkout.js";
import { announce, byId, clone, moment, part, plural, reconcile, say, tell, timeOfDay } from "./dom.js";
import { follow, insist, wake } from "./net.js";
import { attempt, cart, catalogue, changes, customer, remembered } from "./state.js";

const STEPS = [
  { step: "received", name: "Received", doing: "Handing it over…" },
  { step: "confirmed", name: "Payment confirmed", doing: "Asking the bank…" },
  { step: "reserved", name: "Stock reserved", doing: "Setting your items aside…" },
  { step: "dispatched", name: "Dispatched", doing: "Packing it…" },
];
const TITLES = {
  sending: "Sending your order…",
  received: "Thank you, we have your order",
  unsent: "Please send your order again",
  confirmed: "Your payment is confirmed",
  reserved: "Your items are set aside",
  dispatched: "Your order is on its way",
  declined: "The payment was declined",
  rejected: "We could not complete your order",
};
const PAGE = 10;

const callout = byId("order-callout");
const awayNote = byId("order-away");

const isFinished = (status) => status.state !== "in_progress";
/** Whether it was noted, and nobody knows whether it was passed on. */
const isUnsent = (status) => status.step === "unsent";
const shortNumber = (id) => id.replace(/[^a-z0-9]/gi, "").slice(-8).toUpperCase();
const seconds = (ms) => plural(Math.max(1, Math.round(ms / 1_000)), "second");

// ---- sending -------------------------------------------------------------------------------------------------

/** The controller of the order that is on its way: it goes on while other views are shown. */
let sending = null;
let fresh = null;

/** An order without an answer is sent again, with the key that it had, when the page is opened again. */
export function resumeSending() {
  if (attempt.get()) send(attempt.get());
}

export function showSending() {
  const pending = attempt.get();
  if (!pending) {
    location.replace("#/cart");
    return true;
  }
  const { order, total_cents } = pending;
  drawOrder({ state: "sending", step: "sending", total_cents, owner: order.customer }, order.items);
  send(pending);
  return false;
}

async function send({ key, order }) {
  if (sending) return;
  sending = new AbortController();
  const options = { method: "POST", headers: { "Idempotency-Key": key }, body: order, signal: sending.signal };
  try {
    const answer = await insist("orders", options, showUnsent);
    placed(answer, order.items);
  } catch (refusal) {
    attempt.end();
    if (sending.signal.aborted) {
      refuse([], "We stopped trying. Your order may have reached us: look at your orders before you order again.", []);
    } else {
      refuse(refusal.errors, refusal.message, order.items);
    }
  } finally {
    sending = null;
  }
}

function placed(answer, items) {
  const { id } = answer.body;
  attempt.end();
  remembered.add(id, items);
  cart.takeOut(items);
  fresh = { id, url: answer.location, body: answer.body, retryAfterMs: answer.retryAfterMs };
  if (location.hash === "#/sending") location.replace(`#/orders/${encodeURIComponent(id)}`);
  else announce(`Your order ${shortNumber(id)} was placed.`);
}

function showUnsent(wait) {
  if (location.hash !== "#/sending") return;
  const text = `We have no answer yet and try again in ${seconds(wait)}. However often it is sent, it is ordered only once.`;
  showAway(text, true);
}

function showAway(text, mayStop) {
  if (awayNote.hidden) announce(text);
  tell(part(awayNote, "text"), text);
  part(awayNote, "stop").hidden = !mayStop;
  awayNote.hidden = !text;
}

part(awayNote, "again").addEventListener("click", wake);
part(awayNote, "stop").addEventListener("click", () => sending?.abort());

// ---- one order -----------------------------------------------------------------------------------------------

/** Shows the order and follows it until it ends or the customer turns to something else. */
export function showOrder(signal, id) {
  const known = fresh?.id === id ? fresh : null;
  const url = known?.url ?? `orders/${encodeURIComponent(id)}`;
  fresh = null;
  const items = remembered.items(id);
  if (known) news(known.body, items);
  else drawOrder({ id, state: "opening" }, items);
  if (known && isFinished(known.body)) return false;
  follow(url, {
    known,
    live: true,
    isFinished,
    signal,
    onNews: (status) => news(status, items),
    onQuiet: watching,
    onAway(wait) {
      const text = `We cannot reach the shop right now. Your order is safe: it goes on without this page. Next try in ${seconds(wait)}.`;
      showAway(text, false);
    },
    onRefused(refusal) {
      say(byId("order-title"), refusal.status === 404 ? "We do not know this order" : "We cannot show this order");
      say(byId("order-message"), refusal.message);
      byId("order-body").hidden = true;
      announce(refusal.message);
    },
  });
  return false;
}

function news(status, items) {
  drawOrder(status, status.items ?? items);
  const title = byId("order-title").textContent;
  document.title = `${title} · Aqueduct`;
  announce(`${title}. ${status.message ?? ""}`);
  if (!isFinished(status)) watching();
}

function watching() {
  showAway("", false);
  say(byId("order-watch"), `We watch it for you: news appears here by itself. Last looked at ${timeOfDay()}.`);
}

function drawOrder(status, items) {
  const { id, state, step, message } = status;
  byId("order-body").hidden = state === "opening";
  showAway("", false);
  say(byId("order-watch"), "");
  say(byId("order-number"), id ? `Order ${shortNumber(id)}` : "Order");
  say(byId("order-title"), titleOf(status));
  say(byId("order-message"), message ?? (state === "sending" ? "This takes a moment." : ""));
  drawCallout(status, items);
  const { place } = status;
  tell(byId("order-place"), place && !isFinished(status) && state !== "sending" ? `Step ${place.number} of ${place.of}` : null);
  reconcile(byId("steps"), stepsOf(status), {
    key: (each) => each.step,
    create: () => clone("step"),
    update: drawStep,
  });
  drawItems(items);
  drawFacts(status);
  const mails = status.notifications ?? [];
  byId("order-mail").hidden = mails.length === 0;
  reconcile(byId("order-notifications"), mails, { key: (_, index) => index, create: newMail, update: drawMail });
  if (state === "sending") document.title = `${TITLES[step]} · Aqueduct`;
}

function titleOf({ state, step, delayed }) {
  if (state === "opening") return "Looking up your order…";
  if (state === "failed") return TITLES[step === "declined" ? "declined" : "rejected"];
  if (state === "done") return TITLES.dispatched;
  if (delayed) return "Your order is safe, and delayed";
  return TITLES[step] ?? "Your order";
}

function drawCallout({ state, step, delayed, next_action: nextAction, help }, items) {
  const failed = state === "failed";
  const declined = failed && step === "declined";
  const late = delayed && state === "in_progress";
  const text = late
    ? "You are not charged twice, and you can close this page: the order goes on by itself as soon as we can."
    : "This order ends here, and nothing is sent.";
  callout.hidden = !failed && !late && !nextAction && !help;
  callout.classList.toggle("bad", failed);
  tell(part(callout, "text"), declined || late ? text : null);
  tell(part(callout, "next"), nextAction);
  const again = part(callout, "again");
  again.hidden = !declined || items.length === 0;
  part(callout, "shop").hidden = !failed || !again.hidden;
  again.onclick = () => orderAgain(items);
  const link = part(callout, "help");
  const target = help && URL.canParse(help, document.baseURI) ? new URL(help, document.baseURI) : null;
  link.hidden = !/^(https?|mailto):$/.test(target?.protocol ?? "");
  if (!link.hidden) link.href = target.href;
}

function orderAgain(items) {
  for (const { sku, quantity } of items) cart.set(sku, Math.max(cart.quantity(sku), quantity));
  announce("The items are back in your cart.");
  location.hash = "#/cart";
}

/** The four steps as this order stands: each `done`, `now`, `failed`, `late` or `todo`. */
function stepsOf(status) {
  const happened = new Map((status.steps ?? []).map((each) => [each.step, each]));
  const at = (step) => STEPS.findIndex((each) => each.step === step);
  const unsent = isUnsent(status);
  const furthest = Math.max(at(status.step), ...[...happened.keys()].map(at), status.state === "done" ? STEPS.length - 1 : -1);
  const reached = unsent ? -1 : furthest;
  const failed = status.state === "failed";
  return STEPS.map((each, index) => {
    if (index <= reached) return { ...each, state: "done", at: happened.get(each.step)?.at, note: "" };
    if (index > reached + 1) return { ...each, state: "todo", note: "" };
    if (unsent) return { ...each, state: "late", note: "Not passed on yet" };
    if (!failed) return { ...each, state: status.delayed ? "late" : "now", note: status.delayed ? "Waiting, safely" : each.doing };
    const declined = status.step === "declined";
    const name = declined && each.step === "confirmed" ? "Payment declined" : each.name;
    return { ...each, name, state: "failed", at: happened.get(status.step)?.at ?? status.updated, note: declined ? "" : "This did not happen" };
  });
}

const SPOKEN = { done: ", done", now: ", in progress", late: ", delayed", failed: ", failed", todo: ", not yet" };

function drawStep(row, { step, state, name, note, at }) {
  row.className = `step ${state}`;
  row.dataset.step = step;
  if (state === "now" || state === "late") row.setAttribute("aria-current", "step");
  else row.removeAttribute("aria-current");
  say(part(row, "name"), name);
  say(part(row, "state"), SPOKEN[state]);
  say(part(row, "note"), note);
  moment(part(row, "at"), at);
}

let drawnItems = [];
changes.addEventListener("catalogue", () => drawItems(drawnItems));

function drawItems(items) {
  drawnItems = items;
  const list = byId("order-items");
  list.hidden = items.length === 0;
  reconcile(list, items, {
    key: (item) => item.sku,
    create: () => document.createElement("li"),
    update: (row, { sku, quantity }) => say(row, `${quantity} × ${catalogue.product(sku)?.name ?? sku}`),
  });
}

const TIMES = { Placed: "day", Expected: "time" };

function drawFacts(status) {
  const { id, owner, total_cents: total, created, progress, expected } = status;
  const open = !isFinished(status);
  const facts = [
    ["Total", total === undefined ? null : catalogue.money(total)],
    ["Customer", owner],
    ["Placed", created],
    ["Done", open && Number.isFinite(progress) ? `${progress} %` : null],
    ["Expected", open ? expected : null],
    ["Order number", id],
  ].filter(([, value]) => value);
  reconcile(byId("order-facts"), facts, {
    key: ([name]) => name,
    create([name]) {
      const row = document.createElement("div");
      const term = document.createElement("dt");
      term.textContent = name;
      const value = document.createElement("dd");
      value.append(document.createElement(TIMES[name] ? "time" : "span"));
      row.append(term, value);
      return row;
    },
    update(row, [name, value]) {
      const node = row.querySelector("dd").firstChild;
      if (TIMES[name]) moment(node, value, TIMES[name]);
      else say(node, value);
    },
  });
}

function newMail() {
  const row = document.createElement("li");
  row.append(document.createElement("span"), document.createElement("time"));
  return row;
}

function drawMail(row, { at, message }) {
  say(row.firstChild, message);
  moment(row.lastChild, at);
}

// ---- the list ------------------------------------------------------------------------------------------------

let limit = PAGE;
let listed = [];
let watchingList = new AbortController();

export function showOrders(signal) {
  signal.addEventListener("abort", () => watchingList.abort());
  byId("whose-customer").value = customer.get();
  tell(byId("whose-error"), null);
  byId("whose-customer").removeAttribute("aria-invalid");
  limit = PAGE;
  drawOrders(null);
  if (customer.get()) list(customer.get());
  return false;
}

function list(name) {
  watchingList.abort();
  watchingList = new AbortController();
  const note = byId("orders-note");
  say(note, `Looking up the orders of ${name}…`);
  follow(`orders?customer=${encodeURIComponent(name)}`, {
    signal: watchingList.signal,
    isFinished: ({ orders }) => orders.every(isFinished),
    onNews({ orders }) {
      drawOrders([...orders].sort((a, b) => String(b.created).localeCompare(String(a.created))), name);
      const open = orders.filter((order) => !isFinished(order)).length;
      const text = orders.length ? `${plural(orders.length, "order")} of ${name}${open ? `, ${open} under way` : ""}.` : "";
      say(note, text);
      announce(text || `There are no orders of ${name} yet.`);
    },
    onQuiet() {},
    onAway: (wait) => say(note, `We cannot reach the shop right now. Your orders are safe; we look again in ${seconds(wait)}.`),
    onRefused(refusal) {
      say(note, "");
      tell(byId("whose-error"), refusal.errors[0]?.detail ?? refusal.message);
      byId("whose-customer").setAttribute("aria-invalid", "true");
    },
  });
}

function drawOrders(orders, name) {
  listed = orders ?? [];
  const empty = byId("orders-empty");
  empty.hidden = orders?.length !== 0;
  say(part(empty, "text"), `There are no orders of ${name} yet.`);
  reconcile(byId("orders"), listed.slice(0, limit), { key: (order) => order.id, create: () => clone("order"), update: drawRow });
  const left = listed.length - limit;
  byId("orders-more").hidden = left <= 0;
  say(byId("orders-more"), `Show ${Math.min(left, PAGE)} more of ${left}`);
}

function drawRow(row, order) {
  const { id, state, delayed, created, message, total_cents: total } = order;
  const unsent = isUnsent(order);
  part(row, "link").href = `#/orders/${encodeURIComponent(id)}`;
  say(part(row, "name"), `Order ${shortNumber(id)}`);
  const kind = (delayed || unsent) && state === "in_progress" ? "delayed" : state;
  const badge = part(row, "badge");
  badge.className = `badge ${kind}`;
  say(badge, unsent ? "Send it again" : { in_progress: "Under way", delayed: "Delayed", done: "Dispatched", failed: "Not completed" }[kind] ?? state);
  moment(part(row, "at"), created, "day");
  say(part(row, "sum"), total === undefined ? "" : catalogue.money(total));
  say(part(row, "says"), message ?? "");
}

byId("orders-more").addEventListener("click", () => {
  const before = limit;
  limit += PAGE;
  drawOrders(listed);
  byId("orders").children[before]?.querySelector("a").focus();
});

byId("whose").addEventListener("submit", (event) => {
  event.preventDefault();
  const input = byId("whose-customer");
  const name = input.value.trim();
  tell(byId("whose-error"), name ? null : "Please tell us your e-mail or your name.");
  if (!name) {
    input.setAttribute("aria-invalid", "true");
    return input.focus();
  }
  input.removeAttribute("aria-invalid");
  customer.set(name);
  limit = PAGE;
  drawOrders(null);
  list(name);
});
