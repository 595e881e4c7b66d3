// The model's map and the digit that is drawn -> where it lies among the training digits.

import { ask } from "./api.js";
import { byId } from "./elements.js";
import { asked } from "./settings.js";

const SIDE = 900; // pixels of the canvas
const EDGE = 24; // pixels around the map
const HUE = 36; // degrees between the colors of two labels

const canvas = byId("map");
let map = null;
let answer = null;
let key = "";

export async function showSpace(latest) {
  answer = latest;
  const { features, grid } = asked();
  if (key !== `${features} ${grid}`) {
    key = `${features} ${grid}`;
    map = await ask("/api/space", { features, grid });
    byId("map-how").textContent = `${map.labels.length} training digits in ${map.how}.`;
  }
  draw();
  byId("map-said").textContent = said();
}

function said() {
  if (!answer) return "Draw a digit: it moves among them.";
  return `Your digit lies where the ring is; lines lead to the ${answer.neighbors.length} nearest, of which ` +
    `${answer.votes[0].neighbors} are ${answer.votes[0].label}. What is near by all that is compared may lie apart here.`;
}

function draw() {
  const paper = canvas.getContext("2d");
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const color = (label) => `hsl(${HUE * label} 75% ${dark ? 68 : 34}%)`;
  paper.clearRect(0, 0, SIDE, SIDE);
  paper.font = "16px system-ui, sans-serif";
  paper.textAlign = "center";
  paper.textBaseline = "middle";
  map.places.forEach((place, row) => {
    paper.fillStyle = color(map.labels[row]);
    paper.fillText(map.labels[row], ...at(place));
  });
  if (answer) drawAnswer(paper, dark ? "#fff" : "#000", color);
}

function drawAnswer(paper, ink, color) {
  const [x, y] = at(answer.place);
  for (const found of answer.neighbors) {
    paper.strokeStyle = color(found.label);
    paper.lineWidth = 2;
    paper.beginPath();
    paper.moveTo(x, y);
    paper.lineTo(...at(found.place));
    paper.stroke();
  }
  paper.strokeStyle = ink;
  paper.lineWidth = 4;
  paper.beginPath();
  paper.arc(x, y, 15, 0, 2 * Math.PI);
  paper.stroke();
  paper.font = "bold 22px system-ui, sans-serif";
  paper.fillStyle = ink;
  paper.fillText(answer.text, x, y + 1);
}

function at([x, y]) {
  const inside = (share) => EDGE + Math.min(1, Math.max(0, share)) * (SIDE - 2 * EDGE);
  return [inside(x), SIDE - inside(y)];
}

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => map && draw());
