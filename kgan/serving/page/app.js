// The page: the chosen model, its mode, and what is shown for them.

import { abilities, conditionsIn, loadCatalogue } from "./catalogue.js";
import { Conditions } from "./conditions.js";
import { $, fillChoices, runBusy, showError, showFor, tell } from "./dom.js";
import { offerDownloads } from "./download.js";
import { listen } from "./events.js";
import { Gallery } from "./gallery.js";
import { Interpolation } from "./interpolation.js";
import { LitertBackend } from "./litert_backend.js";
import { describeModel } from "./model_card.js";
import { makeModes, STEPS } from "./modes.js";
import { draw } from "./pixels.js";
import { anySeed } from "./random.js";
import { ModelClient, skipToLatest } from "./requests.js";
import { RestBackend } from "./rest_backend.js";
import { Translator } from "./translate.js";

const MODES = { pick: "Pick", blend: "Blend", mix: "Mix", translate: "Translate", read: "Read" };

const query = new URLSearchParams(location.search);
const rest = new RestBackend(baseOf(query.get("server")));
const litert = new LitertBackend();
const state = { backend: rest, model: null, mode: null, seed: "7", ends: ["7", "12"], seeds: [], image: null };
let client;

const gallery = new Gallery($("gallery"), (seed) => {
  if (state.mode === "pick") return setSeed(seed);
  state.ends[Number(document.querySelector("[name=end]:checked").value)] = seed;
  return render();
});
const interpolation = new Interpolation($("position"), (image, mark) => {
  paint(image);
  const share = state.mode === "mix" ? `${mark} of ${$("position").max} layers` : `${Math.round((100 * mark) / STEPS)} % of the way`;
  $("position").setAttribute("aria-valuetext", share);
  $("picture").setAttribute("aria-label", `${share} between seed ${state.ends[0]} and seed ${state.ends[1]}`);
});
const translator = new Translator(() => render());
const conditions = new Conditions($("conditions"), () => refresh());
const modes = makeModes({ state, gallery, interpolation, translator, paint });

/** Returns where `v1/` begins: at the server that the address names, or beside this page. */
function baseOf(address) {
  const url = /^https?:\/\//.test(address ?? "") ? address : document.baseURI.split(/[?#]/)[0];
  const { origin, pathname } = new URL(url);
  return origin + pathname.slice(0, pathname.lastIndexOf("/") + 1);
}

// ---- Choosing ---------------------------------------------------------------------------------

function setModel(name) {
  const model = state.models.find((each) => each.name === name);
  Object.assign(state, { model, image: null });
  const card = document.querySelector(".model:has(:checked)");
  card.parentNode.scrollLeft = card.offsetLeft - 60;
  const offline = !model.served || (state.backend === litert && model.litert.length > 0);
  setBackend(rest);
  const able = abilities(model);
  $("modes").hidden = able.length < 2;
  fillChoices($("modes"), "mode", able.map((mode) => [mode, MODES[mode]]), able[0], (mode) => setMode(mode));

  $("offline_label").hidden = !model.litert.length || !model.served;
  const files = model.litert.map(({ precision }) => new Option(precision));
  $("precision").replaceChildren(...files);
  files.forEach((file) => (file.selected = file.value === "float32"));

  conditions.offer(model.conditions, model.metadata);
  state.mode = able[0];
  return offline ? runInBrowser(true) : setMode(able[0]);
}

function setMode(mode) {
  interpolation.stop();
  showError(null);
  state.mode = mode;
  showFor(mode);
  $("picture").hidden = mode === "read";
  $("texts").hidden = mode !== "read";
  $("frame").classList.toggle("drag", mode === "blend" || mode === "mix");
  $("hint").hidden = !["blend", "mix"].includes(mode);
  $("position_name").textContent = mode === "mix" ? "Layers from the first; the others from the second" : "Position between the two";
  conditions.setMode(mode, conditionsIn(state.model, mode), state.seed);
  const pictures = state.model.shape?.length === 3;
  if (!pictures) for (const id of ["gallery_section", "save_sheet"]) $(id).hidden = true;
  if (mode === "translate") return translator.setModel(state.model);
  return refresh(pictures && mode !== "read");
}

