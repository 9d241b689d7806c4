/** The script of the thread that unpacks the engine. */
import { unpack } from "./unpack.js";

self.onmessage = ({ data }: MessageEvent<Uint8Array>) => {
  const bytes = unpack(data);
  (self as unknown as Worker).postMessage(bytes, [bytes.buffer]);
};
