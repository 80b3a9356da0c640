// Asks a server that speaks TensorFlow Serving's REST API: kgan's own, or TensorFlow Serving.

const LONG = /(?<="b64":")[^"]{2000,}/g; // a file that nobody wants to read

export class RestBackend {
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

  /** Returns a signature's output for named inputs, each a list with a row for each example. */
  async call(model, signature, inputs) {
    // text/plain is sent to another origin without asking it first, which not every server answers.
    const headers = { "Content-Type": "text/plain" };
    const body = bodyOf(signature, inputs);
    const answer = await fetchAnswer(`${this.address(model.name)}:predict`, { method: "POST", headers, body });
    return answer.outputs;
  }

  /** Returns {signature: {inputs, outputs}} of a model. */
  async metadata(name) {
    const answer = await fetchAnswer(`${this.address(name)}/metadata`);
    return answer.metadata.signature_def.signature_def;
  }

  /** Returns the same request as a line for a shell. */
  curl(model, signature, inputs) {
    const body = bodyOf(signature, inputs).replaceAll("'", "'\\''").replace(LONG, "BASE64");
    return `curl -d '${body}' \\\n  ${this.address(model.name)}:predict`;
  }
}

async function fetchAnswer(url, options) {
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

function bodyOf(signature, inputs) {
  const toLists = (value) =>
    ArrayBuffer.isView(value) ? Array.from(value) : Array.isArray(value) ? value.map(toLists) : value;
  const lists = Object.fromEntries(Object.entries(inputs).map(([name, value]) => [name, toLists(value)]));
  return JSON.stringify({ signature_name: signature, inputs: lists });
}
