// The tables of a reading -> tables on the page, each with its CSV; nothing where none was found.

import { element } from "./elements.js";
import { csv, saveButton } from "./export.js";

export function tableParts(reading, name) {
  return (reading.tables ?? []).flatMap((table, place) => {
    const rows = cellsOf(table);
    const body = rows.map((row) => element("tr", {}, ...row.map((cell) => element("td", { textContent: cell }))));
    const title = `Table ${place + 1}: ${rows.length} rows, ${rows[0]?.length ?? 0} columns`;
    return [
      element("h3", { textContent: title }),
      element("div", { className: "scroll", tabIndex: 0, role: "region", ariaLabel: title },
        element("table", { className: "scores" }, element("tbody", {}, ...body))),
      saveButton("Save this table", `${name}-table-${place + 1}.csv`, "text/csv", () => csv(rows)),
    ];
  });
}

function cellsOf(table) {
  const text = (cell) => (cell !== null && typeof cell === "object" ? cell.text : cell) ?? "";
  return (table.rows ?? table.cells).map((row) => row.map((cell) => String(text(cell))));
}
