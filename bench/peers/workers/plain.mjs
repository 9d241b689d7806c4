/** Plain JavaScript: the loops one writes first, over Float32Arrays, allocating nothing. */

/** y = x·W + b, with max(0, ·) in hidden layers; W is [inputs, outputs]. */
function dense(y, x, { weights, biases, inputs, outputs }, rows, relu) {
  for (let r = 0; r < rows; r++) {
    for (let o = 0; o < outputs; o++) {
      let sum = biases[o];
      for (let i = 0; i < inputs; i++) sum += x[r * inputs + i] * weights[i * outputs + o];
      y[r * outputs + o] = relu && sum < 0 ? 0 : sum;
    }
  }
}

function softmax(y, rows, outputs) {
  for (let r = 0; r < rows; r++) {
    const from = r * outputs;
    let most = y[from];
    for (let o = 1; o < outputs; o++) most = Math.max(most, y[from + o]);
    let sum = 0;
    for (let o = 0; o < outputs; o++) sum += y[from + o] = Math.exp(y[from + o] - most);
    for (let o = 0; o < outputs; o++) y[from + o] /= sum;
  }
}

/** d becomes (probability - target) / rows; returns the mean cross-entropy. */
function loss(d, p, ids, rows, outputs) {
  let sum = 0;
  for (let r = 0; r < rows; r++) {
    sum -= Math.log(p[r * outputs + ids[r]]);
    for (let o = 0; o < outputs; o++) d[r * outputs + o] = (p[r * outputs + o] - (ids[r] === o ? 1 : 0)) / rows;
  }
  return sum / rows;
}

/** dx = d·Wᵀ where x came through. */
function backInputs(dx, d, x, { weights, inputs, outputs }, rows) {
  for (let r = 0; r < rows; r++) {
    for (let i = 0; i < inputs; i++) {
      let sum = 0;
      for (let o = 0; o < outputs; o++) sum += d[r * outputs + o] * weights[i * outputs + o];
      dx[r * inputs + i] = x[r * inputs + i] > 0 ? sum : 0;
    }
  }
}

/** W -= rate·xᵀ·d, b -= rate·Σd */
function descend({ weights, biases, inputs, outputs }, x, d, rows, rate) {
  for (let i = 0; i < inputs; i++) {
    for (let o = 0; o < outputs; o++) {
      let sum = 0;
      for (let r = 0; r < rows; r++) sum += x[r * inputs + i] * d[r * outputs + o];
      weights[i * outputs + o] -= rate * sum;
    }
  }
  for (let o = 0; o < outputs; o++) {
    let sum = 0;
    for (let r = 0; r < rows; r++) sum += d[r * outputs + o];
    biases[o] -= rate * sum;
  }
}

export function open() {
  return {
    version: "plain JS: workers/plain.mjs",
    prepare({ kind, parameters, x, y: ids, rows, learningRate }) {
      if (kind === "epoch") return undefined;
      const last = parameters.length - 1;
      const values = [x, ...parameters.map(({ outputs }) => new Float32Array(rows * outputs))];
      const slopes = values.map(({ length }) => new Float32Array(length));
      const outputs = parameters[last].outputs;
      const predict = () => {
        parameters.forEach((layer, l) => {
          dense(values[l + 1], values[l], layer, rows, l < last);
        });
        softmax(values[last + 1], rows, outputs);
        return values[last + 1];
      };
      if (kind === "predict") return { call: predict, check: predict };
      const step = () => {
        const result = loss(slopes[last + 1], predict(), ids, rows, outputs);
        for (let l = last; l >= 0; l--) {
          if (l > 0) backInputs(slopes[l], slopes[l + 1], values[l], parameters[l], rows);
          descend(parameters[l], values[l], slopes[l + 1], rows, learningRate);
        }
        return result;
      };
      const check = () => [step(), ...parameters.flatMap(({ weights, biases }) => [...weights, ...biases])];
      return { call: step, check };
    },
  };
}
