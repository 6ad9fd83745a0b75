"""What a page is asked in a real browser: of WCAG 2.2 AA, what can be measured."""

from typing import Final

ACCESSIBLE: Final = r"""
() => {
  const wrong = [];
  const say = (what, node) => wrong.push(`${what}: ${(node?.outerHTML || "").slice(0, 120)}`);
  const shown = (node) => node.getClientRects().length > 0;
  if (!document.documentElement.lang) say("no language", null);
  if (document.querySelectorAll("h1").length !== 1) say("not one h1", null);
  for (const mark of ["header", "main", "footer"])
    if (document.querySelectorAll(`body > ${mark}`).length !== 1) say(`not one ${mark}`, null);
  let level = 1;
  for (const head of document.querySelectorAll("main h1, main h2, main h3, main h4")) {
    const found = Number(head.tagName[1]);
    if (found > level + 1) say("a level of headings is left out", head);
    level = found;
  }
  const ids = [...document.querySelectorAll("[id]")].map((node) => node.id);
  if (new Set(ids).size !== ids.length) say("an id stands twice", null);
  for (const field of document.querySelectorAll("input:not([type=hidden]), select, textarea"))
    if (!(field.labels?.length || field.ariaLabel)) say("no label", field);
  for (const node of document.querySelectorAll("a, button, summary"))
    if (!(node.textContent.trim() || node.ariaLabel)) say("no name", node);
  for (const image of document.querySelectorAll("img"))
    if (!image.hasAttribute("alt")) say("no words for a picture", image);
  for (const image of document.querySelectorAll("main svg"))
    if (!(image.getAttribute("role") === "img" && image.ariaLabel)) say("no words for it", image);
  for (const table of document.querySelectorAll("table")) {
    if (!table.caption) say("no caption", table);
    if (table.querySelectorAll("thead th:not([scope=col])").length) say("no scope", table);
  }
  for (const node of document.querySelectorAll("button, input:not([type=hidden]), select")) {
    const box = node.getBoundingClientRect();
    if (shown(node) && (box.height < 18 || box.width < 18)) say("too small to hit", node);
  }

  const pen = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const colour = (text) => {
    pen.clearRect(0, 0, 1, 1);
    pen.fillStyle = text;
    pen.fillRect(0, 0, 1, 1);
    return [...pen.getImageData(0, 0, 1, 1).data];
  };
  const over = (top, under) => {
    const a = top[3] / 255;
    return [0, 1, 2].map((i) => top[i] * a + under[i] * (1 - a)).concat(255);
  };
  const ground = (node) => {
    const layers = [];
    for (let at = node; at; at = at.parentElement) {
      const found = colour(getComputedStyle(at).backgroundColor);
      layers.push(found);
      if (found[3] === 255) break;
    }
    return layers.reverse().reduce((under, top) => over(top, under), [255, 255, 255, 255]);
  };
  const light = (c) => {
    const [r, g, b] = c.slice(0, 3).map((v) => {
      const x = v / 255;
      return x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const node = texts.currentNode.parentElement;
    const unseen = node.closest(".quiet, .skip, svg, option, datalist");
    if (!texts.currentNode.data.trim() || !shown(node) || unseen) continue;
    const under = ground(node);
    const [a, b] = [light(over(colour(getComputedStyle(node).color), under)), light(under)];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) say(`contrast ${ratio.toFixed(2)}`, node);
  }
  if (document.documentElement.scrollWidth > window.innerWidth) say("wider than the window", null);
  return wrong;
}
"""
SPOILT: Final = r"""
() => {
  document.querySelector("main").insertAdjacentHTML("beforeend", `
    <p class="faint" id="main">pale</p><input name="nameless"><button></button>
    <table><thead><tr><th>bare</th></tr></thead></table>`);
  document.querySelector("p#main").style.color = "#bbbbbb";
}
"""
"""Makes a page wrong in each of these ways, to see that it is noticed."""
