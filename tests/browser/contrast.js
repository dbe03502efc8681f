// Texts with less than 4.5 : 1 of contrast to what lies behind them (WCAG 2.2, AA).

const parts = (colour) => {
  const [r, g, b, a = 1] = colour.match(/[\d.]+/g).map(Number);
  return [r, g, b, a];
};

const over = (top, under) => top.slice(0, 3).map((c, i) => c * top[3] + under[i] * (1 - top[3]));

function light(colour) {
  const [r, g, b] = colour.map((c) => {
    const share = c / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function behind(node) {
  const own = parts(getComputedStyle(node).backgroundColor);
  if (own[3] === 1 || !node.parentElement) return own.slice(0, 3);
  return over(own, behind(node.parentElement));
}

function contrast(node) {
  const under = behind(node);
  const [a, b] = [light(under), light(over(parts(getComputedStyle(node).color), under))];
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}

function faint() {
  const readable = (node) =>
    [...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim()) &&
    node.getClientRects().length &&
    !node.closest(".rh-future, option");
  return [...document.querySelectorAll(".rh-explorer *")]
    .filter(readable)
    .map((node) => [node.className, node.textContent.slice(0, 20), contrast(node)])
    .filter(([, , ratio]) => ratio < 4.5);
}
