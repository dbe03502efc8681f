// The explorer: one module, two hosts. A notebook widget asks its kernel, a saved page asks the
// answers it carries. Whatever comes from a model or a text is written with textContent.

const SHOWN = 900; // tokens of a prompt that are drawn at once
const AROUND = 260; // of a longer one: so many before and after the place looked at
const END = 60; // and so many before the reply
const WAIT = 8000; // milliseconds until a page says that it is still waiting

// ------------------------------------------------------------------ hosts

export default {
  render({ model, el }) {
    const waiting = new Map();
    const answered = (message) => {
      const asked = waiting.get(message.key);
      if (!asked) return;
      waiting.delete(message.key);
      if (message.error) asked.fail(new Error(message.error));
      else asked.done(message.answer);
    };
    model.on("msg:custom", answered);
    const ask = (question) =>
      new Promise((done, fail) => {
        const key = JSON.stringify(question);
        waiting.set(key, { done, fail });
        model.send({ key, question });
      });
    const end = show(el, model.get("spec"), ask);
    return () => {
      model.off("msg:custom", answered);
      end();
    };
  },
};

function showAll(mark, spec) {
  const unsaved = () =>
    Promise.reject(new Error("not saved in this page: run rh.explore in a notebook to ask for it"));
  for (const el of document.querySelectorAll(`[data-rh-explorer="${mark}"]`)) {
    if (!el.classList.contains("rh-explorer")) show(el, spec, unsaved);
  }
}

// ------------------------------------------------------------------ small helpers

function make(tag, name, text, attributes = {}) {
  const node = document.createElement(tag);
  if (name) node.className = name;
  if (text !== undefined && text !== null) node.textContent = text;
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  return node;
}

let numbered = 0;
const unique = () => `rh-${(numbered += 1)}`;
const called = ([layer, index]) => `L${layer}H${index}`;
const same = (a, b) => a[0] === b[0] && a[1] === b[1];
const inOrder = (heads) => [...heads].sort((a, b) => a[0] - b[0] || a[1] - b[1]);
const clamp = (x, low, high) => Math.min(high, Math.max(low, x));
const mean = (xs) => xs.reduce((a, b) => a + b, 0) / Math.max(1, xs.length);
const visible = (text) => {
  const shown = text.replaceAll("\n", "↵").replaceAll("\t", "⇥") || "∅";
  return shown.trim() ? shown : shown.replaceAll(" ", "␣");
};
const quoted = (text) => `“${visible(text)}”`;
const percent = (share) => (share > 0 && share < 0.01 ? "under 1 %" : `${Math.round(100 * share)} %`);
const number = (x) => (Math.abs(x) >= 100 ? x.toFixed(0) : Math.abs(x) >= 10 ? x.toFixed(1) : x.toFixed(2));
const signed = (x) => (x < 0 ? "−" : "+") + number(Math.abs(x));

function isDark() {
  const body = document.body;
  if (body.dataset.jpThemeLight) return body.dataset.jpThemeLight === "false";
  if (body.dataset.mdColorScheme) return body.dataset.mdColorScheme === "slate";
  if (body.className.includes("vscode-")) return !body.className.includes("vscode-light");
  return matchMedia("(prefers-color-scheme: dark)").matches;
}

const MAPS = {
  light: { up: [[238, 242, 247], [190, 212, 236], [104, 157, 212], [38, 98, 168], [8, 44, 92]], down: [[238, 242, 247], [240, 205, 160], [196, 124, 40], [112, 62, 8]], none: "#ffffff", text: "#4d5766", ring: "#11161d", hatch: "#c3cad4" },
  dark: { up: [[32, 38, 47], [32, 66, 106], [45, 110, 178], [116, 176, 234], [222, 240, 255]], down: [[32, 38, 47], [92, 58, 20], [184, 118, 44], [255, 214, 160]], none: "#14181e", text: "#a5afbd", ring: "#ffffff", hatch: "#4a5361" },
};

function shade(stops, share) {
  const at = clamp(share, 0, 1) * (stops.length - 1);
  const low = Math.min(stops.length - 2, Math.floor(at));
  const mixed = stops[low].map((c, i) => Math.round(c + (stops[low + 1][i] - c) * (at - low)));
  return `rgb(${mixed})`;
}

// ------------------------------------------------------------------ the explorer

