// The page: a model, a mode, and what follows from them.

import { face } from "./faces.js";
import { jobs, STEPS } from "./jobs.js";
import { classOf, Maker, newest } from "./making.js";
import { abilities, catalogue, has, prompts, tokensOfPrompt } from "./models.js";
import { Offline } from "./offline.js";
import { $, choices, fail, showFor, shown, tell } from "./page.js";
import { draw } from "./pixels.js";
import { anySeed } from "./random.js";
import { saving } from "./saving.js";
import { Server } from "./server.js";
import { Translating } from "./translating.js";
import { Wall } from "./wall.js";
import { Way } from "./way.js";

const MODES = { pick: "Pick", blend: "Blend", mix: "Mix", translate: "Translate", read: "Read" };
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
const JOBS = jobs({ state, wall, way, translating, paint });

/** Where `v1/` begins: at the server the address names, or beside this page. */
function baseOf(address) {
  const found = /^https?:\/\//.test(address ?? "") ? address : document.baseURI.split(/[?#]/)[0];
  const { origin, pathname } = new URL(found);
  return origin + pathname.slice(0, pathname.lastIndexOf("/") + 1);
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
  Object.assign(state, { model, image: null });
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
  way.stop();
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

const work = newest(async (stale) => {
  const [now, mode, started] = [maker, state.mode, performance.now()];
  await shown(async () => {
    const current = () => !stale() && now === maker && mode === state.mode;
    const said = await JOBS[mode](now, condition(), current);
    if (!said || !current()) return;
    fail(null);
    tell(`${said} · ${Math.round(performance.now() - started)} ms`);
  });
  const place = new URLSearchParams({ model: state.model.name, seed: state.seed });
  history.replaceState(null, "", `#${place}`);
});

/** Hangs the wall. */
const hang = newest(async (stale) => {
  const now = maker;
  const [given, seeds] = [condition(), state.seeds];
  await shown(async () => {
    const images = [];
    const size = Math.max(1, Math.min(seeds.length, now.together));
    for (let start = 0; start < seeds.length; start += size) {
      images.push(...(await now.samples(seeds.slice(start, start + size), given)));
      if (stale() || now !== maker) return;
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
  saving({ state, wall, way });
  $("offline").addEventListener("change", () => browser($("offline").checked));
  $("precision").addEventListener("change", () => {
    state.model.precision = $("precision").value;
    browser(true);
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
