// The models that the page can use, and what each of them can do.

/** Returns the models of the index, and those of `names`, with their files and signatures. */
export async function loadCatalogue(server, names) {
  const index = await fetchJson("artefacts/index.json");
  const artefacts = index?.artefacts ?? [];
  for (const name of names) {
    if (!artefacts.some((artefact) => artefact.name === name)) artefacts.push({ name, files: [] });
  }
  const models = await Promise.all(artefacts.map((artefact) => describe(artefact, server)));
  return models.filter(Boolean);
}

/** Returns the JSON at an address beside this page, or null where there is none. */
async function fetchJson(path) {
  try {
    const response = await fetch(path);
    return response.ok ? await response.json() : null;
  } catch {
    return null;
  }
}

async function describe({ name, files }, server) {
  const folder = `artefacts/${encodeURIComponent(name)}`;
  const manifest = files.includes("manifest.json") ? await fetchJson(`${folder}/manifest.json`) : null;
  const signatures = manifest?.signatures
    ? namesOf(manifest.signatures)
    : namesOf((await server.metadata(name).catch(() => null)) ?? {});
  if (!Object.keys(signatures).length) return null;
  return {
    name,
    signatures,
    variant: manifest?.variant ?? "",
    shape: manifest?.image_shape ?? null,
    latentSize: manifest?.latent_size ?? 0,
    classes: signatures.sample?.inputs.includes("label") ? classesOf(manifest) : null,
    captions: captionsOf(manifest),
    styles: manifest?.styles ?? null,
    sides: manifest?.sides ?? {},
    sources: sourcesOf(manifest),
    grid: files.includes("grid.png") ? `${folder}/grid.png` : null,
    litert: files.filter((file) => file.endsWith(".tflite")).map((file) => ({
      file: `${folder}/${encodeURIComponent(file)}`,
      precision: file.slice(0, -".tflite".length).split(".")[1] ?? "float32",
    })),
  };
}

/** Returns {signature: {inputs: [names], outputs: [names]}} of a manifest, or of a server. */
function namesOf(signatures) {
  const entries = Object.entries(signatures).map(([name, { inputs, outputs }]) => {
    return [name, { inputs: Object.keys(inputs ?? {}), outputs: Object.keys(outputs ?? {}) }];
  });
  return Object.fromEntries(entries.filter(([, { inputs }]) => inputs.length));
}

/** Returns {signature: [H, W, C]} of the pictures it starts from, where that is told; null is any. */
function sourcesOf(manifest) {
  const shapes = Object.entries(manifest?.signatures ?? {}).map(([name, { kinds }]) => [name, kinds?.images?.shape?.slice(1)]);
  return Object.fromEntries(shapes.filter(([, shape]) => shape?.length === 3));
}

function classesOf(manifest) {
  const { classes = 10 } = manifest ?? {};
  return Array.isArray(classes) ? classes.map(String) : Array.from({ length: classes }, (_, place) => String(place));
}

function captionsOf(manifest) {
  const { words, length, examples = [] } = manifest?.caption_words ?? {};
  return words ? { words, length, examples } : null;
}

/** Returns whether a model has a signature that takes these inputs. */
export function has(model, signature, ...inputs) {
  const names = model.signatures[signature];
  return Boolean(names) && inputs.every((input) => names.inputs.includes(input));
}

/** Returns what a model can do, of: pick, blend, mix, translate, read. */
export function abilities(model) {
  const samples = has(model, "sample", "seed");
  const tokens = samples && model.signatures.sample.outputs.includes("tokens");
  const images = model.shape?.length === 3 && !tokens;
  const latents = model.latentSize > 0 && has(model, "serving_default", "latents");
  const styles = model.styles && has(model, "mapping") && has(model, "synthesis");
  const able = {
    pick: samples && !tokens,
    blend: images && (latents || styles),
    mix: images && styles,
    translate: images && directions(model).length > 0,
    read: tokens || has(model, "sample_text"),
  };
  return Object.keys(able).filter((ability) => able[ability]);
}

const DIRECTIONS = { translate: "Translate", translate_to_a: "And back", reconstruct: "Reconstruct" };

/** Returns the signatures from picture to picture, as [signature, label]. */
export function directions(model) {
  const able = Object.keys(DIRECTIONS).filter((signature) => has(model, signature, "images"));
  return able.map((signature) => [signature, model.sides[signature]?.join(" → ") ?? DIRECTIONS[signature]]);
}

/** Returns the tokens of a prompt, and the words in it that the model does not know. */
export function tokenize(prompt, { words, length }) {
  // As Keras' TextVectorization does: lower case, no punctuation; 0 pads and 1 is an unknown word.
  const parts = prompt.toLowerCase().replace(/[!"#$%&()*+,\-./:;<=>?@[\\\]^_`{|}~']/g, "").split(/\s+/).filter(Boolean);
  const tokens = parts.map((word) => words.indexOf(word) + 2).map((token) => Math.max(token, 1));
  const padded = [...tokens.slice(0, length), ...Array(Math.max(0, length - tokens.length)).fill(0)];
  return { tokens: padded, unknown: parts.filter((word) => !words.includes(word)) };
}

const COLOURS = ["red", "blue", "yellow", "green", "white", "black"];
const THINGS = ["7", "3", "8", "2", "5", "seven", "three", "eight"];

/** Returns some prompts of words that a model knows. */
export function suggestPrompts({ words, examples }) {
  if (examples.length) return examples.slice(0, 6);
  const colours = COLOURS.filter((word) => words.includes(word));
  const things = THINGS.filter((word) => words.includes(word));
  if (colours.length > 1 && things.length && words.includes("on")) {
    const pairs = colours.map((colour, place) => [colour, colours[(place + 1) % colours.length]]);
    return pairs.slice(0, 5).map(([colour, ground], place) => `a ${colour} ${things[place % things.length]} on ${ground}`);
  }
  return words.filter((word) => word.length > 1).slice(0, 6);
}
