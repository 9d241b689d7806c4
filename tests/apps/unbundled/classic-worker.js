/** A worker that is a plain script, which may import modules when it runs. */
Promise.all([import("../node_modules/wasmlp/dist/index.js"), import("../xor.js")])
  .then(([{ Dataset, MLP }, { xor }]) => xor({ Dataset, MLP }))
  .catch(String)
  .then(postMessage);
