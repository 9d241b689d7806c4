/**
 * WASMLP_TURBO=1 runs every suite on the turbo build, with the engine's flag on; WASMLP_THREADS=3 has three threads share whatever
 * can be shared, of the smallest networks too.
 */
import { turboBase64 } from "../src/built/turbo-base64.js";
import "../src/core/inline.js";
import { decodeBase64 } from "../src/core/core.js";
import { shareWork } from "../src/core/share-work.js";
import { adopt, turbo } from "../src/core/turbo-build.js";

if (process.env.WASMLP_TURBO === "1") {
  // Beside other suites it may measure no gain and give up: what suites ask is whether its bits are right.
  const isOn = (await turbo()) || (await adopt(decodeBase64(turboBase64), Number.POSITIVE_INFINITY));
  if (!isOn) throw new Error("The engine could not run turbo.");
}

const threads = Number(process.env.WASMLP_THREADS ?? 1);
if ((await shareWork(threads, 1e-9)) !== threads) throw new Error("The engine could not start threads.");
