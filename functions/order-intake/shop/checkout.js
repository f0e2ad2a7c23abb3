// The cart and the checkout: quantities, total, customer, card, and what the shop says about each of them.

import { announce, art, byId, clone, part, reconcile, say, tell } from "./dom.js";
import { attempt, cart, catalogue, changes, customer } from "./state.js";

const view = byId("view-cart");
const form = byId("checkout");
const problem = byId("checkout-problem");
const removed = byId("removed");
let lineErrors = new Map();
let takenOut = null;
let refused = null;

/** Shows the cart. Says true when it has put the focus on what needs attention. */
export function showCart() {
  if (attempt.get()) {
    location.replace("#/sending");
    return true;
  }
  form.elements.customer.value ||= customer.get();
  clearErrors();
  draw();
  const news = refused;
  refused = null;
  return news ? showRefusal(news) : false;
}

export function leaveCheckout() {
  tell(part(removed, "text"), "");
  removed.hidden = true;
}

/** Keeps what the shop said about `items` for the next time the cart is shown: now. */
export function refuse(errors, text, items) {
  refused = { errors, text, items };
  location.replace("#/cart");
}

function draw() {
  const lines = cart.lines();
  byId("cart-empty").hidden = lines.length > 0;
  byId("cart-full").hidden = lines.length === 0;
  reconcile(byId("lines"), lines, { key: (line) => line.sku, create: cartLine, update: drawLine });
  const total = catalogue.money(cart.total());
  say(byId("total"), total);
  say(byId("place"), `Place order · ${total}`);
}

function cartLine({ sku }) {
  const row = clone("line");
  part(row, "art").append(art(sku));
  const change = (quantity) => {
    lineErrors.delete(sku);
    cart.set(sku, quantity);
    announce(`${nameOf(sku)}: ${cart.quantity(sku)}. Total ${catalogue.money(cart.total())}.`);
  };
  part(row, "less").addEventListener("click", () => cart.quantity(sku) > 1 && change(cart.quantity(sku) - 1));
  part(row, "more").addEventListener("click", () => change(cart.quantity(sku) + 1));
  part(row, "remove").addEventListener("click", () => remove(sku));
  const input = part(row, "quantity");
  input.addEventListener("change", () => {
    const quantity = Number.parseInt(input.value, 10);
    if (quantity === 0) remove(sku);
    else if (quantity > 0) change(quantity);
    draw();
  });
  return row;
}

const nameOf = (sku) => catalogue.product(sku)?.name ?? sku;

function drawLine(row, { sku, quantity }) {
  const product = catalogue.product(sku);
  const name = nameOf(sku);
  say(part(row, "name"), name);
  say(part(row, "each"), product ? `${catalogue.money(product.price_cents)} each` : "");
  say(part(row, "sum"), product ? catalogue.money(product.price_cents * quantity) : "–");
  const input = part(row, "quantity");
  input.value = quantity;
  input.setAttribute("aria-label", `Quantity of ${name}`);
  const less = part(row, "less");
  less.setAttribute("aria-label", `One less of ${name}`);
  less.setAttribute("aria-disabled", String(quantity <= 1));
  part(row, "more").setAttribute("aria-label", `One more of ${name}`);
  part(row, "remove").setAttribute("aria-label", `Remove ${name}`);
  const gone = catalogue.get() && !product ? "This is no longer on offer. Please remove it to go on." : null;
  const error = part(row, "error");
  error.id = `line-error-${encodeURIComponent(sku)}`;
  mark(input, error, lineErrors.get(sku) ?? gone);
}

function remove(sku) {
  takenOut = { sku, quantity: cart.quantity(sku) };
  lineErrors.delete(sku);
  cart.remove(sku);
  tell(part(removed, "text"), `Removed ${nameOf(sku)}.`);
  removed.hidden = false;
  part(removed, "undo").focus();
}

part(removed, "undo").addEventListener("click", () => {
  cart.set(takenOut.sku, takenOut.quantity);
  announce(`${nameOf(takenOut.sku)} is back in the cart.`);
  leaveCheckout();
  byId("cart-title").focus();
});

/** Shows `text` as the error of `field`, or that there is none. */
function mark(field, error, text) {
  tell(error, text);
  if (text) {
    field.setAttribute("aria-invalid", "true");
    if (error.id.startsWith("line-")) field.setAttribute("aria-describedby", error.id);
  } else {
    field.removeAttribute("aria-invalid");
  }
}

const cards = [...form.elements.card];

function markCards(text) {
  tell(byId("card-error"), text);
  for (const card of cards) {
    if (text) card.setAttribute("aria-invalid", "true");
    else card.removeAttribute("aria-invalid");
  }
}

function clearErrors() {
  lineErrors = new Map();
  mark(form.elements.customer, byId("customer-error"), null);
  markCards(null);
  tell(byId("items-error"), null);
  tell(problem, null);
}

/** Puts each error beside the field it is about, and the focus on the first of them. */
function showRefusal({ errors, text, items }) {
  const rest = [];
  for (const { pointer = "", detail } of errors) {
    const [, field, index] = pointer.match(/^#?\/(customer|card|items)(?:\/(\d+))?/) ?? [];
    const line = index === undefined ? undefined : items[Number(index)];
    if (field === "customer") mark(form.elements.customer, byId("customer-error"), detail);
    else if (field === "card") markCards(detail);
    else if (line) lineErrors.set(line.sku, detail);
    else if (field === "items") tell(byId("items-error"), detail);
    else rest.push(detail);
  }
  const placed = errors.length > rest.length;
  tell(problem, [placed ? "Please look at the marked places and place the order again." : text, ...rest].join(" "));
  draw();
  const first = view.querySelector("[aria-invalid]") ?? problem;
  first.focus();
  return true;
}

form.elements.customer.addEventListener("input", () => mark(form.elements.customer, byId("customer-error"), null));
for (const card of cards) card.addEventListener("change", () => markCards(null));

form.addEventListener("submit", (event) => {
  event.preventDefault();
  // A second press while the first one is on its way is the same order.
  if (attempt.get()) return;
  clearErrors();
  const name = form.elements.customer.value.trim();
  const items = cart.lines();
  const gone = items.some((line) => catalogue.get() && !catalogue.product(line.sku));
  if (!name || gone) {
    const errors = name ? [] : [{ pointer: "/customer", detail: "Please tell us your e-mail or your name." }];
    return showRefusal({ errors, text: "Please remove what is no longer on offer.", items });
  }
  customer.set(name);
  attempt.start({ customer: name, items, card: form.elements.card.value });
  location.hash = "#/sending";
});

for (const what of ["cart", "catalogue"]) changes.addEventListener(what, draw);
