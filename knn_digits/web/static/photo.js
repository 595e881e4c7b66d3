// A photo -> a card: the photo with boxes over it, its text, a digit's evidence, and what it is if it is wrong.

import { ask } from "./api.js";
import { element, probability } from "./elements.js";
import { EvidenceView } from "./evidence.js";
import { digitsOf, saveButton, toCsv } from "./export.js";
import { asked, showK } from "./settings.js";
import { tableParts } from "./tables.js";

const HARMS = 409; // the status of what is not learned, as it harms

export class PhotoCard {
  constructor(file, { learned }) {
    this.file = file;
    this.learned = learned;
    this.number = 0; // of the digit that is open, from 1; 0: none
    this.tables = ""; // "1" when its tables are asked for, too
    this.status = element("p", { role: "status", textContent: "reading …" });
    this.boxes = element("div", { className: "boxes" });
    this.text = element("div");
    this.place = element("div");
    const title = element("h3", { textContent: file.name });
    this.card = element("article", { className: "card photo" }, title, this.boxes, this.status, this.text, this.place);
  }

  async read() {
    try {
      await Promise.all([this.showPicture(), ask("/api/read", { photo: this.file }).then((said) => this.show(said))]);
      this.status.textContent = "";
    } catch (error) {
      this.status.textContent = error.message;
      this.status.className = "bad";
    }
  }

  // Pictures of kinds that the browser does not know are shown as the server sees them.
  async showPicture() {
    const picture = element("img", { alt: `the photo ${this.file.name}`, src: URL.createObjectURL(this.file) });
    this.boxes.prepend(picture);
    try {
      await picture.decode();
    } catch {
      picture.src = (await ask("/api/photo", { photo: this.file })).picture;
    }
  }

  show(reading) {
    this.reading = reading;
    for (const box of this.boxes.querySelectorAll("button")) box.remove();
    this.boxes.append(...digitsOf(reading).map((digit, row) => this.box(digit, row + 1)));
    const name = reading.path.replace(/\.[^.]*$/, "");
    const buttons = element("div", { className: "tools" },
      saveButton("Save text", `${name}.txt`, "text/plain", () => `${reading.text}\n`),
      saveButton("Save JSON", `${name}.json`, "application/json", () => JSON.stringify(reading, null, 1)),
      saveButton("Save CSV", `${name}.csv`, "text/csv", () => toCsv(reading)),
      ...(this.tables ? [] : [this.tablesButton()]));
    const hint = "Choose a digit to see why it is read so; type what it is if it is wrong.";
    this.text.replaceChildren(
      element("pre", { className: "text", textContent: reading.text || "no digit is read" }),
      ...reading.warnings.map((warning) => element("p", { className: "soft", textContent: warning })),
      ...(reading.lines.length ? [element("p", { className: "soft", textContent: hint })] : []),
      buttons, ...this.tableParts(reading, name));
  }

  tableParts(reading, name) {
    if (!this.tables || reading.tables.length) return tableParts(reading, name);
    return [element("p", { className: "soft", textContent: "no table is found" })];
  }

  tablesButton() {
    const button = element("button", { type: "button", textContent: "Read its tables" });
    button.addEventListener("click", async () => {
      button.disabled = true;
      this.tables = "1";
      await this.readAgain();
    });
    return button;
  }

  box(digit, number) {
    const [left, top, width, height] = digit.box;
    const text = digit.label ?? "?";
    const label = `digit ${number}: ${text}, probability ${probability(digit.probability)}`;
    const box = element("button", { type: "button", title: label, ariaLabel: label, ariaExpanded: "false" },
      element("span", {}, String(text)));
    if (digit.label === null) box.className = "unknown";
    const percent = (part, whole) => `${(100 * part) / whole}%`;
    Object.assign(box.style, {
      left: percent(left, this.reading.width), top: percent(top, this.reading.height),
      width: percent(width, this.reading.width), height: percent(height, this.reading.height),
    });
    box.addEventListener("click", () => this.open(number));
    box.addEventListener("keydown", (event) => {
      if (!/^[0-9]$/.test(event.key) || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      this.open(number, event.key);
    });
    return box;
  }

  async open(number, typed = "") {
    this.number = number;
    this.boxes.querySelectorAll("button").forEach((box, row) => { box.ariaExpanded = String(row + 1 === number); });
    const evidence = element("div");
    this.place.replaceChildren(element("h3", { textContent: `Digit ${number}` }), this.correction(number, typed), evidence);
    this.view = new EvidenceView(evidence);
    await this.refresh();
  }

  // Ask again for what is open, by the settings as they are now.
  async refresh() {
    if (!this.number) return;
    try {
      const answer = await ask("/api/explain", { photo: this.file, digit: this.number, ...asked() });
      showK(answer.k);
      this.view.show(answer);
    } catch (error) {
      this.status.textContent = error.message;
    }
  }

  correction(number, typed) {
    const input = element("input", { inputMode: "numeric", maxLength: 1, pattern: "[0-9]", required: true, value: typed, autocomplete: "off" });
    const button = element("button", { textContent: "Learn" });
    const said = element("span", { role: "status" });
    const form = element("form", { className: "correct" }, element("label", {}, "It is a ", input), button, said);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.learn(number, input.value, { said, button });
    });
    setTimeout(() => input.focus());
    return form;
  }

  async learn(number, label, { said, button, force = "" }) {
    button.disabled = true;
    said.textContent = "reading the photo again …";
    try {
      const lesson = await ask("/api/learn", { photo: this.file, digit: number, label, force });
      const { digits, broken, mended } = lesson.check;
      this.show(lesson.after);
      said.textContent = `Learned. Of ${digits} of the model's digits near it ${broken} go wrong and ${mended} right.`;
      await Promise.all([this.learned(this), this.tables ? this.readAgain() : this.refresh()]);
    } catch (error) {
      said.textContent = error.message.replace(/ Look at .*/, "");
      if (error.status === HARMS) said.append(" ", this.anyway(number, label, { said, button }));
    }
    button.disabled = false;
  }

  anyway(number, label, parts) {
    const button = element("button", { type: "button", textContent: "Keep it all the same" });
    button.addEventListener("click", () => this.learn(number, label, { ...parts, force: "1" }));
    return button;
  }

  async readAgain() {
    if (!this.reading) return;
    this.status.textContent = "reading …";
    try {
      this.show(await ask("/api/read", { photo: this.file, tables: this.tables }));
      this.status.textContent = "";
    } catch (error) {
      this.status.textContent = error.message;
    }
    await this.refresh();
  }
}
