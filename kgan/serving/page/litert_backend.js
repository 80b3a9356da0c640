// Runs models in this browser: an artefact's .tflite through LiteRT.js, without a server.

const FOLDER = "litert/";
const MISSING = "LiteRT.js is not here. Run tools/fetch_litert_js where kgan is, then reload this page.";

let library; // one for the page: it can be loaded once

async function loadLibrary() {
  let module;
  try {
    module = await import(`./${FOLDER}index.js`);
  } catch {
    throw new Error(MISSING);
  }
  // It writes its log to the console's errors.
  globalThis.Module = { printErr: (text) => /^ERROR|^FATAL/.test(text) && console.error(text) };
  await module.loadLiteRt(new URL(`${FOLDER}wasm/`, document.baseURI).href);
  return module;
}

export class LitertBackend {
  files = false; // it makes pixels
  #models = new Map(); // a file's address: the compiled model

  /** Makes a model ready: from then on it needs no network. */
  async open(model) {
    const { file } = chooseFile(model);
    if (!this.#models.has(file)) {
      library ??= loadLibrary();
      library.catch(() => (library = undefined)); // it may be there next time
      const { loadAndCompile } = await library;
      const response = await fetch(file);
      if (!response.ok) throw new Error(`No answer for ${file}.`);
      const bytes = new Uint8Array(await response.arrayBuffer());
      this.#models.set(file, await loadAndCompile(bytes, { accelerator: "wasm" }));
    }
    return this.#models.get(file);
  }

  /** Returns a signature's output for named inputs, each a list with a row for each example. */
  async call(model, signature, inputs) {
    const { Tensor } = await library;
    const compiled = await this.open(model);
    const runner = compiled.signatures[signature];
    if (!runner) throw new Error(`${model.name} cannot do this in a browser: its file has no ${signature}.`);
    const details = runner.getInputDetails();
    const rows = Object.values(inputs)[0].length;
    const results = [];
    for (let row = 0; row < rows; row++) {
      // One at a time: the files take batches of one.
      const tensors = Object.fromEntries(
        details.map(({ name, dtype, shape }) => {
          const value = [inputs[name][row]].flat(Infinity);
          const values = ArrayBuffer.isView(value[0]) ? value[0] : value;
          return [name, new Tensor(toTypedArray(dtype, values), Array.from(shape))];
        }),
      );
      const outputs = Object.values(await runner.run(tensors));
      results.push((await outputs[0].data()).slice());
      for (const tensor of [...Object.values(tensors), ...outputs]) tensor.delete();
    }
    return results;
  }

  /** Returns [H, W, C] of the pictures that a signature's file takes. */
  async shapeOf(model, signature) {
    const runner = (await this.open(model)).signatures[signature];
    const { shape } = runner.getInputDetails().find(({ name }) => name === "images");
    return Array.from(shape).slice(1);
  }

  curl() {
    return "No request: the picture is made in this browser.";
  }
}

function toTypedArray(dtype, values) {
  const kinds = { float32: Float32Array, int32: Int32Array, uint8: Uint8Array };
  return kinds[dtype].from(values);
}

/** Returns the file of a model that runs here: the one the person chose, else the exact one. */
function chooseFile(model) {
  return model.litert.find(({ precision }) => precision === (model.precision ?? "float32")) ?? model.litert[0];
}
