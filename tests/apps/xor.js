const corners = [
  [0, 0],
  [0, 1],
  [1, 0],
  [1, 1],
];

/** Trains XOR with the library that an app has imported; says what the model answers, and a hash of its bytes. */
export async function xor({
  Dataset,
  MLP,
  seed = 1,
  activation = "relu",
  train = (net, data, options) => net.fit(data, options),
}) {
  const data = Dataset.from({ x: corners, y: [0, 1, 1, 0] });
  const net = await MLP.create({ layers: [2, 8, 2], activation, seed });
  await train(net, data, { epochs: 150 });
  const hash = net.save().reduce((sum, byte) => Math.imul(sum ^ byte, 16777619), 2166136261);
  return `${net.predict(data).join(" ")} ${(hash >>> 0).toString(16)}`;
}
