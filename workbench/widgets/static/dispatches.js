/**
 * A dispatch graph: the picture comes laid out; here its boxes can be chosen, and tell their ops, their loop nests, and
 * why they are as they are.
 */
import { contents, follow, keys, lineage, make, pick, scroller, shrinks } from "./common.js";
import { kept } from "./frame.js";

const NAMES = { region: "dispatch", block: "block", host: "host op", input: "input", result: "result", box: "" };
const TITLES = { input: "what it is", result: "what it is", box: "what it says" };

async function render({ model, el }) {
  const data = await contents(model);
  const family = lineage(model, data.graph);
  const root = make(el, "div", { class: "wb wb-dispatches" });
  const picture = make(el, "div", { class: "wb-canvas", tabindex: 0, role: "group", "aria-label": `${data.label}; arrow keys go from box to box` });
  picture.innerHTML = data.svg;
  const told = make(el, "div", { class: "wb-side", role: "status", "aria-live": "polite" });
  root.append(picture, told);
  el.append(root);
  const svg = picture.querySelector("svg");
  svg.removeAttribute("role");
  shrinks(svg);
  const boxes = [...picture.querySelectorAll(".node")];
  const numberOf = (box) => Number(box.dataset.node);
  const facts = (box) => data.nodes[numberOf(box)];
  const isProgram = data.nodes.some((node) => node.kind !== "box");
  let here = null;

  function list(title, lines, tag = "li") {
    if (!lines.length) return [];
    return [make(el, "h3", {}, title), make(el, "ul", {}, ...lines.map((line) => make(el, tag, {}, line)))];
  }

  function tell(box) {
    if (!box) {
      told.replaceChildren(isProgram ? "Choose a box to see its ops, its loop nests, and why they are one dispatch. Edges name what flows, and why two boxes are apart." : "Choose a box to read its lines.");
      return;
    }
    const node = facts(box);
    const around = data.edges.filter((edge) => edge.source === numberOf(box) || edge.target === numberOf(box));
    const apart = [...new Set(around.flatMap((edge) => edge.reasons))];
    told.replaceChildren(
      make(el, "b", {}, node.title),
      ` ${NAMES[node.kind]} `,
      ...(node.entryPoint ? [make(el, "code", {}, node.entryPoint)] : []),
      ...list(TITLES[node.kind] ?? "what it computes", [...node.ops, ...node.notes]),
      ...list("why its ops are together", node.reasons),
      ...list("why others are apart", apart),
      ...(node.text ? [make(el, "h3", {}, "its executable, before any schedule"), make(el, "pre", { tabindex: 0 }, node.text)] : []),
    );
  }

  const show = scroller(picture);
  const selection = follow(model, (now, chosen) => {
    const lit = family.relatives(now.ops);
    // All inputs belong to one op, their function: of these, the one that was chosen is lit.
    const serials = here && facts(here).kind === "input" ? facts(here).serials : null;
    const alone = serials?.length === now.ops.length && serials.every((serial) => now.ops.includes(serial));
    for (const box of boxes) {
      const node = facts(box);
      const named = now.dispatch !== null && now.dispatch === node.entryPoint;
      const touched = now.dispatch === null && node.kind !== "block" && node.serials.some((serial) => lit.has(serial)) && (!alone || node.kind !== "input" || box === here);
      box.classList.toggle("wb-chosen", named || touched);
      box.setAttribute("aria-pressed", String(named || touched));
    }
    const first = boxes.find((box) => box.classList.contains("wb-chosen"));
    const shown = here?.classList.contains("wb-chosen") ? here : first;
    tell(shown);
    if (chosen && shown) show(shown);
  });
  const pointing = (node) => (node.entryPoint ? pick.dispatch(node.serials, node.entryPoint) : pick.op(node.serials));

  function choose(box) {
    here = box;
    show(box);
    const node = facts(box);
    if (node.serials.length || node.entryPoint) selection.choose(pointing(node));
    else {
      boxes.forEach((other) => other.classList.toggle("wb-chosen", other === box));
      tell(box);
    }
  }
  picture.addEventListener("click", (event) => {
    const box = event.target.closest(".node");
    if (box) choose(box);
    picture.focus({ preventScroll: true });
  });
  picture.addEventListener("pointerover", (event) => {
    const edge = event.target.closest(".edge");
    picture.querySelectorAll(".edge.wb-lit").forEach((node) => node.classList.remove("wb-lit"));
    edge?.classList.add("wb-lit");
  });
  const step = (by) => {
    const at = here ? boxes.indexOf(here) : by > 0 ? -1 : 0;
    choose(boxes[(at + by + boxes.length) % boxes.length]);
  };
  keys(picture, {
    ArrowDown: () => step(1),
    ArrowRight: () => step(1),
    ArrowUp: () => step(-1),
    ArrowLeft: () => step(-1),
    Home: () => choose(boxes[0]),
    End: () => choose(boxes[boxes.length - 1]),
    Escape: () => ((here = null), selection.choose({})),
  });
  return () => {
    show.stop();
    selection.stop();
  };
}

export default { render: kept(render) };
