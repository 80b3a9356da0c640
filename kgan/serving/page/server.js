// A server that speaks TensorFlow Serving's REST API: kgan's own, or TensorFlow Serving.

export class Server {
  files = true; // it can make PNG files

  /** @param base where `v1/` begins, with a slash at its end. */
  constructor(base) {
    this.base = base;
  }

  get name() {
    return new URL(this.base).host;
  }

  address(model) {
    return `${this.base}v1/models/${encodeURIComponent(model)}`;
  }

  /** Nothing is to be made ready. */
  async open() {}

  /** Returns what a signature makes of named inputs, each a list with a row for each example. */
  async call(model, signature, inputs) {
    // text/plain is sent to another origin without asking it first, which not every server answers.
    const headers = { "Content-Type": "text/plain" };
    const body = JSON.stringify({ signature_name: signature, inputs: plain(inputs) });
    const answer = await asked(`${this.address(model.name)}:predict`, { method: "POST", headers, body });
    return answer.outputs;
  }

  /** Returns {signature: {inputs, outputs}} of a model. */
  async metadata(name) {
    const answer = await asked(`${this.address(name)}/metadata`);
    return answer.metadata.signature_def.signature_def;
  }

  /** The same request as a line for a shell. */
  curl(model, signature, inputs) {
    const body = JSON.stringify({ signature_name: signature, inputs: plain(inputs) });
    return `curl -d '${body.replaceAll("'", "'\\''")}' \\\n  ${this.address(model.name)}:predict`;
  }
}

async function asked(url, options) {
  let response;
  try {
    response = await fetch(url, options);
  } catch {
    throw new Error(`No answer from ${new URL(url).host}. Is the server running?`);
  }
  const answer = await response.json().catch(() => null);
  if (!response.ok || !answer) throw new Error(answer?.error ?? `The server answers ${response.status}.`);
  return answer;
}

function plain(inputs) {
  const lists = (value) =>
    ArrayBuffer.isView(value) ? Array.from(value) : Array.isArray(value) ? value.map(lists) : value;
  return Object.fromEntries(Object.entries(inputs).map(([name, value]) => [name, lists(value)]));
}
