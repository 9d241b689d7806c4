/** What `import extra from "./extra.wasm"` gives where the platform compiles it. */
declare const extra: WebAssembly.Module;
export default extra;
