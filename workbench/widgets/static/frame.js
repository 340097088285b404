/**
 * The last frame: what a reader saw last of a view. It is sent to the kernel, which replaces the still picture beside
 * the live view with it, so that a saved notebook shows it when it is reopened.
 */
import { busOf } from "./common.js";

/** How long a view must be at rest before its frame is sent, in milliseconds. */
const REST = 600;
/** Largest number of characters of a frame: a notebook keeps it. */
const LARGEST = 1_500_000;

/** Largest number of elements of a view whose frame is sent: copying more would be noticeable. */
const MAX_ELEMENTS = 30_000;
/** Selects the elements that may have a scroll position, typed text or a choice. */
const SETTLED = ":not(svg *)";

/** Returns deflated text in base 64, for `unpacked` of `render/last_frame.py`. @param {string} text @returns {Promise<string>} */
async function deflated(text) {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream("deflate"));
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  let binary = "";
  for (let n = 0; n < bytes.length; n += 32768) binary += String.fromCharCode(...bytes.subarray(n, n + 32768));
  return btoa(binary);
}

/** Writes into a copy the state that only the original's properties have: typed text, choices and scroll positions. */
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

/** Returns the current markup of a view, which needs nothing but the style sheet. @param {Element} root */
function markup(root) {
  const copy = root.cloneNode(true);
  const twins = copy.querySelectorAll(SETTLED);
  root.querySelectorAll(SETTLED).forEach((node, n) => settle(node, twins[n]));
  return new XMLSerializer().serializeToString(copy);
}

/**
 * Wraps the `render` of a view: it also sends its last frame to the kernel when the reader has done something in it or
 * something was chosen elsewhere, and the view has been at rest for `REST`.
 */
export const kept = (render) => async ({ model, el }) => {
  const stop = await render({ model, el });
  const root = el.querySelector(".wb");
  // -1 in a notebook that keeps no picture, undefined in an exported page.
  if (!(model.get("drawn_at") >= 0) || !root) return stop;
  const bus = busOf(model);
  let [timer, touched, sent] = [0, false, ""];
  const send = async () => {
    const { width, height } = root.getBoundingClientRect();
    if (!width || bus.hover || !(touched || bus.chosen.seq > model.get("drawn_at"))) return;
    if (root.getElementsByTagName("*").length > MAX_ELEMENTS) return;
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
