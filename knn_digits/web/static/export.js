// What `classify --json` says of a photo -> text, CSV, and files to save.

import { element } from "./elements.js";

const COLUMNS = ["path", "line", "position", "label", "probability", "left", "top", "width", "height"];

export function digitsOf(reading) {
  return reading.lines.flatMap((line) => line.digits);
}

export function toCsv(reading) {
  const rows = reading.lines.flatMap((line, row) => line.digits.map((digit, place) =>
    [reading.path, row + 1, place + 1, digit.label ?? "?", digit.probability, ...digit.box]));
  return csv([COLUMNS, ...rows]);
}

export function csv(rows) {
  return rows.map((row) => `${row.map(cell).join(",")}\n`).join("");
}

function cell(value) {
  const text = String(value ?? "");
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export function saveButton(words, name, kind, content) {
  const button = element("button", { type: "button", textContent: words });
  button.addEventListener("click", () => {
    const address = URL.createObjectURL(new Blob([content()], { type: kind }));
    element("a", { href: address, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(address), 1000);
  });
  return button;
}
