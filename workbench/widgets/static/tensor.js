/** A tensor: the heat map comes as a picture; here a pointer reads the number under it. */
import { contents, keys, make } from "./common.js";

async function render({ model, el }) {
  const data = await contents(model);
  const root = make(el, "div", { class: "wb wb-tensor", tabindex: 0, role: "group", "aria-label": data.label });
  const picture = make(el, "div", { class: "wb-picture" });
  picture.innerHTML = data.svg;
  const told = make(el, "div", { class: "wb-told", "aria-live": "polite" }, "Point at a cell to read it.");
  root.append(picture, told);
  el.append(root);
  let place = [0, 0];
  const cell = ([row, column]) => picture.querySelector(`[data-row="${row}"][data-column="${column}"]`);
  const read = (next) => {
    const node = cell(next);
    if (!node) return;
    cell(place)?.classList.remove("wb-chosen");
    place = next;
    node.classList.add("wb-chosen");
    told.textContent = `[${next.join(", ")}] = ${data.cells[next[0]][next[1]]}`;
  };
  picture.addEventListener("pointerover", (event) => {
    const { row, column } = event.target.dataset ?? {};
    if (row !== undefined) read([Number(row), Number(column)]);
  });
  keys(root, {
    ArrowRight: () => read([place[0], place[1] + 1]),
    ArrowLeft: () => read([place[0], place[1] - 1]),
    ArrowDown: () => read([place[0] + 1, place[1]]),
    ArrowUp: () => read([place[0] - 1, place[1]]),
  });
}

export default { render };
