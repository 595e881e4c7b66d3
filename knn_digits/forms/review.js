const inputs = [...document.querySelectorAll("input[data-item]")];
const confirmed = new Map();
let unsaved = false;
function confirm(input) {
  unsaved = true;
  confirmed.set(Number(input.dataset.item), input.value.trim());
  input.closest("section").classList.add("done");
  document.getElementById("left").textContent = inputs.length - confirmed.size;
}
function go(place) {
  const input = inputs[place];
  if (input) { input.focus(); input.select(); } else document.getElementById("save").focus();
}
inputs.forEach((input, place) => input.addEventListener("keydown", event => {
  if (event.key !== "Enter") return;
  event.preventDefault();
  if (!event.shiftKey) confirm(input);
  go(event.shiftKey ? Math.max(0, place - 1) : place + 1);
}));
function typed() {  // and left without Enter
  const held = input => confirmed.get(Number(input.dataset.item)) ?? input.defaultValue;
  return inputs.filter(input => input.value.trim() !== held(input).trim());
}
function save() {
  typed().forEach(confirm);
  const fields = [...confirmed].map(([item, value]) => ({ ...ITEMS[item], value }));
  const text = JSON.stringify({ kind: KIND, format: 1, form: FORM, fields }, null, 1);
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  link.download = "corrections.json";
  link.click();
  unsaved = false;
  document.getElementById("said").textContent = `${fields.length} corrections saved`;
}
document.getElementById("save").addEventListener("click", save);
document.addEventListener("keydown", event => {
  if (event.key.toLowerCase() === "s" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); save(); }
});
addEventListener("beforeunload", event => { if (unsaved || typed().length) event.preventDefault(); });
go(0);
