/** A key that requests must bring. */
import { createHash, timingSafeEqual } from "node:crypto";
import type { FastifyInstance } from "fastify";
import { Refusal } from "../ground/refusal.js";

const hash = (text: string) => createHash("sha256").update(text).digest();

/** Refuses requests without the key, those to routes whose config says `open` aside. How long it takes says nothing of the key: hashes are compared, whole. */
export function requireKey(app: FastifyInstance, key: string): void {
  const wanted = hash(`Bearer ${key}`);
  app.addHook("onRequest", async ({ headers, routeOptions }, reply) => {
    if ((routeOptions.config as { open?: boolean }).open) return;
    if (timingSafeEqual(hash(headers.authorization ?? ""), wanted)) return;
    reply.header("www-authenticate", "Bearer");
    throw new Refusal(401, "a request must bring the server's key as Authorization: Bearer KEY, got none or another.");
  });
}
