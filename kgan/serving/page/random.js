// The random numbers of kgan/random.py, so that a seed gives the same latents here as there:
// Threefry-2x32 with 20 rounds (Salmon et al. 2011, Random123), then Box-Muller on 24 bits.

const ROTATIONS = [[13, 15, 26, 6], [17, 29, 16, 24]];

/** Threefry-2x32-20 of a key and a counter, each two uint32; returns two uint32. */
export function threefry2x32([k0, k1], [c0, c1]) {
  const keys = [k0, k1, k0 ^ k1 ^ 0x1bd11bda];
  let x0 = (c0 + k0) | 0;
  let x1 = (c1 + k1) | 0;
  for (let block = 0; block < 5; block++) {
    for (const rotation of ROTATIONS[block % 2]) {
      x0 = (x0 + x1) | 0;
      x1 = ((x1 << rotation) | (x1 >>> (32 - rotation))) ^ x0;
    }
    x0 = (x0 + keys[(block + 1) % 3]) | 0;
    x1 = (x1 + keys[(block + 2) % 3] + block + 1) | 0;
  }
  return [x0 >>> 0, x1 >>> 0];
}

/** Returns the low and the high half of a seed, 0 <= seed < 2^64, as int32: a model's input `seed`. */
export function halves(seed) {
  const whole = BigInt(seed);
  return [Number(BigInt.asIntN(32, whole)), Number(BigInt.asIntN(32, whole >> 32n))];
}

/** Returns the latents of a seed: Float32Array of `size` standard normal numbers. */
export function latentsOf(seed, size) {
  const key = halves(seed);
  const latents = new Float32Array(size);
  // The top 24 bits, centred in their cell: never 0, so that the logarithm exists. float32
  // throughout, as kgan computes.
  const uniform = (word) => Math.fround(Math.fround((word >>> 8) + 0.5) * 2 ** -24);
  const turn = Math.fround(2 * Math.PI);
  for (let pair = 0; 2 * pair < size; pair++) {
    const [x0, x1] = threefry2x32(key, [pair, 0]);
    const radius = Math.fround(Math.sqrt(Math.fround(-2 * Math.fround(Math.log(uniform(x0))))));
    const angle = Math.fround(uniform(x1) * turn);
    latents[2 * pair] = radius * Math.fround(Math.cos(angle));
    if (2 * pair + 1 < size) latents[2 * pair + 1] = radius * Math.fround(Math.sin(angle));
  }
  return latents;
}

/** Interpolates two latents along the great circle, lengths included, as kgan does. */
export function slerp(start, end, fraction) {
  const dot = (a, b) => a.reduce((sum, value, place) => sum + value * b[place], 0);
  const lengths = [Math.sqrt(dot(start, start)), Math.sqrt(dot(end, end))];
  const cosine = dot(start, end) / Math.max(lengths[0] * lengths[1], 1e-12);
  const angle = Math.acos(Math.min(1, Math.max(-1, cosine)));
  // Parallel: the circle is not defined, the line is.
  if (Math.min(...lengths) === 0 || Math.sin(angle) < 1e-6) return line(start, end, fraction);
  const length = (1 - fraction) * lengths[0] + fraction * lengths[1];
  const scale = length / Math.sin(angle);
  const first = (Math.sin((1 - fraction) * angle) * scale) / lengths[0];
  const last = (Math.sin(fraction * angle) * scale) / lengths[1];
  return Float32Array.from(start, (value, place) => first * value + last * end[place]);
}

/** Interpolates two lists of numbers along the straight line. */
export function line(start, end, fraction) {
  return Float32Array.from(start, (value, place) => value + fraction * (end[place] - value));
}

/** Returns a random seed, below a million so that it can be read out. */
export function anySeed() {
  return String(crypto.getRandomValues(new Uint32Array(1))[0] % 1_000_000);
}
