// Texts of the views that stand out from their ground by a contrast of less than 4.
() => {
  const probe = new OffscreenCanvas(1, 1).getContext('2d', {willReadFrequently: true});
  const painted = (grounds, colour) => {
    probe.globalAlpha = 1;
    for (const layer of [...grounds, colour]) {
      probe.fillStyle = layer;
      probe.fillRect(0, 0, 1, 1);
    }
    const linear = [...probe.getImageData(0, 0, 1, 1).data].slice(0, 3).map((v) => (v / 255) ** 2.2);
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
  };
  const faint = [];
  for (const node of document.querySelectorAll('.wb b, .wb code, .wb .wb-t1, .wb .wb-t2, .wb .wb-t3, .wb .wb-t4,'
      + '.wb .wb-told, .wb .wb-count, .wb .wb-name, .wb svg text.fill-muted, .wb svg text.fill-ink')) {
    if (!node.checkVisibility() || !node.textContent.trim()) continue;
    const grounds = [];
    for (let at = node; at; at = at.parentElement) grounds.unshift(getComputedStyle(at).backgroundColor);
    grounds.unshift(matchMedia('(prefers-color-scheme: dark)').matches ? '#121212' : '#ffffff');
    const look = getComputedStyle(node);
    const ink = node.closest('svg') ? look.fill : look.color;
    const pair = [painted(grounds, 'transparent'), painted(grounds, ink)];
    const ratio = (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
    if (ratio < 4) faint.push(`${ratio.toFixed(2)} ${node.outerHTML.slice(0, 160)}`);
  }
  return [...new Set(faint)].slice(0, 12);
}
