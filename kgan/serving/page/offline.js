// Models that run in this browser: an artefact's .tflite through LiteRT.js, without a server.

const FOLDER = "litert/";
const MISSING = "LiteRT.js is not here. Run tools/fetch_litert_js where kgan is, then reload this page.";

let library; // one for the page: it can be loaded once

async function loaded() {
  let module;
  try {
    module = await import(`./${FOLDER}index.js`);
  } catch {
    throw new Error(MISSING);
  }
  // It tells what it does on the channel for errors.
  globalThis.Module = { printErr: (text) => /^ERROR|^FATAL/.test(text) && console.error(text) };
  await module.loadLiteRt(new URL(`${FOLDER}wasm/`, document.baseURI).href);
  return module;
}

export class Offline {
  files = false; // it makes pixels
  #models = new Map(); // a file's address: the compiled model

  get name() {
    return "this browser";
  }

  /** Makes a model ready: from then on no network is needed for it. */
  async open(model) {
    const { file } = chosen(model);
    if (!this.#models.has(file)) {
      library ??= loaded();
      library.catch(() => (library = undefined)); // it may be there next time
      const { loadAndCompile } = await library;
      const response = await fetch(file);
      if (!response.ok) throw new Error(`No answer for ${file}.`);
      const bytes = new Uint8Array(await response.arrayBuffer());
      this.#models.set(file, await loadAndCompile(bytes, { accelerator: "wasm" }));
    }
    return this.#models.get(file);
  }

  /** Returns what a signature makes of named inputs, each a list with a row for each example. */
  async call(model, signature, inputs) {
    const { Tensor } = await library;
    const compiled = await this.open(model);
    const runner = compiled.signatures[signature];
    if (!runner) throw new Error(`${model.name} cannot do this in a browser: its file has no ${signature}.`);
    const details = runner.getInputDetails();
    const rows = Object.values(inputs)[0].length;
    const made = [];
    for (let row = 0; row < rows; row++) {
      // One at a time: the files take batches of one.
      const given = Object.fromEntries(
        details.map(({ name, dtype, shape }) => {
          const value = [inputs[name][row]].flat(Infinity);
          const values = ArrayBuffer.isView(value[0]) ? value[0] : value;
          return [name, new Tensor(typed(dtype, values), Array.from(shape))];
        }),
      );
      const outputs = Object.values(await runner.run(given));
      made.push((await outputs[0].data()).slice());
      for (const tensor of [...Object.values(given), ...outputs]) tensor.delete();
    }
    return made;
  }

  curl() {
    return "No request: the picture is made in this browser.";
  }
}

function typed(dtype, values) {
  const kinds = { float32: Float32Array, int32: Int32Array, uint8: Uint8Array };
  return kinds[dtype].from(values);
}

/** The file of a model that runs here: the one the person chose, else the exact one. */
export function chosen(model) {
  return model.litert.find(({ precision }) => precision === (model.precision ?? "float32")) ?? model.litert[0];
}
