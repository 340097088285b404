/** A pipeline map: the strip comes as a picture; here its cards learn to be pointed at, and tell what made them. */
import { contents, follow, keys, make } from "./common.js";
import { kept } from "./frame.js";

/** @param {number} nanoseconds */
function duration(nanoseconds) {
  return nanoseconds < 1e6 ? `${(nanoseconds / 1e3).toFixed(0)} µs` : `${(nanoseconds / 1e6).toFixed(1)} ms`;
}

async function render({ model, el }) {
  const data = await contents(model);
  const root = make(el, "div", { class: "wb wb-pipeline" });
  const strip = make(el, "div", { class: "wb-picture" });
  strip.innerHTML = data.svg;
  // A picture in a document, a group of buttons here.
  strip.querySelector("svg").setAttribute("role", "group");
  const told = make(el, "div", { class: "wb-told", "aria-live": "polite" });
  root.append(strip, told);
  el.append(root);
  const cards = [...strip.querySelectorAll(".stage")];
  /** A dump of another compiler has no times. */
  const timed = (nanoseconds) => (nanoseconds ? `, ${duration(nanoseconds)}` : "");
  const tell = (name) => {
    told.replaceChildren();
    const stage = data.stages.find((s) => s.name === name);
    if (!stage) {
      const tables = name === "bytes" ? data.tables : [];
      const parts = tables.map((t) => `${t.where}: ${t.instructions} ${t.kind === "vm" ? "VM" : "SPIR-V"} instructions`);
      told.append(parts.join(" · ") || "Point at a stage to see what made it; click it to bring it into view.");
      return;
    }
    told.append(make(el, "b", {}, stage.name), stage.meaning || stage.title ? ` — ${stage.meaning || stage.title}. ` : " ");
    for (const run of stage.passes.filter((each) => each.rewrites)) {
      const patterns = run.patterns.slice(0, 4).map(([p, n]) => `${p}${n > 1 ? ` ×${n}` : ""}`);
      const rest = run.patterns.length > 4 ? ", …" : "";
      const why = patterns.length ? ` (${patterns.join(", ")}${rest})` : "";
      const many = `${run.rewrites} rewrite${run.rewrites > 1 ? "s" : ""}`;
      told.append(make(el, "span", { class: "wb-pass" }, make(el, "code", {}, run.name), `: ${many}${why}${timed(run.nanoseconds)}`), " ");
    }
    const idle = stage.passes.filter((each) => !each.rewrites);
    if (idle.length) {
      const time = timed(idle.reduce((sum, each) => sum + each.nanoseconds, 0));
      const title = idle.map((each) => each.name).join(", ");
      const many = idle.length > 1 ? `${idle.length} passes` : idle[0].name;
      told.append(make(el, "span", { class: "wb-pass", title }, `${many} found nothing to rewrite${time}`));
    }
  };
  const selection = follow(model, (now) => {
    cards.forEach((card) => card.classList.toggle("wb-chosen", card.dataset.stage === now.stage));
    tell(now.stage ?? data.here);
  });
  const choose = (card) =>
    selection.choose({ ...selection.chosen(), stage: card.dataset.stage === "bytes" ? null : card.dataset.stage });
  for (const [n, card] of cards.entries()) {
    card.addEventListener("pointerenter", () => tell(card.dataset.stage));
    card.addEventListener("pointerleave", () => tell(selection.chosen().stage ?? data.here));
    card.addEventListener("focus", () => tell(card.dataset.stage));
    card.addEventListener("click", () => choose(card));
    keys(card, {
      Enter: () => choose(card),
      " ": () => choose(card),
      ArrowRight: () => cards[Math.min(n + 1, cards.length - 1)].focus(),
      ArrowLeft: () => cards[Math.max(n - 1, 0)].focus(),
    });
  }
  return () => selection.stop();
}

export default { render: kept(render) };
