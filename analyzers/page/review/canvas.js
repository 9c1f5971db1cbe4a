// What every picture shares: a sharp canvas in the page's own colours, scales and ticks.
const CIVIDIS = [[0, 34, 78], [18, 53, 112], [59, 73, 108], [87, 93, 109], [112, 113, 115], [138, 134, 120], [165, 156, 116], [195, 179, 105], [225, 204, 85], [254, 232, 56]];

/** Return a colour of the scale that keeps its order for every reader, and whether it is dark. */
function cividis(share) {
  const at = Math.max(0, Math.min(1, share)) * (CIVIDIS.length - 1), k = Math.min(Math.floor(at), CIVIDIS.length - 2);
  const mix = CIVIDIS[k].map((one, c) => Math.round(one + (at - k) * (CIVIDIS[k + 1][c] - one)));
  return { css: `rgb(${mix.join(",")})`, isDark: share < 0.55 };
}

/** Return the drawing of a canvas at its size on the screen, cleared. */
function drawing(key) {
  const canvas = byId(`canvas-${key}`), ratio = window.devicePixelRatio || 1;
  const width = canvas.clientWidth, height = canvas.clientHeight;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  const pen = canvas.getContext("2d");
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  const style = getComputedStyle(document.body);
  pen.font = "11px system-ui, -apple-system, 'Segoe UI', Arial, sans-serif";
  pen.textBaseline = "middle";
  const ink = (name) => style.getPropertyValue(`--${name}`).trim();
  return { canvas, pen, width, height, ink };
}

/** Return about n round figures between two. */
function ticks(low, high, n = 5) {
  if (!(high > low)) return [low];
  const raw = (high - low) / n, power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 2.5, 5, 10].map((one) => one * power).find((one) => one >= raw * 0.999);
  const out = [];
  for (let at = Math.ceil(low / step - 1e-9) * step; at <= high + step * 1e-9; at += step) out.push(Math.abs(at) < step * 1e-9 ? 0 : at);
  return out;
}

/** Return a tick's text with as many decimals as its neighbours need. */
function tickText(value, values, kind) {
  const scale = kind === "percent" ? 100 : 1;
  const step = values.length > 1 ? Math.abs(values[1] - values[0]) * scale : Math.abs(value * scale) || 1;
  const decimals = Math.max(0, Math.min(4, -Math.floor(Math.log10(step) + 1e-9) + (/25/.test(step.toPrecision(2)) ? 1 : 0)));
  const text = kind === "whole" ? grouped.format(value) : (value * scale).toFixed(decimals);
  return (kind === "percent" ? `${text}\u202f%` : text).replace("-", "\u2212");
}

/** Draw a frame with a value axis on the left, its unit above it; return its scale. */
function valueAxis(art, box, low, high, kind, unit) {
  const { pen, ink } = art, pad = (high - low || Math.abs(high) || 1) * 0.05;
  const from = low - pad, to = high + pad, y = (v) => box.bottom - ((v - from) / (to - from)) * (box.bottom - box.top);
  const marks = ticks(from, to, Math.max(2, Math.round((box.bottom - box.top) / 55))).filter((one) => kind !== "whole" || Number.isInteger(one));
  pen.textAlign = "left";
  pen.fillStyle = ink("ink");
  if (unit) pen.fillText(unit, 4, Math.max(7, box.top - 14));
  pen.textAlign = "right";
  for (const mark of marks) {
    line(pen, [[box.left, y(mark)], [box.right, y(mark)]], mark === 0 ? ink("soft") : ink("hair"), 1);
    pen.fillStyle = ink("soft");
    pen.fillText(tickText(mark, marks, kind), box.left - 6, y(mark));
  }
  return y;
}

function line(pen, points, colour, width, dash = []) {
  pen.strokeStyle = colour;
  pen.lineWidth = width;
  pen.setLineDash(dash);
  pen.beginPath();
  let isDown = false;
  for (const [x, y] of points) {
    if (Number.isNaN(y)) { isDown = false; continue; }
    if (isDown) pen.lineTo(x, y); else pen.moveTo(x, y);
    isDown = true;
  }
  pen.stroke();
  pen.setLineDash([]);
}

/** Return which of the labels fit beside each other: every k-th. */
function fitting(pen, texts, room) {
  const widest = Math.max(...texts.map((one) => pen.measureText(one).width), 1) + 8;
  return Math.max(1, Math.ceil((widest * texts.length) / Math.max(room, 1)));
}

/** Fill a legend with a piece of each line beside its name. */
function legend(key, entries) {
  const space = "http://www.w3.org/2000/svg";
  byId(`legend-${key}`).replaceChildren(...entries.map(({ text, colour, dash = [], width = 2 }) => {
    const svg = document.createElementNS(space, "svg"), stroke = document.createElementNS(space, "line");
    for (const [name, value] of Object.entries({ width: 26, height: 8, "aria-hidden": "true" })) svg.setAttribute(name, value);
    const given = { x1: 0, x2: 26, y1: 4, y2: 4, stroke: colour, "stroke-width": width, "stroke-dasharray": dash.join(" ") };
    for (const [name, value] of Object.entries(given)) stroke.setAttribute(name, value);
    svg.append(stroke);
    return made("li", {}, svg, text);
  }));
}
