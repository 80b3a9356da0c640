// The page: a model, a mode, and what follows from them.

import { ANY, condition, labels, offer } from "./conditions.js";
import { face } from "./faces.js";
import { jobs, STEPS } from "./jobs.js";
import { listen } from "./listening.js";
import { classOf, Maker, newest } from "./making.js";
import { abilities, catalogue } from "./models.js";
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

  offer(model, able[0], () => renew());
  turn(able[0]);
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
  if (state.model.classes) {
    const { label } = condition(state.model);
    const chosen = label ?? (mode === "pick" ? ANY : classOf(state.seed, state.model));
    labels(state.model, mode, String(chosen), () => renew());
  }
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

function ends(seeds) {
  state.ends = seeds;
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
    const said = await JOBS[mode](now, condition(state.model), current);
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
  const [given, seeds] = [condition(state.model), state.seeds];
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

function more() {
  others();
  hang();
}

/** Turns to this browser, or back to the server. */
async function browser(on, precision = null) {
  if (precision) state.model.precision = precision;
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
  const cards = choices($("models"), "model", state.models.map((model) => [model.name, face(model)]), first.name, choose);
  for (const card of cards) card.className = "model";
  others();
  listen({ way, picked, renew, more, ends, browser });
  saving({ state, wall, way });
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
