/**
 * Gives protobuf a way to read and write texts where there is no TextDecoder, as in jsdom. The entry imports it first: the schema
 * is read as soon as it is imported.
 */
import { configureTextEncoding } from "@bufbuild/protobuf/wire";
import { decodeUtf8 } from "../../ground/decode-text.js";
import { encodeUtf8 } from "../../ground/text.js";

if (typeof TextDecoder !== "function" || typeof TextEncoder !== "function") {
  configureTextEncoding({
    encodeUtf8: (text) => encodeUtf8(text) as Uint8Array<ArrayBuffer>,
    decodeUtf8,
    // What is written was checked before.
    checkUtf8: () => true,
  });
}
