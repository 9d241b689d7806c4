/** A service worker that needs the second module. */
import { Dataset, MLP } from "wasmlp";
import { xor } from "./xor.js";

self.addEventListener("fetch", (event) =>
  event.respondWith(xor({ Dataset, MLP, activation: "gelu" }).then((answer) => new Response(answer))),
);
