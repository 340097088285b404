/** A plan of memory: the picture comes drawn; here buffers and levels can be chosen, and tell what keeps what alive. */
import { contents, follow, keys, lineage, make, pick, scroller, shrinks } from "./common.js";
import { kept } from "./frame.js";

async function render({ model, el }) {
  const data = await contents(model);
  const family = lineage(model, data.graph);
  const root = make(el, "div", { class: "wb wb-memory" });
  const picture = make(el, "div", { class: "wb-canvas", tabindex: 0, role: "group", "aria-label": `${data.label}; arrow keys left and right go through the levels, up and down through the buffers` });
  picture.innerHTML = data.svg;
  const svg = picture.querySelector("svg");
  svg.removeAttribute("role");
  shrinks(svg);
  const told = make(el, "div", { class: "wb-told", role: "status", "aria-live": "polite" });
  root.append(picture, told);
  el.append(root);
  const bars = [...picture.querySelectorAll(".buffer")];
  const columns = [...picture.querySelectorAll(".level")];
  const planOf = (node) => data.functions[Number(node.dataset.function)];
  const bufferOf = (bar) => planOf(bar).buffers[Number(bar.dataset.buffer)];
  const levelOf = (column) => Number(column.dataset.level);
  const workOf = (column) => planOf(column).work.filter((work) => work.first === levelOf(column) && work.last === levelOf(column));
  let here = null;

  const names = (list) => list.join(", ") || "nothing";
  function tell(node) {
    if (!node) {
      told.textContent = "Choose a buffer to see what keeps it alive, or a level (a numbered column) to see what is in use while it runs.";
    } else if (node.classList.contains("buffer")) {
      const buffer = bufferOf(node);
      const place = buffer.offset === null ? `a buffer of its own: ${buffer.reason}` : `at byte ${buffer.offset} of the arena`;
      const shared = buffer.sharing.length ? ` At other times its bytes are those of ${names(buffer.sharing)}.` : "";
      told.replaceChildren(
        make(el, "b", {}, buffer.name),
        ` ${buffer.type}, ${buffer.size}, ${place}. First used by ${names(buffer.begins)} in level ${buffer.first}, kept alive to level ${buffer.last} by `,
        make(el, "b", {}, names(buffer.keepers)),
        `.${shared}`,
      );
    } else {
      const plan = planOf(node);
      const live = plan.buffers.filter((buffer) => buffer.first <= levelOf(node) && levelOf(node) <= buffer.last);
      told.replaceChildren(
        make(el, "b", {}, `level ${levelOf(node)}`),
        ` runs ${names(workOf(node).map((work) => work.name))}; alive: ${names(live.map((buffer) => `${buffer.name} (${buffer.size})`))}.`,
      );
    }
  }

  const show = scroller(picture);
  const selection = follow(model, (now, isChosen) => {
    const lit = family.relatives(now.ops);
    const kept = new Set();
    for (const bar of bars) {
      const buffer = bufferOf(bar);
      const named = now.buffer !== null && now.run === null;
      const chosen = named ? now.buffer === buffer.name && buffer.serials.some((serial) => lit.has(serial)) : buffer.serials.some((serial) => now.ops.includes(serial));
      bar.classList.toggle("wb-chosen", chosen);
      bar.setAttribute("aria-pressed", String(chosen));
      if (chosen) buffer.keeperSerials.forEach((serial) => kept.add(serial));
    }
    for (const column of columns) {
      const work = workOf(column);
      const touched = now.buffer === null && (now.dispatch === null ? work.some((one) => lit.has(one.serial)) : work.some((one) => one.entryPoint === now.dispatch));
      column.classList.toggle("wb-chosen", touched);
      column.classList.toggle("wb-keeper", work.some((one) => kept.has(one.serial)));
      column.setAttribute("aria-pressed", String(touched));
    }
    const marked = [...bars, ...columns].filter((node) => node.classList.contains("wb-chosen"));
    const shown = marked.includes(here) ? here : marked[0];
    tell(shown);
    if (isChosen && shown) show(shown);
  });

  function choose(node) {
    here = node;
    show(node);
    if (node.classList.contains("buffer")) {
      const buffer = bufferOf(node);
      selection.choose(pick.buffer(buffer.serials, null, buffer.name));
    } else {
      const work = workOf(node);
      const serials = work.map((one) => one.serial);
      selection.choose(work.length === 1 && work[0].entryPoint ? pick.dispatch(serials, work[0].entryPoint) : pick.op(serials));
    }
    tell(node);
  }
  picture.addEventListener("click", (event) => {
    const node = event.target.closest(".buffer") ?? event.target.closest(".level");
    if (node) choose(node);
    picture.focus({ preventScroll: true });
  });
  const step = (list, by) => {
    const at = list.indexOf(here);
    choose(list[at < 0 ? (by > 0 ? 0 : list.length - 1) : (at + by + list.length) % list.length]);
  };
  keys(picture, {
    ArrowRight: () => step(columns, 1),
    ArrowLeft: () => step(columns, -1),
    ArrowDown: () => step(bars, 1),
    ArrowUp: () => step(bars, -1),
    Home: () => choose(columns[0]),
    End: () => choose(columns[columns.length - 1]),
    Escape: () => ((here = null), selection.choose({})),
  });
  return () => {
    show.stop();
    selection.stop();
  };
}

export default { render: kept(render) };
