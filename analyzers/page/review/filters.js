// Filters: conditions of a column, an operator and a value, joined by "and".
const CONDITION = /^\s*([A-Za-z_][\w.]*)\s*(>=|<=|!=|==|=|>|<)\s*(.+?)\s*$/;
const TESTS = {
  ">=": (a, b) => a >= b, ">": (a, b) => a > b, "<=": (a, b) => a <= b, "<": (a, b) => a < b,
  "=": (a, b) => a === b, "!=": (a, b) => a !== b,
};

/** Return the conditions of a text; an error names what is not understood and what is accepted. */
function parsed(text, rows) {
  const parts = text.split(/\s+and\s+|\s*[,;&]\s*/i).filter((one) => one.trim());
  return parts.map((part) => {
    const found = CONDITION.exec(part);
    if (!found) throw new Error(`${part.trim()}: accepted: a column, one of >= > <= < = !=, and a value`);
    const column = rows.column(found[1]);
    if (!column) throw new Error(`${found[1]}: no such column; accepted: ${rows.columns.map((one) => one.name).join(", ")}`);
    const operator = found[2] === "==" ? "=" : found[2];
    const given = found[3].replace(/^["']|["']$/g, "").replace("\u2212", "-");
    const isShare = given.endsWith("%");
    const number = Number(isShare ? given.slice(0, -1) : given) / (isShare ? 100 : 1);
    if (!column.isCoded && (given === "" || Number.isNaN(number)))
      throw new Error(`${part.trim()}: ${given} is no number`);
    return { column, operator, given, number };
  });
}

/** Return for a condition which level of a coded column passes. */
function passingLevels({ column, operator, given, number }) {
  const test = TESTS[operator];
  if (!Number.isNaN(number) && column.numbers.some((one) => one !== null))
    return column.numbers.map((one) => one !== null && test(one, number));
  const place = column.levels.indexOf(given);
  if (operator === "=" || operator === "!=") return column.levels.map((one) => test(one, given));
  if (place < 0) throw new Error(`${column.name}: no value ${given}; accepted: ${column.levels.slice(0, 12).join(", ")}`);
  return column.levels.map((_, k) => test(k, place));
}

/** Mark the rows that pass every condition. */
function applyFilter(rows, text) {
  const conditions = parsed(text, rows);
  const mask = new Uint8Array(rows.n).fill(1);
  for (const one of conditions) {
    const values = one.column.values;
    if (one.column.isCoded) {
      const passes = passingLevels(one);
      for (let k = 0; k < rows.n; k++) if (!passes[values[k]]) mask[k] = 0;
    } else {
      // At the digits of the column: 0.1 is what the column holds as 0.1.
      const test = TESTS[one.operator];
      const number = values instanceof Float32Array ? Math.fround(one.number) : one.number;
      for (let k = 0; k < rows.n; k++) if (Number.isNaN(values[k]) || !test(values[k], number)) mask[k] = 0;
    }
  }
  let n = 0;
  for (let k = 0; k < rows.n; k++) n += mask[k];
  rows.mask = mask;
  rows.nPassing = n;
  return conditions;
}

/** Return a filter's text with the conditions of one column put in place of earlier ones. */
function replaced(text, rows, name, conditions) {
  let kept = [];
  try { kept = parsed(text, rows).filter((one) => one.column.name !== name); } catch { kept = []; }
  return [...kept.map((one) => `${one.column.name} ${one.operator} ${one.given}`), ...conditions].join(" and ");
}
