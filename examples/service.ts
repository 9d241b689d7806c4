/** A saved classifier as an HTTP service: `npx tsx examples/service.ts FILE`, then POST /predict with a row or rows. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import Fastify, { type FastifyInstance } from "fastify";
import { Classifier } from "wasmlp";

export function service(model: Classifier): FastifyInstance {
  const answer = (row: object) => ({ label: model.predict(row), probabilities: model.predictProba(row) });
  const answers = (rows: object[]) => {
    const probabilities = model.predictProba(rows);
    return model.predict(rows).map((label, r) => ({ label, probabilities: probabilities[r] }));
  };
  const app = Fastify();
  app.get("/health", () => ({ status: "ok", target: model.target, labels: model.labels }));
  app.post("/predict", ({ body }) => {
    try {
      return Array.isArray(body) ? answers(body) : answer(body as object); // whether it is one, the model checks
    } catch (error) {
      // The library's way to say which value, in which row and column, does not fit: the sender's matter, not ours.
      if (error instanceof TypeError || error instanceof RangeError) throw Object.assign(error, { statusCode: 400 });
      throw error;
    }
  });
  return app;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { MODEL, HOST = "127.0.0.1", PORT = "3000" } = process.env;
  const file = process.argv[2] ?? MODEL;
  if (!file) throw new Error("Pass the file that Classifier.save wrote, or name it in MODEL.");
  const app = service(await Classifier.load(readFileSync(file)));
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => app.close());
  console.log(await app.listen({ host: HOST, port: Number(PORT) }));
}
