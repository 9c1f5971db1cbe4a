// Tables printed by the page: every head becomes a button that sorts, and one field filters.
for (const table of document.querySelectorAll("table.listing")) {
  const heads = Array.from(table.tHead.rows[0].cells), body = table.tBodies[0];
  const keyOf = (cell) => (cell.dataset.order !== undefined ? Number(cell.dataset.order) : cell.textContent.trim());
  heads.forEach((head, column) => {
    const isFigure = head.classList.contains("num");
    const button = made("button", { type: "button" }, head.textContent.trim());
    head.replaceChildren(button);
    head.setAttribute("aria-sort", "none");
    button.onclick = () => {
      const wasUp = head.getAttribute("aria-sort") === "ascending", wasDown = head.getAttribute("aria-sort") === "descending";
      const isDown = isFigure ? !wasDown : wasUp;
      heads.forEach((one) => one.setAttribute("aria-sort", "none"));
      head.setAttribute("aria-sort", isDown ? "descending" : "ascending");
      const rows = Array.from(body.rows, (row, place) => ({ row, place, key: keyOf(row.cells[column]) }));
      const isKnown = (one) => (isFigure ? typeof one.key === "number" : one.key !== "" && one.key !== MISSING);
      const order = (a, b) => (typeof a.key === "number" && typeof b.key === "number" ? a.key - b.key : String(a.key).localeCompare(String(b.key), "en", { numeric: true }));
      rows.sort((a, b) => (isKnown(a) === isKnown(b) ? (isDown ? -1 : 1) * order(a, b) * (isKnown(a) ? 1 : 0) || a.place - b.place : isKnown(a) ? -1 : 1));
      body.append(...rows.map((one) => one.row));
    };
  });
}

byId("find").oninput = (event) => {
  const wanted = event.target.value.trim().toLowerCase();
  for (const row of byId("list-every")?.tBodies[0].rows ?? []) row.hidden = !row.textContent.toLowerCase().includes(wanted);
};
