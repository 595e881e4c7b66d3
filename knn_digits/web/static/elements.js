// Names, properties and children -> elements; numbers -> words.

const SVG = "http://www.w3.org/2000/svg";

export function byId(id) {
  return document.getElementById(id);
}

export function element(name, properties = {}, ...children) {
  const made = document.createElement(name);
  Object.assign(made, properties);
  made.append(...children);
  return made;
}

export function svg(name, attributes, ...children) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

export function number(value) {
  if (Number.isInteger(value)) return String(value);
  return value >= 1000 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
}

export function probability(value) {
  return value.toFixed(3);
}

// A 28×28 digit, with the counts of its blocks over it where there are some.
export function digitPicture(picture, { size, alt, counts = null, window = 28 }) {
  if (!counts) {
    return element("img", { src: picture, width: size, height: size, alt, className: "pixels" });
  }
  const start = (28 - window) / 2;
  const [height, width] = [window / counts.length, window / counts[0].length];
  const spoken = counts.map((row) => row.map(number).join(" ")).join(", ");
  const drawn = svg("svg", {
    class: "digit", viewBox: "0 0 28 28", width: size, height: size, role: "img",
    "aria-label": `${alt}; block counts row by row: ${spoken}`,
  });
  drawn.append(svg("image", { href: picture, width: 28, height: 28, class: "pixels" }));
  for (let row = 0; row <= counts.length; row++) {
    const y = start + row * height;
    drawn.append(svg("line", { x1: start, x2: 28 - start, y1: y, y2: y }));
  }
  for (let column = 0; column <= counts[0].length; column++) {
    const x = start + column * width;
    drawn.append(svg("line", { y1: start, y2: 28 - start, x1: x, x2: x }));
  }
  counts.forEach((cells, row) => cells.forEach((count, column) => {
    if (!count || width < 2) return;
    const x = start + (column + 0.5) * width;
    drawn.append(svg("text", { x, y: start + (row + 0.5) * height + 0.75 }, number(count)));
  }));
  return drawn;
}