function show(el, spec, ask) {
  const known = new Map(Object.entries(spec.known));
  const state = {
    score: 0,
    case: spec.cases[0].index,
    head: spec.scores[0].top[0],
    step: 0,
    focus: null, // the position around which a long prompt is drawn
    marked: [],
    removed: "none",
    ablation: 0,
    text: null, // the answer about the case
    look: null, // the answer about the head
    told: null, // the answer without heads
  };
  const { layers, heads } = spec;

  async function know(question, place) {
    const key = JSON.stringify(question);
    if (known.has(key)) return known.get(key);
    place.replaceChildren(make("p", "rh-note", "asking the model …", { role: "status" }));
    const slow = setTimeout(() => {
      const text = "still waiting: if the kernel has stopped, run the cell again";
      place.replaceChildren(make("p", "rh-note", text, { role: "status" }));
    }, WAIT);
    try {
      const answer = await ask(question);
      known.set(key, answer);
      return answer;
    } finally {
      clearTimeout(slow);
    }
  }

  // ---- frame

  el.replaceChildren();
  el.classList.add("rh-explorer");
  const root = make("div", "rh-root", null, { "data-lm-suppress-shortcuts": "true" }); // JupyterLab cuts cells at x
  const controls = make("div", "rh-controls", null, { role: "group", "aria-label": "what to show" });
  const left = make("section", "rh-heads", null, { "aria-label": "heads" });
  const right = make("section", "rh-look", null, { "aria-label": "where the head looks" });
  const below = make("section", "rh-without", null, { "aria-label": "the answer without heads" });
  const voice = make("div", "rh-hidden", null, { "aria-live": "polite" });
  const name = make("h2", "rh-name");
  name.append(make("b", null, spec.model), ` ${layers} layers of ${heads} heads`);
  root.append(name, controls, left, right, below, voice);
  el.append(root);

  // ---- controls: score, case

  function chooser(label, options, value, changed) {
    const id = unique();
    const box = make("div", "rh-field");
    const select = make("select", null, null, { id });
    for (const [key, text] of options) select.append(make("option", null, text, { value: key }));
    select.value = value;
    select.addEventListener("change", () => changed(select.value));
    box.append(make("label", null, label, { for: id }), select);
    return { box, select };
  }

  const kinds = spec.scores.map((score, i) => [String(i), score.name]);
  kinds.push(["needle", "attention on the needle, at this step"]);
  const kind = chooser("colour heads by", kinds, "0", (value) => {
    state.score = value === "needle" ? "needle" : Number(value);
    drawHeads();
    drawRemoval();
  });
  controls.append(kind.box);
  const facets = new Map();
  for (const facet of spec.facets) {
    const values = [...new Set(spec.cases.map((each) => each.labels[facet]))];
    const box = chooser(facet, values.map((v) => [v, v]), values[0], (value) => chooseFacet(facet, value));
    facets.set(facet, box.select);
    controls.append(box.box);
  }
  const told = new Set(spec.cases.map((each) => JSON.stringify(each.labels)));
  const byNumber = told.size < spec.cases.length
    ? chooser("case", spec.cases.map((each, i) => [String(each.index), `${i + 1} of ${spec.cases.length}`]), String(state.case), (value) => chooseCase(Number(value)))
    : null;
  if (byNumber) controls.append(byNumber.box);

  function chooseFacet(facet, value) {
    const wanted = { ...labelsOf(state.case), [facet]: value };
    const fits = (each) => spec.facets.filter((name) => each.labels[name] === wanted[name]).length;
    const candidates = spec.cases.filter((each) => each.labels[facet] === value);
    chooseCase(candidates.reduce((best, each) => (fits(each) > fits(best) ? each : best)).index);
  }

  const labelsOf = (index) => spec.cases.find((each) => each.index === index).labels;

  // ---- left: the map of heads

  const readout = make("p", "rh-readout");
  const grid = make("div", "rh-grid", null, { role: "grid", tabindex: "0", "aria-rowcount": layers, "aria-colcount": heads });
  const canvas = make("canvas", null, null, { "aria-hidden": "true" });
  const row = make("div", "rh-hidden", null, { role: "row" });
  const cell = make("div", null, null, { role: "gridcell", id: unique(), "aria-selected": "true" });
  row.append(cell);
  grid.append(canvas, row);
  grid.setAttribute("aria-activedescendant", cell.id);
  const scale = make("div", "rh-scale", null, { "aria-hidden": "true" });
  const strongest = make("div", "rh-strongest", null, { role: "group", "aria-label": "strongest heads" });
  left.append(grid, readout, scale, strongest);
  const help = "Arrow keys choose a head; comma and full stop step through the answer" + (spec.live ? "; x marks a head." : ".");
  const brackets = spec.groups < heads ? " Brackets join heads that share a key-value head." : "";
  left.append(make("p", "rh-note rh-keys", help + brackets));

  const shared = heads / spec.groups; // query heads of one key-value head
  const MARGIN = { left: 26, top: 4, bottom: shared > 1 ? 27 : 20 };
  let size = 0;

  function values() {
    if (state.score !== "needle") return spec.scores[state.score].values;
    if (!state.text) return [];
    return state.text.onNeedle.map((layer) => layer.map((steps) => steps[state.step] / 1000));
  }

  const nameOfScore = () => (state.score === "needle" ? "attention on the needle" : spec.scores[state.score].name);
  const valueOf = (head) => values()[head[0]]?.[head[1]] ?? null;

  function bounds() {
    const all = values().flat().filter((x) => x !== null);
    const most = all.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
    const high = state.score === "needle" ? 1 : most || 1;
    return { high, negative: all.some((x) => x < 0) };
  }

  function drawHeads() {
    const theme = MAPS[dark ? "dark" : "light"];
    const room = (left.clientWidth || 420) - MARGIN.left - 2;
    size = clamp(Math.floor(Math.min(room / heads, 460 / layers)), 4, 40);
    const width = MARGIN.left + size * heads + 2;
    const height = MARGIN.top + size * layers + MARGIN.bottom;
    const density = window.devicePixelRatio || 1;
    canvas.width = width * density;
    canvas.height = height * density;
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
    const ctx = canvas.getContext("2d");
    ctx.scale(density, density);
    const { high, negative } = bounds();
    const all = values();
    const gap = size > 9 ? 1.5 : size > 5 ? 1 : 0.5;
    const removed = removedHeads();
    for (let l = 0; l < layers; l += 1) {
      for (let h = 0; h < heads; h += 1) {
        const value = all[l]?.[h] ?? null;
        const [x, y] = [MARGIN.left + h * size, MARGIN.top + l * size];
        const side = size - gap;
        if (value === null) {
          ctx.strokeStyle = theme.hatch;
          ctx.lineWidth = 1;
          ctx.strokeRect(x + 0.5, y + 0.5, side - 1, side - 1);
        } else {
          ctx.fillStyle = shade(value < 0 ? theme.down : theme.up, Math.abs(value) / high);
          ctx.beginPath();
          ctx.roundRect(x, y, side, side, size > 14 ? 3 : 0);
          ctx.fill();
        }
      }
    }
    if (shared > 1) {
      ctx.strokeStyle = theme.text;
      ctx.lineWidth = 1;
      const y = MARGIN.top + layers * size + 1.5;
      for (let g = 0; g < spec.groups; g += 1) {
        const [from, to] = [MARGIN.left + g * shared * size, MARGIN.left + (g + 1) * shared * size - gap];
        ctx.beginPath();
        ctx.moveTo(from + 1.5, y);
        ctx.lineTo(from + 1.5, y + 4);
        ctx.lineTo(to - 1.5, y + 4);
        ctx.lineTo(to - 1.5, y);
        ctx.stroke();
      }
    }
    const cross = ([l, h], dashed) => {
      const [x, y, side] = [MARGIN.left + h * size, MARGIN.top + l * size, size - gap];
      for (const [colour, width] of [[dark ? "#000" : "#fff", 4], [theme.ring, 1.8]]) {
        ctx.strokeStyle = colour;
        ctx.lineWidth = width;
        ctx.setLineDash(dashed ? [2, 2] : []);
        ctx.beginPath();
        ctx.moveTo(x + side * 0.25, y + side * 0.25);
        ctx.lineTo(x + side * 0.75, y + side * 0.75);
        ctx.moveTo(x + side * 0.75, y + side * 0.25);
        ctx.lineTo(x + side * 0.25, y + side * 0.75);
        ctx.stroke();
      }
      ctx.setLineDash([]);
    };
    removed.forEach((head) => cross(head, false));
    state.marked.filter((head) => !removed.some((each) => same(each, head))).forEach((head) => cross(head, true));
    const [l, h] = state.head;
    for (const [colour, width] of [[dark ? "#000" : "#fff", 5], [theme.ring, 2.2]]) {
      ctx.strokeStyle = colour;
      ctx.lineWidth = width;
      ctx.strokeRect(MARGIN.left + h * size - 1, MARGIN.top + l * size - 1, size - gap + 2, size - gap + 2);
    }
    ctx.fillStyle = theme.text;
    ctx.font = "11px system-ui, sans-serif";
    ctx.textBaseline = "middle";
    ctx.textAlign = "right";
    const every = (count) => Math.max(1, Math.ceil((size > 11 ? 1 : 16 / size) * (count > 40 ? 2 : 1)));
    for (let i = 0; i < layers; i += every(layers)) ctx.fillText(String(i), MARGIN.left - 7, MARGIN.top + (i + 0.5) * size);
    ctx.textAlign = "center";
    for (let i = 0; i < heads; i += every(heads) * (size < 18 ? 2 : 1)) ctx.fillText(String(i), MARGIN.left + (i + 0.5) * size, height - 9);
    grid.setAttribute("aria-label", `${nameOfScore()}: ${layers} layers downwards, ${heads} heads across`);
    drawScale(theme, high, negative);
    drawStrongest();
    tell(state.head);
    row.setAttribute("aria-rowindex", l + 1);
    cell.setAttribute("aria-colindex", h + 1);
    cell.textContent = described(state.head);
  }

  function described(head) {
    const value = valueOf(head);
    const rank = state.score === "needle" ? -1 : spec.scores[state.score].top.findIndex((each) => same(each, head));
    const place = rank < 0 ? "" : `, number ${rank + 1} of ${layers * heads}`;
    const group = shared > 1 ? `, key-value head ${Math.floor(head[1] / shared)}` : "";
    return `${called(head)}: ${nameOfScore()} ${value === null ? "not measured" : number(value)}${place}${group}`;
  }

  const tell = (head) => { readout.textContent = described(head); };

  function drawScale(theme, high, negative) {
    const stops = Array.from({ length: 9 }, (_, i) => i / 8);
    const colours = stops.map((s) => {
      const at = negative ? 2 * s - 1 : s;
      return shade(at < 0 ? theme.down : theme.up, Math.abs(at));
    });
    const bar = make("span", "rh-bar");
    bar.style.background = `linear-gradient(to right, ${colours.join(", ")})`;
    scale.replaceChildren(make("span", null, negative ? signed(-high) : "0"), bar, make("span", null, number(high)));
  }

  function drawStrongest() {
    const first = state.score === "needle" ? byNeedle() : spec.scores[state.score].top;
    strongest.replaceChildren(make("span", "rh-small", "strongest"));
    const least = bounds().high / 100;
    for (const head of first.slice(0, 8).filter((each, i) => !i || Math.abs(valueOf(each) ?? 0) >= least)) {
      const chip = make("button", "rh-chip", null, { type: "button", "aria-pressed": String(same(head, state.head)) });
      chip.append(make("b", null, called(head)), ` ${number(valueOf(head) ?? 0)}`);
      chip.addEventListener("click", () => chooseHead(head));
      strongest.append(chip);
    }
  }

  function byNeedle() {
    const all = values().flatMap((layer, l) => layer.map((value, h) => [l, h, value]));
    return all.sort((a, b) => b[2] - a[2]).slice(0, 8).map(([l, h]) => [l, h]);
  }

  function headAt(event) {
    const box = canvas.getBoundingClientRect();
    const h = Math.floor((event.clientX - box.left - MARGIN.left) / size);
    const l = Math.floor((event.clientY - box.top - MARGIN.top) / size);
    return l >= 0 && l < layers && h >= 0 && h < heads ? [l, h] : null;
  }

  canvas.addEventListener("mousemove", (event) => tell(headAt(event) ?? state.head));
  canvas.addEventListener("mouseleave", () => tell(state.head));
  canvas.addEventListener("click", (event) => {
    const head = headAt(event);
    if (!head) return;
    if (event.shiftKey && spec.live) toggle(head);
    chooseHead(head);
  });

  const MOVES = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1], PageUp: [-8, 0], PageDown: [8, 0], Home: [0, -heads], End: [0, heads] };

  grid.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const move = MOVES[event.key];
    if (move) chooseHead([clamp(state.head[0] + move[0], 0, layers - 1), clamp(state.head[1] + move[1], 0, heads - 1)]);
    else if (event.key === "x" && spec.live) toggle(state.head);
    else if (event.key === ",") chooseStep(state.step - 1);
    else if (event.key === ".") chooseStep(state.step + 1);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });

  function toggle(head) {
    const without = state.marked.filter((each) => !same(each, head));
    state.marked = without.length < state.marked.length ? without : [...state.marked, head];
    if (state.removed === "marked" && !state.marked.length) state.removed = "none";
    drawHeads();
    drawRemoval();
  }

  // ---- right: where the head looks

  const title = make("h3", "rh-title");
  const answer = make("div", "rh-answer", null, { role: "group", "aria-label": "the answer, token by token: choose a step" });
  const stepping = make("div", "rh-stepping");
  const sliderId = unique();
  const slider = make("input", null, null, { type: "range", min: "0", max: "0", step: "1", id: sliderId });
  slider.addEventListener("input", () => chooseStep(Number(slider.value)));
  stepping.append(make("label", "rh-small", "step through the answer", { for: sliderId }), slider);
  const sentence = make("p", "rh-sentence");
  const strip = make("div", "rh-strip", null, { tabindex: "0", role: "slider", "aria-label": "place in the prompt" });
  const stripCanvas = make("canvas", null, null, { "aria-hidden": "true" });
  strip.append(stripCanvas);
  const jumps = make("div", "rh-jumps", null, { role: "group", "aria-label": "go to" });
  const prompt = make("div", "rh-prompt", null, { tabindex: "0", role: "region", "aria-label": "the prompt" });
  const legend = make("div", "rh-legend", null, { "aria-hidden": "true" });
  for (const [name, text] of [["rh-key-look", "looked at: faint 1 %, full 100 %"], ["rh-key-top", "hardest"], ["rh-key-needle", "the needle"], ["rh-key-said", "said so far"]]) {
    const item = make("span", "rh-item");
    item.append(make("i", name), text);
    legend.append(item);
  }
  const caption = make("p", "rh-small rh-caption", "what the head writes towards each token of the answer at this step, before the final norm");
  right.append(title, caption, answer, stepping, sentence, strip, jumps, prompt, legend);
  for (const [text, place] of [
    ["the needle", () => middle()],
    ["where it looks hardest", () => hardest()?.[0]],
    ["the beginning", () => 0],
    ["the end", () => all().length - 1],
  ]) {
    const button = make("button", "rh-chip", text, { type: "button" });
    button.addEventListener("click", () => { if (state.text && place() !== undefined) goTo(place()); });
    jumps.append(button);
  }

  const all = () => [...state.text.tokens, ...state.text.said];
  const needle = () => state.text.needle;
  const middle = () => (needle()[1] > needle()[0] ? Math.floor((needle()[0] + needle()[1]) / 2) : hardest()?.[0] ?? 0);
  const inNeedle = (at) => at >= needle()[0] && at < needle()[1];
  const inFact = (at) => state.text.facts.some(([start, stop]) => at >= start && at < stop);
  const rowNow = () => state.look?.rows[state.step] ?? [[], []];
  function hardest() {
    const [at, share] = rowNow();
    return at.length ? [at[0], share[0] / 1000] : undefined;
  }

  let spans = new Map(); // by position, those that are drawn

  function pieces(total) {
    if (total <= SHOWN) return [[0, total]];
    const said = state.text.tokens.length;
    const wanted = [[0, 12], [state.focus - AROUND, state.focus + AROUND], [said - END, total]];
    const merged = [];
    for (const [start, stop] of wanted.map(([a, b]) => [clamp(a, 0, total), clamp(b, 0, total)]).sort((a, b) => a[0] - b[0])) {
      const last = merged.at(-1);
      if (last && start <= last[1]) last[1] = Math.max(last[1], stop);
      else merged.push([start, stop]);
    }
    return merged;
  }

  function drawPrompt() {
    const tokens = all();
    state.focus ??= middle();
    spans = new Map();
    const body = document.createDocumentFragment();
    let before = 0;
    const skipped = (count) => {
      if (count > 0) body.append(make("span", "rh-skip", ` … ${count.toLocaleString("en")} tokens … `));
    };
    for (const [start, stop] of pieces(tokens.length)) {
      skipped(start - before);
      for (let at = start; at < stop; at += 1) {
        const text = tokens[at];
        const span = make("span", "rh-t", text.replaceAll("\n", "↵\n"));
        if (inNeedle(at)) span.classList.add("rh-needle");
        else if (inFact(at)) span.classList.add("rh-fact");
        if (at >= state.text.tokens.length) span.classList.add("rh-said");
        spans.set(at, span);
        body.append(span);
      }
      before = stop;
    }
    prompt.replaceChildren(body);
    const count = state.text.tokens.length.toLocaleString("en");
    const [start, stop] = needle();
    prompt.setAttribute("aria-label", `the prompt: ${count} tokens, ${stop > start ? `the needle at ${start} to ${stop - 1}` : "without a needle"}; then the reply`);
    colour();
    scrollTo(state.focus);
  }

  function colour() {
    const [at, share] = rowNow();
    const shares = new Map(at.map((position, i) => [position, share[i] / 1000]));
    const top = hardest()?.[0];
    const now = state.text.tokens.length + state.step;
    for (const [position, span] of spans) {
      const value = shares.get(position) ?? 0;
      span.style.setProperty("--look", value ? Math.sqrt(value).toFixed(3) : "0");
      span.classList.toggle("rh-top", position === top);
      span.classList.toggle("rh-future", position > now);
      span.classList.toggle("rh-now", position === now);
      span.title = position > now ? `${position}: not yet said` : `${position}: ${percent(value)} of the attention`;
    }
  }

  function scrollTo(position) {
    const span = spans.get(position);
    if (span) prompt.scrollTop = span.offsetTop - prompt.clientHeight / 2;
  }

  function goTo(position) {
    if (!state.text) return;
    state.focus = clamp(position, 0, all().length - 1);
    if (all().length > SHOWN) drawPrompt();
    else scrollTo(state.focus);
    drawStrip();
  }

  function drawStrip() {
    const theme = MAPS[dark ? "dark" : "light"];
    const [width, height, density] = [strip.clientWidth || 600, 34, window.devicePixelRatio || 1];
    stripCanvas.width = width * density;
    stripCanvas.height = height * density;
    const ctx = stripCanvas.getContext("2d");
    ctx.scale(density, density);
    const total = all().length;
    const [places, shares] = state.look?.strips[state.step] ?? [[], []];
    const wide = width / Math.min(spec.strips, total);
    ctx.fillStyle = shade(theme.up, 0.72);
    places.forEach((place, i) => {
      const tall = Math.max(1.5, Math.sqrt(shares[i] / 1000) * (height - 10));
      ctx.fillRect(place * wide, height - 7 - tall, Math.max(1, wide - (wide > 3 ? 0.6 : 0)), tall);
    });
    ctx.fillStyle = theme.hatch;
    ctx.fillRect(0, height - 7, width, 1);
    const [start, stop] = needle();
    ctx.fillStyle = dark ? "#ffab5e" : "#c2540a";
    if (stop > start) ctx.fillRect((start / total) * width - 1, height - 5, Math.max(4, ((stop - start) / total) * width), 4);
    if (total > SHOWN) {
      ctx.strokeStyle = theme.text;
      ctx.lineWidth = 1;
      const from = (clamp(state.focus - AROUND, 0, total) / total) * width;
      ctx.strokeRect(from + 0.5, 0.5, Math.max(3, ((2 * AROUND) / total) * width), height - 1);
    }
    strip.setAttribute("aria-valuemin", 0);
    strip.setAttribute("aria-valuemax", total - 1);
    strip.setAttribute("aria-valuenow", state.focus);
    strip.setAttribute("aria-valuetext", `token ${state.focus} of ${total}: ${visible(all()[state.focus])}`);
  }

  const slide = (event) => {
    const box = strip.getBoundingClientRect();
    if (state.text) goTo(Math.floor(((event.clientX - box.left) / box.width) * all().length));
  };
  strip.addEventListener("pointerdown", (event) => {
    strip.setPointerCapture(event.pointerId);
    slide(event);
  });
  strip.addEventListener("pointermove", (event) => { if (event.buttons) slide(event); });
  strip.addEventListener("keydown", (event) => {
    if (!state.text) return;
    const far = Math.max(1, Math.round(all().length / 50));
    const to = { ArrowLeft: state.focus - far, ArrowRight: state.focus + far, ArrowDown: state.focus - far, ArrowUp: state.focus + far, PageUp: state.focus - 10 * far, PageDown: state.focus + 10 * far, Home: 0, End: all().length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    goTo(to);
  });

  function drawAnswer() {
    const said = state.text.said;
    const wrote = state.look?.wrote ?? [];
    const most = wrote.flat().reduce((a, b) => Math.max(a, b), 1e-9);
    const least = wrote.flat().reduce((a, b) => Math.min(a, b), 0);
    const now = wrote[state.step] ?? [];
    answer.style.setProperty("--zero", (most / (most - least)).toFixed(3));
    answer.replaceChildren();
    said.forEach((text, i) => {
      const push = now[i] ?? 0;
      const column = make("button", "rh-step", null, { type: "button", "aria-pressed": String(i === state.step) });
      const box = make("span", "rh-push", null, { "aria-hidden": "true" });
      const bar = make("i", push < 0 ? "rh-down" : "rh-up");
      bar.style.setProperty("--size", (Math.abs(push) / (most - least)).toFixed(3));
      box.append(bar);
      column.append(box, make("span", "rh-push-number", now.length ? signed(push) : ""), make("span", "rh-token", visible(text)));
      column.title = `${called(state.head)} adds ${signed(push)} to the logit of ${quoted(text)} while ${quoted(said[state.step])} is said`;
      column.setAttribute("aria-label", `step ${i + 1}, ${quoted(text)}. The head adds ${signed(push)} to its logit at this step.`);
      column.addEventListener("click", () => chooseStep(i, column));
      answer.append(column);
    });
  }

  function drawSentence() {
    const { said, found } = state.text;
    const token = said[state.step];
    title.replaceChildren(make("b", null, called(state.head)), " while the model says ", make("q", "rh-token", visible(token)));
    slider.max = String(said.length - 1);
    slider.value = String(state.step);
    slider.setAttribute("aria-valuetext", `step ${state.step + 1} of ${said.length}: ${visible(token)}`);
    const top = hardest();
    const parts = [];
    if (top) {
      const [at, share] = top;
      const seen = all()[at];
      parts.push("looks hardest at ", make("q", "rh-token", visible(seen)), ` (${percent(share)}`, inNeedle(at) ? ", in the needle)" : at === 0 ? ", the first token)" : `, token ${at.toLocaleString("en")})`);
      if (inNeedle(at)) parts.push(seen.trim() === token.trim() ? ": the token it is saying." : ", not the token it is saying.");
      else parts.push(".");
      const mass = state.text.onNeedle[state.head[0]][state.head[1]][state.step] / 1000;
      parts.push(` In all ${percent(mass)} on the needle.`);
    } else if (state.look) parts.push("looks at nothing in particular: no token gets 0.1 % of its attention.");
    sentence.replaceChildren(...parts);
    if (!found) sentence.append(make("span", "rh-warn", " The reply is not the right answer."));
    voice.textContent = `${title.textContent} ${sentence.textContent}`;
  }

  // ---- below: the answer without heads

  const choices = make("div", "rh-choices", null, { role: "radiogroup", "aria-label": "heads to take away" });
  const ways = chooser("how", spec.ablations.map((name, i) => [String(i), name]), "0", (value) => {
    state.ablation = Number(value);
    drawWithout();
  });
  const bar = make("div", "rh-controls");
  const outcome = make("div", "rh-outcome", null, { "aria-live": "polite" });
  bar.append(choices, ways.box);
  below.append(make("h3", "rh-title", "Take heads away, and ask again"), bar, outcome);
  const group = unique();
  const kindOfTop = () => spec.scores[state.score === "needle" ? 0 : state.score];

  function options() {
    const counts = spec.counts.filter((count) => count <= kindOfTop().top.length && count < layers * heads);
    const listed = [["none", "none"], ["this", called(state.head)], ...counts.map((n) => [String(n), `top ${n}`])];
    if (spec.live) listed.push(["marked", `marked (${state.marked.length})`]);
    return listed;
  }

  function removedHeads() {
    if (state.removed === "none") return [];
    if (state.removed === "this") return [state.head];
    if (state.removed === "marked") return state.marked;
    return kindOfTop().top.slice(0, Number(state.removed));
  }

  function drawRemoval() {
    const focused = choices.contains(document.activeElement);
    choices.replaceChildren();
    for (const [value, text] of options()) {
      const label = make("label", "rh-chip");
      const radio = make("input", null, null, { type: "radio", name: group, value });
      radio.checked = state.removed === value;
      radio.disabled = value === "marked" && !state.marked.length;
      label.classList.toggle("rh-on", radio.checked);
      label.classList.toggle("rh-off", radio.disabled);
      if (radio.disabled) label.title = "mark heads in the map: shift and click, or x";
      radio.addEventListener("change", () => {
        state.removed = value;
        drawRemoval();
      });
      label.append(radio, text);
      choices.append(label);
      if (focused && radio.checked) radio.focus();
    }
    drawHeads();
    drawWithout();
  }

  async function drawWithout() {
    const chosen = inOrder(removedHeads());
    const question = ["without", state.case, state.ablation, chosen];
    const current = await settled("without", question, chosen.length ? 250 : 0);
    if (!current()) return;
    if (!chosen.length) {
      const text = "Choose heads: the answer before and after appears here, and beside it the answer without as many heads drawn by lot.";
      outcome.replaceChildren(make("p", "rh-note", text));
      return;
    }
    try {
      const answer = await know(question, outcome);
      if (current()) drawOutcome(chosen, answer);
    } catch (error) {
      if (current()) outcome.replaceChildren(make("p", "rh-note rh-warn", `${chosen.map(called).join(", ")}: ${error.message}`, { role: "status" }));
    }
  }

  function drawOutcome(chosen, { before, after, control, others }) {
    const cards = make("div", "rh-cards");
    cards.append(card("with all heads", before, before));
    cards.append(card(`without ${chosen.map(called).join(", ")}`, after, before, "rh-after"));
    if (control) cards.append(card(`without ${others.map(called).join(", ")}, drawn by lot from the same layers`, control, before));
    else cards.append(make("p", "rh-note", "Their layers have too few other heads to draw as many by lot."));
    outcome.replaceChildren(cards);
  }

  function card(name, reply, before, extra = "") {
    const box = make("div", `rh-card ${extra}`);
    const text = make("p", "rh-reply");
    let apart = false;
    reply.said.forEach((token, i) => {
      apart ||= token !== before.said[i];
      text.append(make("span", apart ? "rh-t rh-other" : "rh-t", token.replaceAll("\n", "↵")));
    });
    const verdict = make("p", reply.found ? "rh-verdict rh-yes" : "rh-verdict rh-no", reply.found ? "✓ the right answer" : "✗ not the right answer");
    const sure = make("p", "rh-sure");
    const chance = Math.exp(mean(reply.sure.map((p) => Math.log(Math.max(p, 1e-9)))));
    const meter = make("span", "rh-meter", null, { "aria-hidden": "true" });
    meter.style.setProperty("--size", chance.toFixed(3));
    sure.append(meter, `right token ${percent(chance)} likely`);
    sure.title = state.text.right.map((token, i) => `${visible(token)} ${percent(reply.sure[i])}`).join("\n");
    box.append(make("h4", null, name), text, verdict, sure);
    if (reply.idle) box.append(make("p", "rh-note", "This changed nothing: all it was to change was already so."));
    return box;
  }

  // ---- choosing

  // a later choice overtakes an earlier one that is still being answered; while somebody runs
  // through heads with a key held down, the model is asked for the last of them only
  const turns = { case: 0, head: 0, without: 0 };
  async function settled(what, question, pause) {
    const mine = (turns[what] += 1);
    if (!known.has(JSON.stringify(question))) await new Promise((done) => setTimeout(done, pause));
    return () => mine === turns[what];
  }

  async function chooseCase(index) {
    Object.assign(state, { case: index, text: null, look: null, step: 0, focus: null });
    const labels = labelsOf(index);
    for (const [facet, select] of facets) select.value = labels[facet];
    if (byNumber) byNumber.select.value = String(index);
    const question = ["case", index];
    const current = await settled("case", question, 0);
    try {
      const text = await know(question, prompt);
      if (!current()) return;
      state.text = text;
    } catch (error) {
      if (current()) prompt.replaceChildren(make("p", "rh-note rh-warn", error.message));
      return;
    }
    await chooseHead(state.head);
  }

  async function chooseHead(head) {
    state.head = head;
    drawHeads();
    if (!state.text) return;
    const question = ["look", state.case, head];
    const current = await settled("head", question, 120);
    if (!current() || !state.text) return;
    const drawn = state.look !== null;
    try {
      const look = await know(question, sentence);
      if (!current() || !state.text) return;
      state.look = look;
      state.problem = null;
    } catch (error) {
      if (!current() || !state.text) return;
      state.look = { rows: [], strips: [], wrote: [] };
      state.problem = error.message;
    }
    if (drawn) colour();
    else drawPrompt();
    redraw();
    drawRemoval();
  }

  function chooseStep(step) {
    if (!state.text) return;
    const focused = answer.contains(document.activeElement);
    state.step = clamp(step, 0, state.text.said.length - 1);
    colour();
    redraw();
    if (state.score === "needle") drawHeads();
    if (focused) answer.children[state.step]?.focus();
  }

  function redraw() {
    drawAnswer();
    drawSentence();
    drawStrip();
    if (state.problem) {
      sentence.replaceChildren(make("span", "rh-warn", `${called(state.head)}: ${state.problem}`));
      voice.textContent = sentence.textContent;
    }
  }

  // ---- theme and size

  let dark = isDark();
  const dress = () => {
    dark = isDark();
    el.classList.toggle("rh-dark", dark);
    drawHeads();
    if (state.text) drawStrip();
  };
  const media = matchMedia("(prefers-color-scheme: dark)");
  media.addEventListener("change", dress);
  const bodies = new MutationObserver(dress);
  bodies.observe(document.body, { attributes: true, attributeFilter: ["class", "data-jp-theme-light", "data-md-color-scheme"] });
  let width = 0;
  const sizes = new ResizeObserver(() => {
    if (Math.abs(root.clientWidth - width) < 2) return;
    width = root.clientWidth;
    dress();
  });
  sizes.observe(root);

  dress();
  drawRemoval();
  chooseCase(state.case);
  return () => {
    media.removeEventListener("change", dress);
    bodies.disconnect();
    sizes.disconnect();
  };
}