/** Makes the picture again, and the gallery. */
function refresh(pictures = state.model.shape?.length === 3) {
  render();
  if (pictures && !["read", "translate"].includes(state.mode)) fillGallery();
}

function setSeed(seed) {
  state.seed = seed;
  render();
}

function setEnds(seeds) {
  state.ends = seeds;
  render();
}

function setBackend(backend) {
  state.backend = backend;
  $("offline").checked = backend === litert;
  $("precision_label").hidden = backend !== litert || state.model.litert.length < 2;
  $("where").classList.toggle("usual", backend === rest && rest.name === location.host);
  $("where").textContent = backend === litert ? "in this browser, no server" : `asks ${rest.name}`;
  if (state.model) client = new ModelClient(state.model, backend);
}

// ---- Making -----------------------------------------------------------------------------------

function paint(image, file = null) {
  Object.assign(state, { image, file });
  draw($("picture"), image);
}

const render = skipToLatest(async (stale) => {
  const [active, mode, started] = [client, state.mode, performance.now()];
  await runBusy(async () => {
    const current = () => !stale() && active === client && mode === state.mode;
    const text = await modes[mode](active, conditions.read(), current);
    if (!text || !current()) return;
    showError(null);
    tell(`${text} · ${Math.round(performance.now() - started)} ms`);
  });
  const place = new URLSearchParams({ model: state.model.name, seed: state.seed });
  history.replaceState(null, "", `#${place}`);
});

const fillGallery = skipToLatest(async (stale) => {
  const active = client;
  const [condition, seeds] = [conditions.read(), state.seeds];
  await runBusy(async () => {
    const images = [];
    const size = Math.max(1, Math.min(seeds.length, active.batchSize));
    for (let start = 0; start < seeds.length; start += size) {
      images.push(...(await active.sample(seeds.slice(start, start + size), condition)));
      if (stale() || active !== client) return;
    }
    gallery.show(seeds, images);
    gallery.mark(state.mode === "pick" ? [state.seed] : state.ends);
  });
});

function drawSeeds() {
  const count = matchMedia("(max-width: 780px)").matches ? 15 : 24;
  state.seeds = Array.from({ length: count }, anySeed);
}

function renewGallery() {
  drawSeeds();
  fillGallery();
}

/** Switches to this browser, or back to the server. */
async function runInBrowser(on, precision = null) {
  const [model, before] = [state.model, state.model.precision];
  if (precision) model.precision = precision;
  if (!on) setBackend(rest);
  else {
    tell("Loading the model into this browser …");
    const ready = await runBusy(() => litert.open(model));
    if (!ready && precision) {
      model.precision = before; // whose file is here already
      $("precision").value = before ?? "float32";
      return;
    }
    setBackend(ready ? litert : rest);
    if (!ready) return;
  }
  setMode(state.mode);
}

// ---- Starting ---------------------------------------------------------------------------------

async function start() {
  const place = new URLSearchParams(location.hash.slice(1));
  const names = (query.get("model") ?? "").split(",").filter(Boolean);
  const all = await loadCatalogue(rest, names);
  // What no server serves can still be played with where its files are there.
  await Promise.all(all.map(async (model) => (model.served = await rest.metadata(model.name).then(() => true, () => false))));
  state.models = all.filter((model) => model.served || model.litert.length);
  if (all.length && !state.models.length) throw new Error(`No model is served by ${rest.name}.`);
  if (!state.models.length) throw new Error("No model is here. Make one: kgan export RUN --to saved_models/NAME.");
  const first = state.models.find(({ name }) => name === (place.get("model") ?? names[0])) ?? state.models[0];
  if (/^\d{1,19}$/.test(place.get("seed") ?? "")) state.seed = place.get("seed");
  const entries = state.models.map((model) => [model.name, describeModel(model)]);
  for (const card of fillChoices($("models"), "model", entries, first.name, setModel)) card.className = "model";
  drawSeeds();
  listen({ interpolation, setSeed, renewGallery, setEnds, runInBrowser });
  offerDownloads({ state, gallery, interpolation });
  state.model = first;
  $("main").hidden = false;
  setBackend(rest);
  await setModel(first.name);
  if (first.served && query.has("offline")) await runInBrowser(true);
}

start().catch((error) => {
  $("main").hidden = false;
  showError(error);
});
