// Shared by every piece: what the page was told, what was measured, and small helpers.
const told = JSON.parse(document.getElementById("told").textContent);
const byId = (id) => document.getElementById(id);
const MISSING = "n/a";
const timings = {};
const loaded = new Map();

/** Run a piece of work and keep how many milliseconds it took. */
function timed(name, work) {
  const began = performance.now();
  const found = work();
  timings[name] = performance.now() - began;
  return found;
}

/** Return a new element with attributes and children. */
function made(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) node.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(name, value);
  }
  node.append(...children.filter((one) => one !== null && one !== undefined));
  return node;
}

function options(select, pairs, chosen) {
  select.replaceChildren(...pairs.map(([value, text]) => made("option", { value }, text)));
  if (chosen !== undefined && pairs.some(([value]) => value === chosen)) select.value = chosen;
}

const grouped = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

/** Return a figure in the digits of its kind, with a true minus. */
function written(value, kind) {
  if (value === null || value === undefined || Number.isNaN(value)) return MISSING;
  let text;
  if (kind === "percent") text = (100 * value).toFixed(1) + "\u202f%";
  else if (kind === "whole") text = grouped.format(value);
  else text = value.toFixed(Math.abs(value) >= 1000 ? 0 : Math.abs(value) < 0.01 && value ? 4 : 2);
  return /[1-9]/.test(text) ? text.replace("-", "\u2212") : text.replace("-", "");
}

const counted = (n, word) => `${grouped.format(n)} ${word}${n === 1 ? "" : "s"}`;

/** Return a table of texts: the first cell of a row heads it. */
function tableOf(caption, heads, rows) {
  const line = (cells) => made("tr", {}, ...cells.map((cell, k) =>
    k ? made("td", { class: "num" }, cell) : made("th", { scope: "row" }, cell)));
  return made("table", {},
    made("caption", {}, made("span", {}, caption)),
    made("thead", {}, made("tr", {}, ...heads.map((head, k) => made("th", { scope: "col", class: k ? "num" : "" }, head)))),
    made("tbody", {}, ...rows.map(line)));
}

/** Fill the table behind a picture when it is opened, and again when it is open and redrawn. */
function behind(key, make) {
  const fold = byId(`table-${key}`);
  const fill = () => { if (fold.open) fold.querySelector(".scroll").replaceChildren(make()); };
  fold.ontoggle = fill;
  fill();
}

async function copy(text) {
  let done = true;
  try { await navigator.clipboard.writeText(text); } catch {
    const area = made("textarea", { readonly: true, class: "unseen" });
    area.value = text;
    document.body.append(area);
    area.select();
    done = document.execCommand("copy");
    area.remove();
  }
  byId("copied").textContent = done ? `Copied: ${text}` : `Not copied; select it by hand: ${text}`;
  return done;
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("button[data-copy]");
  if (!button) return;
  const before = button.dataset.label || button.textContent;
  button.dataset.label = before;
  const done = await copy(button.dataset.copy);
  button.textContent = done ? "Copied" : "Not copied";
  setTimeout(() => { button.textContent = before; }, 1500);
});
