/** What the page's own file holds beside its script: the engine, packed, and perhaps a model. */
import type { Field } from "../talk.js";

const bytesOf = (text: string): Uint8Array => Uint8Array.from(atob(text.trim()), (char) => char.charCodeAt(0));

const textIn = (id: string): string => document.getElementById(id)?.textContent ?? "";

/** A thread whose script lies packed in the page. It is unpacked on a thread of its own: that takes a while. */
export async function startEngine(): Promise<Worker> {
  if (typeof Worker === "undefined" || typeof WebAssembly === "undefined") {
    throw new Error(
      "This page needs a browser that starts threads and runs WebAssembly: this one does not, or may not.",
    );
  }
  const unpacker = workerOf([textIn("unpacker")]);
  try {
    const packed = bytesOf(textIn("engine"));
    const text = await new Promise<Uint8Array>((resolve, reject) => {
      unpacker.onmessage = ({ data }) => resolve(data);
      unpacker.onerror = () =>
        reject(new Error("This browser cannot unpack the page's engine: it is too old, or the file is damaged."));
      unpacker.postMessage(packed, [packed.buffer]);
    });
    return workerOf([text as BlobPart]);
  } finally {
    unpacker.terminate();
  }
}

function workerOf(parts: BlobPart[]): Worker {
  const address = URL.createObjectURL(new Blob(parts, { type: "text/javascript" }));
  const worker = new Worker(address);
  // The address is read when the thread starts.
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
  return worker;
}

/** The model that was put into this file, if one was, and the form that asks it. */
export function givenModel(): { readonly model: Uint8Array; readonly fields: readonly Field[] } | undefined {
  const [model, fields] = textIn("model").trim().split(" ");
  if (!fields) return undefined;
  return { model: bytesOf(model), fields: JSON.parse(new TextDecoder().decode(bytesOf(fields))) };
}

const MODEL = /(<script type="text\/plain" id="model">)[^<]*(<\/script>)/;

/**
 * This page with a model inside.
 * @param page the page as it was before anything was drawn
 * @param fields of the form: the model alone does not know the ranges of the table's numbers
 */
export function pageWith(page: string, model: Uint8Array, fields: readonly Field[]): string {
  const parts = [model, new TextEncoder().encode(JSON.stringify(fields))].map(base64);
  return page.replace(MODEL, (_, before, after) => before + parts.join(" ") + after);
}

function base64(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i += 30_000) text += String.fromCharCode(...bytes.subarray(i, i + 30_000));
  return btoa(text);
}
