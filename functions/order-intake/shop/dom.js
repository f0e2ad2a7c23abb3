// Small tools of the views: templates, keyed lists, words, dates, pictures.

const LANGUAGE = "en-IE";

export const byId = (id) => document.getElementById(id);
export const part = (node, name) => node.querySelector(`[data-part="${name}"]`);
export const clone = (id) => byId(id).content.firstElementChild.cloneNode(true);

/** Sets text only when it differs, so that live regions and selections are left alone. */
export function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** Shows `text` in `node`, or hides `node` when there is none. */
export function tell(node, text) {
  say(node, text ?? "");
  node.hidden = !text;
}

/** Makes the children of `list` stand for `items`, reusing them by key, so that focus survives. */
export function reconcile(list, items, { key, create, update }) {
  const old = new Map([...list.children].map((child) => [child.dataset.key, child]));
  items.forEach((item, index) => {
    const id = String(key(item, index));
    let child = old.get(id);
    old.delete(id);
    if (!child) {
      child = create(item);
      child.dataset.key = id;
    }
    if (list.children[index] !== child) list.insertBefore(child, list.children[index] ?? null);
    update(child, item, index);
  });
  for (const child of old.values()) child.remove();
}

/** Tells people who do not see the page what just changed. */
export function announce(text) {
  say(byId("announcer"), text);
}

export function money(cents, currency = "EUR") {
  return new Intl.NumberFormat(LANGUAGE, { style: "currency", currency }).format(cents / 100);
}

export const plural = (count, one, many = `${one}s`) => `${count} ${count === 1 ? one : many}`;

const day = new Intl.DateTimeFormat(LANGUAGE, { dateStyle: "medium", timeStyle: "short" });
const clock = new Intl.DateTimeFormat(LANGUAGE, { timeStyle: "medium" });

/** Writes a moment into a `<time>`: its time of day if it is today, else its date as well. */
export function moment(node, text, format = null) {
  const at = new Date(text ?? Number.NaN);
  if (Number.isNaN(at.getTime())) return say(node, "");
  node.dateTime = at.toISOString();
  const today = at.toDateString() === new Date().toDateString();
  say(node, (format === "day" || !today ? day : clock).format(at));
}

export const timeOfDay = () => clock.format(new Date());

const NS = "http://www.w3.org/2000/svg";
const HUES = [186, 18, 42, 268, 96, 212, 340];

function shape(name, attributes) {
  const node = document.createElementNS(NS, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  return node;
}

function hash(text) {
  let value = 2_166_136_261;
  for (const char of text) value = Math.imul(value ^ char.codePointAt(0), 16_777_619);
  // The last letters reach the low bits only: mix them into all.
  value = Math.imul(value ^ (value >>> 16), 2_246_822_507);
  return (value ^ (value >>> 13)) >>> 0;
}

/** A little landscape with an aqueduct, always the same one for the same product. */
export function art(sku) {
  const seed = hash(sku);
  const pick = (shift, choices) => (seed >>> shift) % choices;
  const svg = shape("svg", { viewBox: "0 0 320 200", preserveAspectRatio: "xMidYMid slice", "aria-hidden": "true" });
  svg.style.setProperty("--hue", HUES[pick(3, HUES.length)]);
  const spans = 3 + pick(7, 3);
  const width = 320 / spans;
  const arch = width * 0.34;
  const foot = 168;
  const deck = 84 + pick(11, 24);
  let wall = `M0 ${deck}H320V${foot}H0Z`;
  for (let index = 0; index < spans; index += 1) {
    const middle = width * (index + 0.5);
    wall += `M${middle - arch} ${foot}V${deck + 14 + arch}a${arch} ${arch} 0 0 1 ${2 * arch} 0V${foot}Z`;
  }
  const hill = 96 - pick(13, 34);
  svg.append(
    shape("rect", { class: "art-sky", width: 320, height: 200 }),
    shape("circle", { class: "art-sun", cx: 50 + pick(5, 220), cy: 44 + pick(9, 20), r: 18 + pick(15, 14) }),
    shape("path", { class: "art-hill", d: `M0 ${hill + 24}Q90 ${hill - 30} 190 ${hill + 10}T320 ${hill}V200H0Z` }),
    shape("path", { class: "art-wall", d: wall, "fill-rule": "evenodd" }),
    shape("path", { class: "art-deck", d: `M0 ${deck - 7}H320V${deck}H0Z` }),
    shape("rect", { class: "art-water", y: foot, width: 320, height: 40 }),
    shape("path", { class: "art-wave", d: "M0 182q20-7 40 0t40 0 40 0 40 0 40 0 40 0 40 0 40 0" }),
  );
  return svg;
}
