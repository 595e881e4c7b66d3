// What is drawn, chosen and stepped through -> what the page shows; see docs/serve.md.

import { ask, isBusy, latest } from "./api.js";
import { byId } from "./elements.js";
import { EvidenceView, verdict } from "./evidence.js";
import { Pad } from "./pad.js";
import { lastPhoto, listenForPhotos, listenForUndo, refreshOpen, showLearned } from "./read.js";
import { asked, fromAddress, onSettings, showK, toAddress } from "./settings.js";
import { showSpace } from "./space.js";
import { listenForSteps, showStages } from "./stages.js";

const VIEWS = ["draw", "read", "stages", "space"];
const AGAIN = 300; // milliseconds after which a busy server is asked again
const evidence = new EvidenceView(byId("answer"));
let view = "draw";
let answer = null;

const readDrawing = latest(async () => {
  byId("answer").hidden = pad.isEmpty;
  if (pad.isEmpty) {
    answer = null;
    byId("said").textContent = "Draw a digit.";
  } else {
    await showDrawing(pad.picture());
  }
  if (view === "space") await showSpace(answer).catch(tell);
});
const pad = new Pad(readDrawing);

async function showDrawing(drawing) {
  try {
    answer = await ask("/api/draw", { drawing, ...asked() });
  } catch (error) {
    tell(error);
    if (isBusy(error)) setTimeout(readDrawing, AGAIN);
    return;
  }
  byId("said").textContent = verdict(answer);
  showK(answer.k);
  evidence.show(answer);
}

function tell(error) {
  byId("said").textContent = error.message;
}

function show(name) {
  view = VIEWS.includes(name) ? name : VIEWS[0];
  for (const each of VIEWS) {
    const tab = byId(`tab-${each}`);
    tab.ariaSelected = String(each === view);
    tab.tabIndex = each === view ? 0 : -1;
    byId(`view-${each}`).hidden = each !== view;
  }
  const draws = view === "draw" || view === "space";
  byId("pad").hidden = !draws;
  byId("settings").hidden = view === "stages";
  document.querySelector(".bench").classList.toggle("wide", view === "stages");
  toAddress(view);
  if (view === "read") showLearned().catch(tell);
  if (view === "stages") showStages(lastPhoto());
  if (draws) readDrawing();
}

function listenToTabs() {
  VIEWS.forEach((name, place) => {
    const tab = byId(`tab-${name}`);
    tab.addEventListener("click", () => show(name));
    tab.addEventListener("keydown", (event) => {
      const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (!by) return;
      const next = VIEWS[(place + by + VIEWS.length) % VIEWS.length];
      show(next);
      byId(`tab-${next}`).focus();
    });
  });
}

onSettings(() => {
  toAddress(view);
  if (view === "read") refreshOpen();
  else readDrawing();
});
listenToTabs();
listenForPhotos(() => show("read"));
listenForUndo();
listenForSteps();
addEventListener("hashchange", () => show(fromAddress()));
show(fromAddress());
