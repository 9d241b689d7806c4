/** A model as bytes: nothing is lost, further training goes on alike, and damage does not go unnoticed. */
import { MLP, sgd } from "wasmlp";
import { splitDigits } from "./load-digits.js";

const { train } = splitDigits();
const net = await MLP.create({ layers: [64, 32, 10], seed: 42 });
await net.fit(train, { epochs: 3 });

const bytes = net.save();
const twin = await MLP.load<"softmax">(bytes);
const isSame = () => Buffer.from(net.save()).equals(twin.save());
console.log(`${bytes.length} bytes for ${net.parameterCount} parameters`);
console.log(`Loaded: ${isSame() ? "the same bytes" : "other bytes"}`);

// The shuffling generator is saved too.
for (const model of [net, twin]) await model.fit(train, { epochs: 3, optimizer: sgd({ learningRate: 0.05 }) });
console.log(`Trained on: ${isSame() ? "the same bytes" : "other bytes"}`);

bytes[bytes.length - 1] ^= 1;
await MLP.load(bytes).catch((error: Error) => console.log(`One bit turned: ${error.message}`));
