// What the server says of a digit -> the digit as classified, its votes and its neighbors.

import { digitPicture, element, number, probability } from "./elements.js";

const SMALLEST = 48; // pixels: side of a neighbor without a vote
const LARGEST = 112; // pixels: of the one whose vote counts most, and of the digit itself

export function verdict(answer) {
  const word = answer.label === null ? `? perhaps ${answer.likeliest}` : answer.text;
  return `${word}, probability ${probability(answer.probability)}`;
}

// A place that shows one answer after the other; bars grow from what they were.
export class EvidenceView {
  constructor(place) {
    this.big = element("div", { className: "big" });
    this.words = element("div", { className: "words" });
    this.seen = element("figure", { className: "seen" });
    this.rows = Array.from({ length: 10 }, (_, label) => voteRow(label));
    this.near = element("div", { className: "tiles near" });
    this.nearTitle = element("h3");
    this.reasons = element("ul", { className: "soft" });
    place.replaceChildren(
      element("div", { className: "card evidence" },
        element("div", { className: "verdict" }, this.big, this.words, this.seen),
        element("h3", {}, "Votes"),
        element("ol", { className: "votes" }, ...this.rows.map((row) => row.line)),
        this.nearTitle, this.near,
        element("h3", {}, "In words"), this.reasons));
  }

  show(answer) {
    this.big.textContent = answer.text;
    this.words.replaceChildren(...sentences(answer).map((text) => element("p", {}, text)));
    const window = answer.grid?.window;
    this.seen.replaceChildren(
      digitPicture(answer.digit, { size: LARGEST * 1.25, alt: "the digit as classified", counts: answer.counts, window }),
      element("figcaption", { className: "soft" }, answer.counts ? "as classified, ink in each block" : "as classified"));
    this.showVotes(answer);
    this.nearTitle.textContent = `The ${answer.neighbors.length} that voted, by ${answer.measure}`;
    this.near.replaceChildren(...answer.neighbors.map((found, place) => tile(found, place, answer, window)));
    this.reasons.replaceChildren(...answer.reasons.map((reason) => element("li", {}, reason)));
  }

  showVotes(answer) {
    const total = answer.votes.reduce((sum, vote) => sum + vote.neighbors, 0);
    this.rows.forEach((row, label) => {
      const vote = answer.votes.find((found) => found.label === label);
      row.line.className = vote ? (vote === answer.votes[0] ? "first" : "") : "none";
      row.bar.style.width = `${100 * (vote?.share ?? 0)}%`;
      row.text.textContent = vote ? `${vote.neighbors} of ${total}, ${(100 * vote.share).toFixed(0)} %` : "0";
    });
  }
}

function voteRow(label) {
  const bar = element("div", { className: "bar" });
  const text = element("span");
  const track = element("div", { className: "track", ariaHidden: "true" }, bar);
  return { bar, text, line: element("li", {}, element("span", {}, String(label)), track, text) };
}

function sentences(answer) {
  const said = [`probability ${probability(answer.probability)}`];
  if (answer.label === null) said[0] = `refused: perhaps ${answer.likeliest === 8 ? "an" : "a"} ${answer.likeliest}, ${said[0]}`;
  if (!answer.calibrated) said.push("a share of the votes: probabilities are calibrated for the model's own k and weights alone");
  const rival = answer.runner_up;
  if (rival) said.push(`runner-up ${rival.label}, at distance ${number(rival.distance)}`);
  if (answer.network) said.push(beside(answer.network, answer.likeliest));
  return said;
}

function beside(network, likeliest) {
  const said = `the ${network.name} says ${network.label}, ${probability(network.probability)}`;
  return network.label === likeliest ? said : `${said}; here is why k-NN says ${likeliest}`;
}

function tile(found, place, answer, window) {
  const heaviest = Math.max(...answer.neighbors.map((neighbor) => neighbor.weight));
  const size = Math.round(SMALLEST + (LARGEST - SMALLEST) * (found.weight / heaviest));
  const label = element("b", {}, String(found.label));
  if (found.label === answer.likeliest) label.className = "first";
  const alt = `${found.name}, a ${found.label}`;
  return element("figure", { title: found.name },
    digitPicture(found.picture, { size, alt, counts: size < LARGEST ? null : found.counts, window }),
    element("figcaption", {}, label, ` at ${number(found.distance)}`,
      ...(found.copies > 1 ? [element("br"), `as ${found.copies}`] : [])));
}
