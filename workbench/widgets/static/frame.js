/**
 * The last frame: what a reader saw last of a view. It goes to the kernel, which puts it in the place of the picture
 * that stands beside the live view, so that a saved notebook shows it when it is opened again.
 */
import { busOf } from "./common.js";

/** How long a view must be at rest, in milliseconds. */
const REST = 600;
/** Characters of a frame, at most: a notebook keeps it. */
const LARGEST = 1_500_000;

/** Elements of a view, at most: copying more would be felt. */
const MOST_ELEMENTS = 30_000;
/** What may be scrolled, typed or chosen in. */
const SETTLED = ":not(svg *)";

/** The text that `unpacked` of `render/last_frame.py` reads. @param {string} text @returns {Promise<string>} */
async function deflated(text) {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream("deflate"));
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  let binary = "";
  for (let n = 0; n < bytes.length; n += 32768) binary += String.fromCharCode(...bytes.subarray(n, n + 32768));
  return btoa(binary);
}

/** Writes into a copy what only the original's properties know: what is typed, chosen, and scrolled to. */
function settle(node, twin) {
  const { localName } = node;
  if (localName === "input") twin.setAttribute("value", node.value);
  if (localName === "option") twin.toggleAttribute("selected", node.selected);
  const isEmptied = twin.childElementCount < node.childElementCount;
  if (isEmptied || (node.scrollHeight <= node.clientHeight && node.scrollWidth <= node.clientWidth)) return;
  const style = getComputedStyle(node);
  if (style.overflowX === "visible" && style.overflowY === "visible") return;
  const box = node.getBoundingClientRect();
  twin.style.overflow = "hidden";
  [...node.children].forEach((child, n) => {
    const inner = child.getBoundingClientRect();
    const own = twin.children[n];
    const outside = inner.bottom < box.top || inner.top > box.bottom || inner.right < box.left || inner.left > box.right;
    if (outside && child.childElementCount) {
      own.replaceChildren();
      Object.assign(own.style, { height: `${inner.height}px`, minWidth: `${inner.width}px`, boxSizing: "border-box" });
    }
    if (getComputedStyle(child).position !== "sticky") own.style.translate = `${-node.scrollLeft}px ${-node.scrollTop}px`;
  });
}

/** A view as it stands, as markup that needs the style sheet alone. @param {Element} root */
function markup(root) {
  const copy = root.cloneNode(true);
  const twins = copy.querySelectorAll(SETTLED);
  root.querySelectorAll(SETTLED).forEach((node, n) => settle(node, twins[n]));
  return new XMLSerializer().serializeToString(copy);
}

/**
 * The `render` of a view, which also sends its last frame to the kernel: after the reader has done something in it, or
 * something was chosen elsewhere, and it has been at rest for a while.
 */
export const kept = (render) => async ({ model, el }) => {
  const stop = await render({ model, el });
  const root = el.querySelector(".wb");
  // -1 in a notebook that keeps no picture; a page has none at all.
  if (!(model.get("drawn_at") >= 0) || !root) return stop;
  const bus = busOf(model);
  let [timer, touched, sent] = [0, false, ""];
  const send = async () => {
    const { width, height } = root.getBoundingClientRect();
    if (!width || bus.hover || !(touched || bus.chosen.seq > model.get("drawn_at"))) return;
    if (root.getElementsByTagName("*").length > MOST_ELEMENTS) return;
    const text = markup(root);
    if (text === sent || text.length > LARGEST) return;
    sent = text;
    model.send({ frame: { packed: await deflated(text), width: Math.ceil(width), height: Math.ceil(height) } });
  };
  const wait = () => {
    clearTimeout(timer);
    timer = setTimeout(send, REST);
  };
  const touch = () => {
    touched = true;
    wait();
  };
  const acts = ["click", "keydown", "input"];
  acts.forEach((act) => root.addEventListener(act, touch, true));
  root.addEventListener("scroll", wait, true);
  const changes = new MutationObserver(wait);
  changes.observe(root, { subtree: true, childList: true, attributes: true, characterData: true });
  wait();
  return () => {
    changes.disconnect();
    clearTimeout(timer);
    stop?.();
  };
};
