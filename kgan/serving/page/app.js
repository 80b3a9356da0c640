// The page: a model, a mode, and what follows from them.

import { gif } from "./gif.js";
import { classOf, Maker, newest } from "./making.js";
import { abilities, catalogue, has, prompts, tokensOfPrompt } from "./models.js";
import { Offline } from "./offline.js";
import { $, choices, fail, showFor, shown, tell } from "./page.js";
import { draw, drawPoints, enlargement, save, sheet } from "./pixels.js";
import { anySeed } from "./random.js";
import { Server } from "./server.js";
import { Translating } from "./translating.js";
import { Wall } from "./wall.js";
import { Way } from "./way.js";

const MODES = { pick: "Pick", blend: "Blend", mix: "Mix", translate: "Translate", read: "Read" };
const STEPS = 32; // of a way
const POINTS = 600;
const TEXTS = 12;
const ANY = "any"; // class: another one for each seed

const query = new URLSearchParams(location.search);
const server = new Server(baseOf(query.get("server")));
const offline = new Offline();
const state = { backend: server, model: null, mode: null, seed: "7", ends: ["7", "12"], seeds: [], image: null };
let maker;

const wall = new Wall($("wall"), (seed) => {
  if (state.mode === "pick") return picked(seed);
  state.ends[Number(document.querySelector("[name=end]:checked").value)] = seed;
  return work();
});
const way = new Way($("way"), (image, mark) => {
  paint(image);
  const share = state.mode === "mix" ? `${mark} of ${$("way").max} layers` : `${Math.round((100 * mark) / STEPS)} % of the way`;
  $("way").setAttribute("aria-valuetext", share);
  $("picture").setAttribute("aria-label", `${share} between seed ${state.ends[0]} and seed ${state.ends[1]}`);
});
const translating = new Translating(() => work());

