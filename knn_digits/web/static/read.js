// Photos that are dropped, pasted, chosen or taken -> cards, read one after the other; what is learned, as a list.

import { ask, get } from "./api.js";
import { byId, element } from "./elements.js";
import { PhotoCard } from "./photo.js";

const cards = [];
let reading = Promise.resolve();

// The photo that was read last, or whose digit was looked at.
export function lastPhoto() {
  return cards[0]?.file ?? null;
}

export function refreshOpen() {
  for (const card of cards) card.refresh();
}

export function listenForPhotos(came) {
  const drop = byId("drop");
  const take = (files) => {
    if (files.length) came();
    for (const file of files) add(file);
  };
  for (const id of ["files", "camera"]) {
    byId(id).addEventListener("change", (event) => {
      take(event.target.files);
      event.target.value = "";
    });
  }
  document.addEventListener("paste", (event) => take(event.clipboardData?.files ?? []));
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    drop.classList.add("over");
  });
  for (const name of ["dragleave", "drop"]) document.addEventListener(name, () => drop.classList.remove("over"));
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    take(event.dataTransfer?.files ?? []);
  });
}

function add(file) {
  const card = new PhotoCard(file, { learned: changed });
  cards.unshift(card);
  byId("photos").prepend(card.card);
  reading = reading.then(() => card.read());
}

// What is learned holds for all photos: the others are read again.
async function changed(but = null) {
  await showLearned();
  for (const card of cards) if (card !== but) await card.readAgain();
}

export async function showLearned() {
  const { learned } = await get("/api/learned");
  byId("unlearn").disabled = !learned.length;
  byId("lessons").replaceChildren(...learned.map(lesson));
}

function lesson(addition) {
  const pictures = addition.pictures.map((src, place) =>
    element("img", { src, width: 42, height: 42, className: "pixels", alt: `learned as ${addition.text[place]}` }));
  const date = new Date(addition.date).toLocaleString();
  return element("li", {}, ...pictures, ` ${addition.text}, ${date}`);
}

export function listenForUndo() {
  byId("unlearn").addEventListener("click", async () => {
    const said = byId("unlearned");
    try {
      const { taken_back: gone } = await ask("/api/undo");
      said.textContent = `Taken back: ${gone.text}.`;
      await changed();
    } catch (error) {
      said.textContent = error.message;
    }
  });
}
