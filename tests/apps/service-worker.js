/** A service worker that answers requests. */
import { Dataset, MLP } from "wasmlp";
import { xor } from "./xor.js";

self.addEventListener("fetch", (event) =>
  event.respondWith(xor({ Dataset, MLP }).then((answer) => new Response(answer))),
);