function baseOf(address) {
  const url = URL.parse?.(address ?? "") ?? null;
  const found = url && /^https?:$/.test(url.protocol) ? url.href : document.baseURI.split(/[?#]/)[0];
  return found.endsWith("/") ? found : found.slice(0, found.lastIndexOf("/") + 1);
}

// ---- What is chosen ---------------------------------------------------------------------------

function condition() {
  const label = document.querySelector("[name=label]:checked");
  const { model } = state;
  const said = model.captions ? tokensOfPrompt($("prompt").value, model.captions) : { unknown: [] };
  return {
    label: label?.value === ANY ? null : Number(label?.value ?? 0),
    tokens: said.tokens,
    truncation: Number($("truncation").value),
    unknown: said.unknown,
  };
}

function choose(name) {
  const model = state.models.find((found) => found.name === name);
  state.model = model;
  const card = document.querySelector(".model:has(:checked)");
  card.parentNode.scrollLeft = card.offsetLeft - 60;
  if (state.backend === offline && !model.litert.length) backend(server);
  maker = new Maker(model, state.backend);
  const able = abilities(model);
  $("modes").hidden = able.length < 2;
  choices($("modes"), "mode", able.map((mode) => [mode, MODES[mode]]), able[0], (mode) => turn(mode));

  $("offline_label").hidden = !model.litert.length || state.serverless;
  const files = model.litert.map(({ precision }) => new Option(precision));
  $("precision").replaceChildren(...files);
  files.forEach((file) => (file.selected = file.value === "float32"));

  $("labels").hidden = !model.classes;
  state.mode = able[0];
  labels(ANY);
  $("prompting").hidden = !model.captions;
  if (model.captions) prompting(model.captions);
  $("truncation_label").hidden = !has(model, "sample", "truncation") && !has(model, "mapping", "truncation");
  turn(able[0]);
}

/** Offers the classes; a way is of one class, and only seeds alone may be of any. */
function labels(chosen) {
  const classes = (state.model.classes ?? []).map((text, place) => [String(place), text]);
  const any = state.mode === "pick" ? [[ANY, ANY]] : [];
  choices($("labels"), "label", [...any, ...classes], chosen, () => renew());
}

function prompting(captions) {
  const buttons = prompts(captions).map((text) => {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", textContent: text });
    button.addEventListener("click", () => {
      $("prompt").value = text;
      renew();
    });
    return button;
  });
  $("suggestions").replaceChildren(...buttons);
  $("prompt").value = buttons[0]?.textContent ?? "";
  $("words").textContent = captions.words.join(" · ");
}

function turn(mode) {
  way.leave();
  fail(null);
  state.mode = mode;
  showFor(mode);
  $("picture").hidden = mode === "read";
  $("texts").hidden = mode !== "read";
  $("frame").classList.toggle("drag", mode === "blend" || mode === "mix");
  $("hint").hidden = !["blend", "mix"].includes(mode);
  $("way_name").textContent = mode === "mix" ? "Layers that follow the first; the rest the second" : "Way between the two";
  const { label } = condition();
  if (state.model.classes) labels(String(mode === "pick" ? (label ?? ANY) : (label ?? classOf(state.seed, state.model))));
  const pictures = state.model.shape?.length === 3;
  if (!pictures) for (const id of ["wall_of", "save_sheet"]) $(id).hidden = true;
  if (mode === "translate") return translating.begin(state.model);
  return renew(pictures && mode !== "read");
}

/** Makes the picture again, and the wall. */
function renew(pictures = state.model.shape?.length === 3) {
  work();
  if (pictures && state.mode !== "read") hang();
}

function picked(seed) {
  state.seed = seed;
  work();
}

function backend(chosen) {
  state.backend = chosen;
  $("offline").checked = chosen === offline;
  $("precision_label").hidden = chosen !== offline || state.model.litert.length < 2;
  $("where").classList.toggle("usual", chosen === server && server.name === location.host);
  $("where").textContent = chosen === offline ? "in this browser, no server" : `asks ${server.name}`;
  if (state.model) maker = new Maker(state.model, chosen);
}

// ---- What is made -----------------------------------------------------------------------------

function paint(image) {
  state.image = image;
  draw($("picture"), image);
}

const work = newest(async () => {
  const [now, mode, started] = [maker, state.mode, performance.now()];
  await shown(async () => {
    const said = await JOBS[mode](now, condition(), () => now === maker && mode === state.mode);
    if (!said || now !== maker || mode !== state.mode) return;
    fail(null);
    tell(`${said} · ${Math.round(performance.now() - started)} ms`);
  });
  const place = new URLSearchParams({ model: state.model.name, seed: state.seed });
  history.replaceState(null, "", `#${place}`);
});

const JOBS = {
  async pick(now, given, current) {
    $("seed").value = state.seed;
    wall.mark([state.seed]);
    if (now.model.shape?.length !== 3) return points(now, given, current);
    $("curl").textContent = now.backend.curl(now.model, ...now.request([state.seed], given));
    const [image] = await now.samples([state.seed], given);
    if (!current()) return null;
    paint(image);
    $("picture").setAttribute("aria-label", `The picture of seed ${state.seed}`);
    const strange = given.unknown.length ? ` · does not know: ${given.unknown.join(", ")}` : "";
    return `Seed ${state.seed}${strange}`;
  },

  async blend(now, given, current) {
    const [start, end] = state.ends;
    return along(now, current, STEPS, async () => {
      const make = await now.between(start, end, given);
      return (marks) => make(marks.map((mark) => mark / STEPS));
    }, [0, STEPS], "Between");
  },

  async mix(now, given, current) {
    const { layers } = now.model.styles;
    const [coarse, fine] = state.ends;
    return along(now, current, layers, () => now.mixing(coarse, fine, given), [layers, 0], "Mix of");
  },

  async translate(now, given, current) {
    const [signature, image] = [translating.signature, translating.image];
    if (!image) return null;
    $("curl").textContent = now.backend.curl(now.model, ...now.translation(signature, image));
    const made = await now.translated(signature, image);
    if (!current()) return null;
    paint(made);
    $("picture").setAttribute("aria-label", "What became of the picture");
    return "Translated";
  },

  async read(now, given, current) {
    const seeds = Array.from({ length: TEXTS }, (_, place) => String(BigInt(state.seed) + BigInt(place)));
    $("curl").textContent = now.backend.curl(now.model, ...now.reading(seeds));
    const texts = await now.texts(seeds);
    if (!current()) return null;
    $("texts").replaceChildren(...texts.map((text) => Object.assign(document.createElement("li"), { textContent: text })));
    return `${texts.length} texts, seeds ${seeds[0]} to ${seeds.at(-1)}`;
  },
};

async function points(now, given, current) {
  const seeds = Array.from({ length: POINTS }, (_, place) => String(BigInt(state.seed) + BigInt(place)));
  $("curl").textContent = now.backend.curl(now.model, ...now.request(seeds.slice(0, 3), given));
  const found = [];
  for (let start = 0; start < POINTS; start += 200) found.push(...(await now.points(seeds.slice(start, start + 200), given)));
  if (!current()) return null;
  drawPoints($("picture"), found, getComputedStyle(document.body).getPropertyValue("--accent"));
  $("picture").setAttribute("aria-label", `${POINTS} points from seed ${state.seed}`);
  return `${POINTS} points`;
}

/** Fills the way; `corners` are the marks of the first and the second end. */
async function along(now, current, marks, prepare, corners, word) {
  wall.mark(state.ends);
  $("curl").textContent = now.backend.curl(now.model, ...now.request(state.ends, condition()));
  const canvases = document.querySelectorAll(".end canvas");
  const make = await prepare();
  if (!current()) return null;
  const full = await way.fill(marks, make, now.together, () => {
    corners.forEach((mark, end) => way.frames[mark] && draw(canvases[end], way.frames[mark]));
  });
  return full ? `${word} seeds ${state.ends.join(" and ")}` : null;
}

/** Hangs the wall. */
const hang = newest(async () => {
  const now = maker;
  const [given, seeds] = [condition(), state.seeds];
  await shown(async () => {
    const images = [];
    const size = Math.max(1, Math.min(seeds.length, now.together));
    for (let start = 0; start < seeds.length; start += size) {
      images.push(...(await now.samples(seeds.slice(start, start + size), given)));
      if (now !== maker) return;
    }
    wall.show(seeds, images);
    wall.mark(state.mode === "pick" ? [state.seed] : state.ends);
  });
});

function others() {
  const count = matchMedia("(max-width: 780px)").matches ? 15 : 24;
  state.seeds = Array.from({ length: count }, anySeed);
}

// ---- What a person does -----------------------------------------------------------------------

function listen() {
  $("surprise").addEventListener("click", () => picked(anySeed()));
  $("seed").addEventListener("input", () => {
    const text = $("seed").value.trim();
    const fine = /^\d{1,20}$/.test(text) && BigInt(text) < 2n ** 64n;
    $("seed").setAttribute("aria-invalid", String(!fine));
    if (fine) picked(text);
    else fail(text ? `Expected a whole number below 2^64. Received: ${text}` : null);
  });
  for (const id of ["truncation", "prompt"]) $(id).addEventListener("input", () => renew());
  const show = () => ($("truncation_shown").textContent = Number($("truncation").value).toFixed(2));
  $("truncation").addEventListener("input", show);
  show();
  $("more").addEventListener("click", () => {
    others();
    hang();
  });
  $("shuffle").addEventListener("click", () => {
    state.ends = [anySeed(), anySeed()];
    work();
  });
  $("play").addEventListener("click", () => {
    if (way.playing) return way.stop();
    return way.play((on) => {
      $("play").setAttribute("aria-pressed", String(on));
      $("play").textContent = on ? "Stop" : "Play";
    });
  });
  const drag = (event) => {
    if (!$("frame").classList.contains("drag") || !event.buttons) return;
    const box = $("frame").getBoundingClientRect();
    way.stop();
    $("hint").hidden = true;
    way.move(Math.round((Number($("way").max) * (event.clientX - box.left)) / box.width));
  };
  $("frame").addEventListener("pointerdown", (event) => {
    if ($("frame").classList.contains("drag")) $("frame").setPointerCapture(event.pointerId);
    drag(event);
  });
  $("frame").addEventListener("pointermove", drag);
  $("copy").addEventListener("click", () => shown(async () => {
    await navigator.clipboard.writeText($("curl").textContent);
    tell("Copied.");
  }));
  saving();
  $("offline").addEventListener("change", () => browser($("offline").checked));
  $("precision").addEventListener("change", () => {
    state.model.precision = $("precision").value;
    browser(true);
  });
}

function saving() {
  const png = async (canvas, name) => save(await canvas.convertToBlob({ type: "image/png" }), name);
  $("save_png").addEventListener("click", () => {
    if (!state.image) return $("picture").toBlob((blob) => save(blob, `${state.model.name}.png`));
    const name = state.mode === "pick" ? `${state.model.name}_${state.seed}` : `${state.model.name}_${state.mode}`;
    return png(sheet([state.image], 1, enlargement(state.image)), `${name}.png`);
  });
  $("save_sheet").addEventListener("click", () => wall.images.length && png(wall.sheet(), `${state.model.name}_wall.png`));
  $("save_gif").addEventListener("click", () => {
    if (!way.full) return fail("The pictures are still on their way. Try again in a moment.");
    const scale = Math.max(1, Math.floor(enlargement(way.frames[0]) / 2));
    const name = `${state.model.name}_${state.ends.join("_")}.gif`;
    return save(new Blob([gif(way.round, way.turn, scale)], { type: "image/gif" }), name);
  });
}

/** Turns to this browser, or back to the server. */
async function browser(on) {
  if (!on) backend(server);
  else {
    tell("Loading the model into this browser …");
    const ready = await shown(() => offline.open(state.model));
    backend(ready ? offline : server);
    if (!ready) return;
  }
  turn(state.mode);
}

// ---- The beginning ----------------------------------------------------------------------------

function face(model) {
  const picture = document.createElement(model.grid ? "canvas" : "span");
  picture.className = "face";
  if (model.grid) portrait(picture, model);
  else picture.textContent = model.name[0].toUpperCase();
  const text = document.createElement("span");
  text.append(Object.assign(document.createElement("b"), { textContent: model.name.replaceAll("_", " ") }));
  text.append(Object.assign(document.createElement("small"), { textContent: model.variant.replaceAll("_", " ") }));
  const both = document.createDocumentFragment();
  both.append(picture, text);
  return both;
}

/** Draws the first picture of a model's grid. */
function portrait(canvas, { grid, shape }) {
  const sheet = Object.assign(new Image(), { src: grid });
  sheet.addEventListener("load", () => {
    const [height, width] = shape?.length === 3 ? shape : [sheet.height, sheet.width];
    Object.assign(canvas, { width, height });
    canvas.getContext("2d").drawImage(sheet, 0, 0);
  });
}

async function begin() {
  const asked = new URLSearchParams(location.hash.slice(1));
  const wanted = (query.get("model") ?? "").split(",").filter(Boolean);
  state.models = await catalogue(server, wanted);
  if (!state.models.length) throw new Error("No model is here. Make one: kgan export RUN --to saved_models/NAME.");
  const first = state.models.find(({ name }) => name === (asked.get("model") ?? wanted[0])) ?? state.models[0];
  if (/^\d{1,19}$/.test(asked.get("seed") ?? "")) state.seed = asked.get("seed");
  const labels = choices($("models"), "model", state.models.map((model) => [model.name, face(model)]), first.name, choose);
  for (const label of labels) label.className = "model";
  others();
  listen();
  state.model = first;
  // A page without a server behind it can still play, where the files are there.
  state.serverless = first.litert.length > 0 && !(await server.metadata(first.name).then(() => true, () => false));
  $("main").hidden = false;
  backend(server);
  choose(first.name);
  if (state.serverless || query.has("offline")) await browser(true);
}

begin().catch((error) => {
  $("main").hidden = false;
  fail(error);
});
