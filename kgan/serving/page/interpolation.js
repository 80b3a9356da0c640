// Pictures between two seeds, one for each mark of a slider, made coarsely first, then finely.

const FRAME = 70; // milliseconds a picture, in play and in GIFs

export class Interpolation {
  #timer = null;

  /**
   * @param slider the range input.
   * @param show called with the picture to show and the mark it belongs to.
   */
  constructor(slider, show) {
    this.slider = slider;
    this.show = show;
    this.frames = [];
    slider.addEventListener("input", () => {
      this.stop();
      this.draw();
    });
  }

  /**
   * Makes the pictures between two new seeds; returns whether all of them came.
   * @param marks how many steps there are, so one picture more.
   * @param make a function from a list of marks to a promise of pictures.
   * @param batchSize how many of them to ask for at once.
   * @param current returns whether they are still wanted.
   * @param progress called after pictures came.
   */
  async fill(marks, make, batchSize, current, progress) {
    this.slider.max = marks;
    if (this.frames.length !== marks + 1) this.slider.value = Math.round(marks / 2);
    this.frames = Array(marks + 1);
    // The one that is shown comes first.
    const [first, ...rest] = new Set([this.position, 0, marks, ...halvingOrder(marks)]);
    const batches = [[first]];
    while (rest.length) batches.push(rest.splice(0, batchSize));
    for (const batch of batches) {
      const images = await make(batch);
      if (!current()) return false;
      batch.forEach((mark, place) => (this.frames[mark] = images[place]));
      this.draw();
      progress();
    }
    return true;
  }

  get position() {
    return Number(this.slider.value);
  }

  get full() {
    return this.frames.length > 0 && !this.frames.includes(undefined);
  }

  /** Shows the picture of the mark, or the nearest that is there. */
  draw() {
    const distance = (mark) => Math.abs(mark - this.position);
    const there = [...this.frames.keys()].filter((mark) => this.frames[mark]);
    if (!there.length) return;
    const mark = there.reduce((best, next) => (distance(next) < distance(best) ? next : best));
    this.show(this.frames[mark], mark);
  }

  move(mark) {
    this.slider.value = mark;
    this.draw();
  }

  get playing() {
    return this.#timer !== null;
  }

  /** Plays forwards and backwards until it is stopped; `change` is called with whether it plays. */
  play(change) {
    let step = 1;
    this.#timer = setInterval(() => {
      const marks = Number(this.slider.max);
      if (this.position + step < 0 || this.position + step > marks) step = -step;
      this.move(this.position + step);
    }, FRAME);
    this.change = change;
    change(true);
  }

  stop() {
    if (!this.playing) return;
    clearInterval(this.#timer);
    this.#timer = null;
    this.change(false);
  }

  /** The pictures forwards and backwards, for a GIF. */
  get roundTrip() {
    return [...this.frames, ...this.frames.slice(1, -1).reverse()];
  }

  get frameMilliseconds() {
    return FRAME;
  }
}

/** Returns 0 … marks in an order that halves the gaps again and again. */
function halvingOrder(marks) {
  const order = [];
  for (let step = 2 ** Math.ceil(Math.log2(Math.max(1, marks))); step >= 1; step /= 2) {
    for (let mark = 0; mark <= marks; mark += step) order.push(mark);
  }
  return order;
}
