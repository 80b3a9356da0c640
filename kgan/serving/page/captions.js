// Captions: from a person's words to tokens.

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
export function suggestPrompts({ words, examples = [] }) {
  if (examples.length) return examples.slice(0, 6);
  const colours = COLOURS.filter((word) => words.includes(word));
  const things = THINGS.filter((word) => words.includes(word));
  if (colours.length > 1 && things.length && words.includes("on")) {
    const pairs = colours.map((colour, place) => [colour, colours[(place + 1) % colours.length]]);
    return pairs.slice(0, 5).map(([colour, ground], place) => `a ${colour} ${things[place % things.length]} on ${ground}`);
  }
  return words.filter((word) => word.length > 1).slice(0, 6);
}
