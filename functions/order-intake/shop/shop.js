// The page: which view is shown, the catalogue, and what all views share.

import { leaveCheckout, showCart } from "./checkout.js";
import { announce, art, byId, clone, part, plural, reconcile, say } from "./dom.js";
import { insist, wake } from "./net.js";
import { resumeSending, showOrder, showOrders, showSending } from "./order.js";
import { cart, catalogue, changes } from "./state.js";

const WAITING_PRODUCTS = 6;

/** Each route: its pattern, its view, its place in the navigation, and what shows it until `signal` aborts. */
const ROUTES = [
  { pattern: /^#\/cart$/, view: "cart", nav: "cart", show: showCart, leave: leaveCheckout },
  { pattern: /^#\/sending$/, view: "order", nav: "cart", show: showSending },
  { pattern: /^#\/orders$/, view: "orders", nav: "orders", show: showOrders },
  { pattern: /^#\/orders\/([^/]+)$/, view: "order", nav: "orders", show: showOrder },
  { pattern: /^/, view: "shop", nav: "shop", show: showShop },
];

let shown = null;
let leaving = new AbortController();

function route() {
  const hash = location.hash;
  // A link to a place on the page, like the skip link, is no route.
  if (hash && !hash.startsWith("#/")) return;
  const next = ROUTES.find(({ pattern }) => pattern.test(hash));
  const argument = hash.match(next.pattern)[1];
  leaving.abort();
  leaving = new AbortController();
  shown?.leave?.();
  for (const view of document.querySelectorAll(".view")) view.hidden = view.id !== `view-${next.view}`;
  for (const link of document.querySelectorAll("[data-nav]")) {
    if (link.dataset.nav === next.nav) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  const title = byId(`${next.view}-title`);
  const sameView = shown?.view === next.view;
  document.title = `${next.view === "shop" ? "Shop" : title.textContent} · Aqueduct`;
  const focused = next.show(leaving.signal, argument && decodeURIComponent(argument));
  // The first view leaves the focus where the browser put it; an order that got its number is still the same view.
  if (shown && !sameView && !focused) {
    scrollTo(0, 0);
    title.focus({ preventScroll: true });
  }
  shown = next;
}

function showShop() {
  drawProducts();
}

function drawProducts() {
  const offer = catalogue.get();
  const list = byId("products");
  if (!offer) {
    const waiting = Array.from({ length: WAITING_PRODUCTS }, (_, index) => index);
    reconcile(list, waiting, { key: (index) => `wait-${index}`, create: () => clone("product-wait"), update() {} });
    return;
  }
  reconcile(list, offer.products, { key: (product) => product.sku, create: productCard, update: drawProduct });
}

function productCard({ sku }) {
  const card = clone("product");
  part(card, "art").append(art(sku));
  part(card, "add").addEventListener("click", () => {
    cart.add(sku);
    const { name } = catalogue.product(sku);
    announce(`Added ${name}. ${plural(cart.count(), "item")} in the cart, ${catalogue.money(cart.total())}.`);
  });
  return card;
}

function drawProduct(card, { sku, name, description, price_cents: price }) {
  say(part(card, "name"), name);
  say(part(card, "description"), description ?? "");
  say(part(card, "price"), catalogue.money(price));
  say(part(card, "add-what"), ` ${name} to the cart`);
  const quantity = cart.quantity(sku);
  say(part(card, "in-cart"), quantity ? `${quantity} in the cart` : "");
}

function drawCount() {
  const count = cart.count();
  const badge = byId("cart-count");
  say(badge, String(count));
  badge.hidden = count === 0;
  document.querySelector(".cart-link").setAttribute("aria-label", count ? `Cart, ${plural(count, "item")}` : "Cart, empty");
}

function noteCatalogue(text) {
  const note = byId("catalogue-note");
  say(part(note, "text"), text);
  note.hidden = !text;
}

async function loadCatalogue() {
  const known = catalogue.get();
  if (!known) noteCatalogue("Fetching what is on offer today…");
  const away = known
    ? "We cannot reach the shop right now. This is what it offered at your last visit; you can fill your cart meanwhile."
    : "We cannot reach the shop right now. We keep trying, and the catalogue appears as soon as it answers.";
  try {
    const { body } = await insist("catalogue", {}, () => noteCatalogue(away));
    noteCatalogue("");
    catalogue.set(body);
  } catch (refusal) {
    noteCatalogue(`The catalogue is not available. ${refusal.message}`);
  }
}

function drawConnection() {
  byId("offline").hidden = navigator.onLine;
}

changes.addEventListener("cart", () => {
  drawCount();
  drawProducts();
});
changes.addEventListener("catalogue", drawProducts);
addEventListener("hashchange", route);
addEventListener("online", drawConnection);
addEventListener("offline", drawConnection);
part(byId("catalogue-note"), "again").addEventListener("click", wake);

drawConnection();
drawCount();
route();
resumeSending();
loadCatalogue();
