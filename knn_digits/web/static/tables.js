// The tables of a reading -> tables on the page, each with its CSV.

import { element, probability } from "./elements.js";
import { csv, saveButton } from "./export.js";

export function tableParts(reading, name) {
  return reading.tables.flatMap((table, place) => {
    const title = `Table ${place + 1}: ${table.rows} rows, ${table.columns} columns`;
    const rows = rowsOf(table);
    const body = rows.map((row) => element("tr", {}, ...row.map(shown)));
    const texts = () => csv(rows.map((row) => row.map((cell) => cell.text)));
    return [
      element("h3", { textContent: title }),
      element("div", { className: "scroll", tabIndex: 0, role: "region", ariaLabel: title },
        element("table", { className: "read" }, element("tbody", {}, ...body))),
      ...table.warnings.map((warning) => element("p", { className: "soft", textContent: warning })),
      saveButton("Save this table", `${name}-table-${place + 1}.csv`, "text/csv", texts),
    ];
  });
}

function shown(cell) {
  const title = cell.text && `probability ${probability(cell.probability)}`;
  return element("td", { textContent: cell.text, title, className: cell.text.includes("?") ? "bad" : "" });
}

function rowsOf({ rows, columns, cells }) {
  return Array.from({ length: rows }, (_, row) => cells.slice(row * columns, (row + 1) * columns));
}
