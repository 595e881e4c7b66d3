// The form of settings <-> the part of the address behind #, so that a lesson can be linked.

import { byId } from "./elements.js";

const NAMES = ["k", "weights", "features", "grid", "network"];
const form = byId("settings");
let kIsAsked = false; // else the model's own k is used, and shown

// The view and the settings that are not as the model has them.
export function asked() {
  const values = Object.fromEntries(NAMES.map((name) => [name, form.elements[name].value]));
  if (!kIsAsked) values.k = "";
  if (values.features !== "blocks") values.grid = "";
  return values;
}

export function showK(k) {
  if (!kIsAsked) form.elements.k.value = k;
  byId("k-value").textContent = `${k}${kIsAsked ? "" : ", the model's own"}`;
}

export function fromAddress() {
  const [view, query] = location.hash.slice(1).split("?");
  const given = new URLSearchParams(query);
  for (const name of NAMES) form.elements[name].value = given.get(name) ?? "";
  kIsAsked = given.has("k");
  showK(kIsAsked ? form.elements.k.value : form.elements.k.defaultValue);
  for (const select of form.querySelectorAll("select")) if (select.selectedIndex < 0) select.value = "";
  showGrid();
  return view;
}

export function toAddress(view) {
  const given = Object.entries(asked()).filter(([, value]) => value !== "");
  const query = new URLSearchParams(given).toString();
  history.replaceState(null, "", `#${view}${query ? `?${query}` : ""}`);
}

function showGrid() {
  byId("grid-label").hidden = form.elements.features.value !== "blocks";
}

export function onSettings(changed) {
  form.addEventListener("input", (event) => {
    if (event.target.name === "k") kIsAsked = true;
    if (event.target.name === "features") showGrid();
    if (kIsAsked) showK(form.elements.k.value);
    changed();
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => {
    kIsAsked = false;
    setTimeout(() => {
      showK(form.elements.k.defaultValue);
      showGrid();
      changed();
    });
  });
}
