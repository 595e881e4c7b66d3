// Pointer and keys -> strokes on paper -> a picture of them.

import { byId } from "./elements.js";

const STEP = 8; // pixels that an arrow key moves the pen
const SIDE = 280; // pixels of the paper

export class Pad {
  constructor(changed) {
    this.changed = changed;
    this.canvas = byId("canvas");
    this.paper = this.canvas.getContext("2d", { willReadFrequently: true });
    this.cursor = byId("pen").getContext("2d");
    this.strokes = [];
    this.stroke = null; // the one that is being drawn
    this.place = { x: SIDE / 2, y: SIDE / 4 }; // of the pen that keys move
    this.keys = false; // whether keys move it now
    this.pointer = null; // the one that draws: a second finger, or a palm, does not
    this.listenToPointer();
    this.listenToKeys();
    this.listenToTools();
    this.redraw();
  }

  get isEmpty() {
    return !this.strokes.some((stroke) => !stroke.erases);
  }

  // Encoded at once: `toBlob` waits until the browser is idle.
  picture() {
    const [, content] = this.canvas.toDataURL().split(",");
    return new Blob([Uint8Array.from(atob(content), (byte) => byte.charCodeAt(0))], { type: "image/png" });
  }

  begin(point) {
    this.stroke = { width: Number(byId("width").value), erases: this.erases, points: [point] };
    this.strokes.push(this.stroke);
    this.extend(point);
  }

  extend(point) {
    if (!this.stroke) return;
    this.stroke.points.push(point);
    paint(this.paper, { ...this.stroke, points: this.stroke.points.slice(-2) });
    this.changed();
  }

  end() {
    this.stroke = null;
  }

  undo() {
    this.end();
    this.strokes.pop();
    this.redraw();
    this.changed();
  }

  clear() {
    this.end();
    this.strokes = [];
    this.redraw();
    this.changed();
  }

  get erases() {
    return byId("eraser").ariaPressed === "true";
  }

  toggleEraser() {
    byId("eraser").ariaPressed = String(!this.erases);
  }

  redraw() {
    this.paper.fillStyle = "#fff";
    this.paper.fillRect(0, 0, SIDE, SIDE);
    for (const stroke of this.strokes) paint(this.paper, stroke);
    this.drawCursor();
  }

  drawCursor() {
    this.cursor.clearRect(0, 0, SIDE, SIDE);
    if (!this.keys) return;
    this.cursor.beginPath();
    this.cursor.arc(this.place.x, this.place.y, Number(byId("width").value) / 2 + 1, 0, 2 * Math.PI);
    this.cursor.lineWidth = this.stroke ? 4 : 2;
    this.cursor.strokeStyle = "#1a56b0";
    this.cursor.stroke();
  }

  listenToPointer() {
    const point = (event) => {
      const box = this.canvas.getBoundingClientRect();
      return { x: ((event.clientX - box.left) * SIDE) / box.width, y: ((event.clientY - box.top) * SIDE) / box.height };
    };
    this.canvas.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || !event.isPrimary) return;
      this.canvas.setPointerCapture(event.pointerId);
      this.pointer = event.pointerId;
      this.keys = false;
      this.drawCursor();
      this.begin(point(event));
    });
    this.canvas.addEventListener("pointermove", (event) => {
      if (!this.stroke || this.keys || event.pointerId !== this.pointer) return;
      for (const passed of event.getCoalescedEvents?.() ?? []) this.extend(point(passed));
      this.extend(point(event));
    });
    for (const name of ["pointerup", "pointercancel"]) {
      this.canvas.addEventListener(name, (event) => event.pointerId === this.pointer && this.end());
    }
  }

  listenToKeys() {
    const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const deeds = {
      " ": () => (this.stroke ? this.end() : this.begin({ ...this.place })),
      e: () => this.toggleEraser(),
      Backspace: () => this.undo(),
      Delete: () => this.clear(),
    };
    this.canvas.addEventListener("keydown", (event) => {
      const undoes = event.key === "z" && (event.ctrlKey || event.metaKey);
      const move = moves[event.key];
      const deed = undoes ? deeds.Backspace : deeds[event.key];
      if ((!move && !deed) || ((event.ctrlKey || event.metaKey) && !undoes)) return;
      event.preventDefault();
      this.keys = true;
      if (move) this.moveBy(...move);
      else deed();
      this.drawCursor();
    });
    this.canvas.addEventListener("blur", () => {
      if (this.keys) this.end();
      this.keys = false;
      this.drawCursor();
    });
  }

  moveBy(right, down) {
    const inside = (value) => Math.min(SIDE, Math.max(0, value));
    this.place = { x: inside(this.place.x + STEP * right), y: inside(this.place.y + STEP * down) };
    this.extend({ ...this.place });
  }

  listenToTools() {
    byId("eraser").addEventListener("click", () => this.toggleEraser());
    byId("undo").addEventListener("click", () => this.undo());
    byId("clear").addEventListener("click", () => this.clear());
  }
}

function paint(paper, { width, erases, points }) {
  paper.strokeStyle = erases ? "#fff" : "#000";
  paper.lineWidth = erases ? 2 * width : width;
  paper.lineCap = paper.lineJoin = "round";
  paper.beginPath();
  paper.moveTo(points[0].x, points[0].y);
  for (const { x, y } of points) paper.lineTo(x + 0.01, y); // a line of no length is not drawn at all
  paper.stroke();
}
