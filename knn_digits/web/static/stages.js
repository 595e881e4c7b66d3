// The photo that was read last -> a strip of its stages, stepped through by arrow keys.

import { ask } from "./api.js";
import { byId, element } from "./elements.js";

let photo = null;
let stages = [];
let place = 0;

export async function showStages(latest) {
  if (!latest || latest === photo) return;
  const said = byId("stages-said");
  said.textContent = `following ${latest.name} …`;
  try {
    stages = (await ask("/api/stages", { photo: latest })).stages;
  } catch (error) {
    said.textContent = error.message;
    return;
  }
  photo = latest;
  said.textContent = latest.name;
  byId("strip").hidden = false;
  byId("thumbs").replaceChildren(...stages.map(thumb));
  step(0);
}

function thumb(stage, row) {
  const picture = element("img", { src: stage.picture, alt: "" });
  const button = element("button", { type: "button", ariaLabel: stage.title }, picture, String(row + 1));
  button.addEventListener("click", () => step(row));
  return element("li", {}, button);
}

function step(to) {
  place = Math.min(stages.length - 1, Math.max(0, to));
  const { title, picture } = stages[place];
  byId("stage-title").textContent = `${place + 1} of ${stages.length}: ${title}`;
  Object.assign(byId("stage"), { src: picture, alt: title });
  byId("before").disabled = place === 0;
  byId("after").disabled = place === stages.length - 1;
  byId("thumbs").querySelectorAll("button").forEach((button, row) => { button.ariaPressed = String(row === place); });
}

export function listenForSteps() {
  byId("before").addEventListener("click", () => step(place - 1));
  byId("after").addEventListener("click", () => step(place + 1));
  byId("view-stages").addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!by || !stages.length) return;
    event.preventDefault();
    step(place + by);
  });
}
