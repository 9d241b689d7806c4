/** The ceiling: a Fastify that parses a body and answers with a text that is always the same. */
import Fastify from "fastify";

const answer = JSON.stringify("x".repeat(Number(process.argv[2])));
const app = Fastify({ bodyLimit: 2 ** 24 });
app.post("/predict", (_request, reply) => {
  reply.header("content-type", "application/json; charset=utf-8");
  reply.send(answer);
});
process.stderr.write(`${await app.listen({ port: 0, host: "127.0.0.1" })}\n`);
