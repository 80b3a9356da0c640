// The models that the page can use, and what each of them can do.

import { canAsk } from "./conditions.js";

/** Returns the models of the index, and those of `names`, with their files and signatures. */
export async function loadCatalogue(server, names) {
  const index = await fetchJson("artefacts/index.json");
  const artefacts = index?.artefacts ?? [];
  for (const name of names) {
    if (!artefacts.some((artefact) => artefact.name === name)) artefacts.push({ name, files: [] });
  }
  const models = await Promise.all(artefacts.map((artefact) => describe(artefact, server)));
  return models.filter((model) => model && abilities(model).length);
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
    ? describeSignatures(manifest.signatures)
    : describeSignatures((await server.metadata(name).catch(() => null)) ?? {});
  if (!Object.keys(signatures).length) return null;
  return {
    name,
    signatures,
    variant: manifest?.variant ?? "",
    shape: manifest?.image_shape ?? null,
    latentSize: manifest?.latent_size ?? 0,
    conditions: collectConditions(signatures),
    metadata: manifest ?? {},
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

/** Returns {signature: {inputs: [names], outputs: [names], kinds}} of a manifest, or of a server. */
function describeSignatures(signatures) {
  const entries = Object.entries(signatures).map(([name, { inputs, outputs, kinds = {} }]) => {
    return [name, { inputs: Object.keys(inputs ?? {}), outputs: Object.keys(outputs ?? {}), kinds }];
  });
  return Object.fromEntries(entries.filter(([, { inputs }]) => inputs.length));
}

const NAMED = { label: "label", truncation: "truncation" }; // kinds of inputs that no manifest describes

/** Returns {signature: [H, W, C]} of the pictures it starts from, where that is told; null is any. */
function sourcesOf(manifest) {
  const shapes = Object.entries(manifest?.signatures ?? {}).map(([name, { kinds }]) => [name, kinds?.images?.shape?.slice(1)]);
  return Object.fromEntries(shapes.filter(([, shape]) => shape?.length === 3));
}

/** Returns {input: {kind, shape of an example}} of what a person can be asked for. */
function collectConditions(signatures) {
  const entries = Object.values(signatures).flatMap(({ inputs, kinds }) =>
    inputs.map((name) => [name, { kind: kinds[name]?.kind ?? NAMED[name], shape: kinds[name]?.shape?.slice(1) }]),
  );
  return Object.fromEntries(entries.filter(([, { kind }]) => canAsk(kind)));
}

/** Returns whether a model has a signature that takes these inputs. */
export function has(model, signature, ...inputs) {
  const names = model.signatures[signature];
  return Boolean(names) && inputs.every((input) => names.inputs.includes(input));
}

/** Returns whether a signature takes `own` inputs, and beside them what a person can be asked for. */
function asksOnly(model, signature, ...own) {
  const inputs = model.signatures[signature]?.inputs ?? [];
  return has(model, signature, ...own) && inputs.every((name) => own.includes(name) || name in model.conditions);
}

/** Returns what a model can do, of: pick, blend, mix, translate, read. */
export function abilities(model) {
  const samples = asksOnly(model, "sample", "seed");
  const tokens = samples && model.signatures.sample.outputs.includes("tokens");
  const images = model.shape?.length === 3 && !tokens;
  const latents = model.latentSize > 0 && asksOnly(model, "serving_default", "latents");
  const able = {
    pick: samples && !tokens,
    blend: images && (latents || hasStyles(model)),
    mix: images && hasStyles(model),
    translate: images && directions(model).length > 0,
    read: tokens || asksOnly(model, "sample_text", "seed"),
  };
  return Object.keys(able).filter((ability) => able[ability]);
}

/** Returns whether a model maps latents to styles, and paints these. */
export function hasStyles(model) {
  return Boolean(model.styles) && asksOnly(model, "mapping", "latents") && has(model, "synthesis");
}

/** Returns the names of the conditions that a model is told in a mode. */
export function conditionsIn(model, mode) {
  const signatures = {
    pick: ["sample"],
    blend: [hasStyles(model) ? "mapping" : "serving_default"],
    mix: ["mapping"],
    translate: directions(model).map(([signature]) => signature),
    read: [textSignature(model)],
  };
  return Object.keys(model.conditions).filter((name) => signatures[mode].some((signature) => has(model, signature, name)));
}

/** Returns the signature that gives texts, or else tokens. */
export function textSignature(model) {
  return has(model, "sample_text") ? "sample_text" : "sample";
}

const DIRECTIONS = { translate: "Translate", reconstruct: "Reconstruct" };

/** Returns the signatures from picture to picture, as [signature, label]. */
export function directions(model) {
  const able = Object.keys(model.signatures).filter(
    (name) => asksOnly(model, name, "images") && model.signatures[name].outputs.includes("images"),
  );
  able.sort((one, other) => (other === "translate") - (one === "translate")); // there, then back
  return able.map((name) => [name, model.sides[name]?.join(" → ") ?? DIRECTIONS[name] ?? "And back"]);
}
