// What this browser remembers: the cart, the customer, the attempt to order that has no answer yet.

import { money } from "./dom.js";

const PREFIX = "aqueduct.shop.";
const QUANTITY_MAX = 999;
const REMEMBERED_ORDERS = 50;
const unsaved = new Map();

function read(name, fallback) {
  try {
    return JSON.parse(localStorage.getItem(PREFIX + name)) ?? fallback;
  } catch {
    return unsaved.get(name) ?? fallback;
  }
}

function write(name, value) {
  unsaved.set(name, value);
  try {
    localStorage.setItem(PREFIX + name, JSON.stringify(value));
  } catch {
    // Storage can be full or forbidden: the page then remembers until it is closed.
  }
}

/** Says `cart` when the cart changes here or in another tab, `catalogue` when the catalogue does. */
export const changes = new EventTarget();
addEventListener("storage", (event) => {
  if (event.key === `${PREFIX}cart` || event.key === null) changes.dispatchEvent(new Event("cart"));
});

export const customer = {
  get: () => read("customer", ""),
  set: (name) => write("customer", name),
};

let offered = read("catalogue", null);

/** What the shop offers; until the server has said, what it offered at the last visit. */
export const catalogue = {
  get: () => offered,
  set(fetched) {
    offered = fetched;
    write("catalogue", fetched);
    changes.dispatchEvent(new Event("catalogue"));
  },
  product: (sku) => offered?.products.find((product) => product.sku === sku),
  money: (cents) => money(cents, offered?.currency),
};

function setCart(lines) {
  write("cart", lines);
  changes.dispatchEvent(new Event("cart"));
}

/** Lines of `{ sku, quantity }`, in the order in which they were added. */
export const cart = {
  lines() {
    const lines = read("cart", []);
    return Array.isArray(lines) ? lines.filter((line) => line?.sku && line.quantity > 0) : [];
  },
  count: () => cart.lines().reduce((sum, line) => sum + line.quantity, 0),
  quantity: (sku) => cart.lines().find((line) => line.sku === sku)?.quantity ?? 0,
  total: () => sumOf(cart.lines()),
  set(sku, quantity) {
    const kept = Math.min(Math.max(Math.trunc(quantity) || 1, 1), QUANTITY_MAX);
    const lines = cart.lines();
    const line = lines.find((each) => each.sku === sku);
    if (line) line.quantity = kept;
    else lines.push({ sku, quantity: kept });
    setCart(lines);
  },
  add: (sku, quantity = 1) => cart.set(sku, cart.quantity(sku) + quantity),
  remove: (sku) => setCart(cart.lines().filter((line) => line.sku !== sku)),
  /** Takes out what has been ordered: more may have been added while the order was on its way. */
  takeOut(items) {
    const left = cart.lines().map(({ sku, quantity }) => {
      const ordered = items.find((item) => item.sku === sku)?.quantity ?? 0;
      return { sku, quantity: quantity - ordered };
    });
    setCart(left.filter((line) => line.quantity > 0));
  },
};

export function sumOf(lines) {
  return lines.reduce((sum, line) => sum + line.quantity * (catalogue.product(line.sku)?.price_cents ?? 0), 0);
}

/**
 * The order that was sent and not yet answered. Its key stays the same however often it is sent, even after a
 * reload, so that the server can tell a repetition from a second order.
 */
export const attempt = {
  get: () => read("attempt", null),
  start(order) {
    const started = { key: newKey(), order, total_cents: sumOf(order.items) };
    write("attempt", started);
    return started;
  },
  end: () => write("attempt", null),
};

// `crypto.randomUUID` exists on secure origins only.
function newKey() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

/** What was in an order placed from this browser: shown until its status is here. */
export const remembered = {
  items: (id) => read("orders", []).find((order) => order.id === id)?.items ?? [],
  add(id, items) {
    const others = read("orders", []).filter((order) => order.id !== id);
    write("orders", [{ id, items }, ...others].slice(0, REMEMBERED_ORDERS));
  },
};
